"""The scale of a relay that hears along edges and hands on to weights: it is chosen first.

The exponent of its edges' largest entry says in what its payloads count. Negative exponents floor a
sum, so that what counts spikes has positive ones; entries of hubs need some below that of the
largest, of which there are few, so that a relay behind another has a low one. A payload that could
not hold what it may sum counts in coarser units.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.ir import (
    NeuronScale,
    Population,
    QPopulation,
    QProjection,
    QRelay,
    Relay,
    Schedule,
    WeightGrid,
)
from neurograph.ir.bounds import Term
from neurograph.ir.rounding import (
    by_entries,
    entry_top,
    round_population,
    round_projection,
    smallest_exponent,
    state_bound,
    weight_of_all,
)
from neurograph.ir.schedule import largest_row
from neurograph.quantization.outlet import LEAST_BITS, MOST_BITS, edge_grid, too_many
from neurograph.quantization.scale_limits import Afferent

FILLED = 240  # units of the largest entry: a half to a sixth of them are whole, too
OF_SPIKES, OF_PAYLOADS, OF_RELAYS = 2, 0, -5  # exponents of the largest entry, by what is heard


@dataclass(frozen=True, eq=False, kw_only=True)
class Heard:
    """A relay in integers, with what leads into it.

    Attributes:
        relay: in integers.
        given: its scale, as a scheme keeps it.
        grids: per projection into it.
        pieces: per projection, the integer projections that add up to it.
    """

    relay: QPopulation
    given: NeuronScale
    grids: Mapping[str, WeightGrid]
    pieces: Mapping[str, tuple[QProjection, ...]]

    @property
    def payload_max(self) -> int:
        """The largest payload of any channel."""
        neuron = self.relay.neuron
        assert isinstance(neuron, QRelay)
        return neuron.payload_max


def heard(
    relay: Population,
    into: Sequence[Afferent],
    *,
    behind: bool,
    limit: int,
    weight_bits: int,
    updates: int,
) -> Heard:
    """The relay at a scale at which its payload and its states hold all it may sum.

    Args:
        into: the projections into it.
        behind: whether it hears another relay.
        limit: bits of a payload that the chip holds.
        weight_bits: of a weight or an entry.
        updates: of a run.

    Raises:
        NetworkError: no scale leaves each entry something.
    """
    largest = _largest(relay, into)
    filled = min(FILLED, entry_top(weight_bits))
    of_one = min(a.payload_scale * filled / _unit(a) for a in into)
    lowest = _exponent(into, behind=behind)
    for bits in range(min(limit, MOST_BITS), limit + 1):  # wider ones, where entries would vanish
        most = (1 << bits - 1) - 1
        for exponent in range(lowest, max(lowest, OF_PAYLOADS) + 1):
            finest = of_one * 2.0**exponent
            coarser = max(math.ceil(math.log2(finest * largest / most) - 1e-9), 0)
            found = _at(relay, into, finest * 2.0**-coarser, largest, weight_bits)
            if found is not None and _within(found, into, updates):
                return found
    widest = max((a.projection for a in into), key=lambda j: largest_row(j.mix))
    raise NetworkError(
        f"{relay.name}: no scale at which the sum of a node of the most neighbours stays within "
        f"24 bits and every edge keeps something; {_reason(widest)}"
    )


def _exponent(into: Sequence[Afferent], *, behind: bool) -> int:
    """Of the largest entry."""
    if behind:
        return OF_RELAYS
    return OF_SPIKES if all(a.payload_max == 1 for a in into) else OF_PAYLOADS


def _reason(projection: object) -> str:
    mix = getattr(projection, "mix", None)
    if isinstance(mix, Schedule) and mix.smallest:
        return too_many(projection)  # type: ignore[arg-type]
    return "lower its weights"


def _largest(relay: Population, into: Sequence[Afferent]) -> float:
    """The largest magnitude that it can send, in floats."""
    reach = sum(
        largest_row(a.projection.mix)
        * float(np.abs(a.projection.weight).sum(axis=1).max())
        * a.payload_max
        / a.payload_scale
        for a in into
    ) + float(np.abs(relay.bias).max())
    neuron = relay.neuron
    return min(reach, neuron.limit or reach) if isinstance(neuron, Relay) else reach


def _unit(a: Afferent) -> float:
    """What fills a synapse: the largest entry, or the largest weight."""
    j = a.projection
    if by_entries(j):
        assert isinstance(j.mix, Schedule)
        return j.mix.largest * weight_of_all(j) or 1.0
    return float(np.abs(j.weight).max()) or 1.0


def _at(
    relay: Population, into: Sequence[Afferent], scale: float, largest: float, weight_bits: int
) -> Heard | None:
    """At this scale; None if an entry vanishes."""
    grids = dict(_grids(into, scale, weight_bits))
    if not all(grids.values()):
        return None
    held = {name: grid for name, grid in grids.items() if grid is not None}
    bits = max(math.ceil(math.log2(largest * scale + 1) + 1 - 1e-9), LEAST_BITS)
    given = NeuronScale(scale=scale, guard_bits=0, payload_bits=min(bits, fx.STATE_BITS))
    gains = {a.projection.name: np.full(relay.channels, scale / a.payload_scale) for a in into}
    pieces = {
        a.projection.name: round_projection(
            a.projection, held[a.projection.name], gains[a.projection.name]
        ).pieces
        for a in into
    }
    rounded = round_population(relay, given)
    return Heard(relay=rounded, given=given, grids=held, pieces=pieces)


def _grids(
    into: Sequence[Afferent], scale: float, bits: int
) -> Iterator[tuple[str, WeightGrid | None]]:
    for a in into:
        j, gain = a.projection, scale / a.payload_scale
        if by_entries(j):
            yield j.name, edge_grid(j, gain, bits)
            continue
        gains = np.full(len(j.weight), gain)
        yield j.name, WeightGrid(bits=bits, exponent=smallest_exponent(j.weight, gains, bits))


def _within(found: Heard, into: Sequence[Afferent], updates: int) -> bool:
    """Whether no input takes its state out of 24 bits."""
    terms = [
        Term(
            name=j.name,
            mix=j.mix,
            weight=j.weight,
            exponent=j.exponent,
            payload_max=a.payload_max,
        )
        for a in into
        for j in found.pieces[a.projection.name]
    ]
    return bool(state_bound(found.relay, terms, updates).max() <= fx.STATE_MAX)
