"""A relay that sends along edges: what its payloads count in, and what its edges hold.

The relay, its edges and the population behind them count in one unit: a channel's scale in the
population is its scale in the relay times the gain of the edges. So only the population's scale is
sought, and the relay's follows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import NeuronScale, Population, Projection, QProjection, Schedule, WeightGrid
from neurograph.ir.rounding import (
    accumulation,
    by_entries,
    entry_exponents,
    entry_top,
    proven_share,
    round_projection,
    vanishes,
    weight_of_all,
)

LEAST_BITS, MOST_BITS = 8, 18  # of a payload, sign included
COARSEST = -3  # exponent of the largest entries: lower, and those of hubs would keep few bits
EDGES_SHARE = 0.5  # of the room of a sum; the rest is for what a node tells itself


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlet:
    """A relay and its edges into a population, in integers but for the scale.

    Attributes:
        relay: in floats.
        edges: from it to the population, in floats.
        grid: of the edges.
        gain: units of the population's sum per unit of a payload.
        bits: of a payload, sign included.
        largest: float64 ``(channels,)``: magnitudes that it sends on calibration nodes.
        cut: payload up to which it sends nothing.
    """

    relay: Population
    edges: Projection
    grid: WeightGrid
    gain: float
    bits: int
    largest: Array
    cut: int = 0

    @property
    def payload_max(self) -> int:
        return (1 << self.bits - 1) - 1

    @cached_property
    def pieces(self) -> tuple[QProjection, ...]:
        """The edges in integers."""
        gains = np.full(self.relay.channels, self.gain)
        return round_projection(self.edges, self.grid, gains).pieces

    def scale(self, scales: Array, *, each: bool) -> NeuronScale:
        """Of the relay, where the population behind it has these scales ``(channels,)``.

        Args:
            each: whether channels have scales of their own.
        """
        own = scales / self.gain
        return NeuronScale(
            scale=tuple(own.tolist()) if each else float(own[0]),
            guard_bits=0,
            payload_bits=self.bits,
            cut=self.cut,
        )

    def cutting(self, cut: int) -> Outlet:
        """The same, but for what it leaves out."""
        return replace(self, cut=cut)

    def narrowed(self, bits: int) -> Outlet | None:
        """The same in as many times coarser units; None if edges do not hold these."""
        gain = self.gain * 2.0 ** (self.bits - bits)
        grid = edge_grid(self.edges, gain, self.grid.bits)
        return None if grid is None else replace(self, gain=gain, grid=grid, bits=bits)


def outlet_of(
    relay: Population, edges: Projection, room: float, bits: int, largest: Array, weight_bits: int
) -> Outlet | None:
    """The outlet whose payloads have `bits`; None if its edges cannot hold every entry.

    Args:
        room: how large a sum the edges may make, in units of the population.
        largest: float64 ``(channels,)``: magnitudes that the relay sends.
        weight_bits: of an entry.
    """
    payload = (1 << bits - 1) - 1
    unit, top = _largest_entry(edges), entry_top(weight_bits)
    assert isinstance(edges.mix, Schedule)
    total = max(edges.mix.row_total * weight_of_all(edges), unit)
    exponent = math.floor(math.log2(room * unit / (total * payload * top)))
    if exponent < fx.WEIGHT_EXP_MIN:
        return None
    gain = top * 2.0 ** min(exponent, fx.WEIGHT_EXP_MAX) / unit
    grid = edge_grid(edges, gain, weight_bits)
    if grid is None:
        return None
    return Outlet(relay=relay, edges=edges, grid=grid, gain=gain, bits=bits, largest=largest)


def edge_grid(edges: Projection, gain: float, bits: int) -> WeightGrid | None:
    """The grid of a projection along edges; None if an entry would vanish or does not fit."""
    mix = edges.mix
    assert isinstance(mix, Schedule)
    if not by_entries(edges):
        exponent = math.ceil(math.log2(weight_of_all(edges) * gain / entry_top(bits)) - 1e-9)
        held = fx.WEIGHT_EXP_MIN <= exponent <= fx.WEIGHT_EXP_MAX
        return WeightGrid(bits=bits, exponent=exponent) if held else None
    factor = gain * weight_of_all(edges)
    coarse, fine = entry_exponents(mix, factor, bits)
    lost = vanishes(mix, factor, bits, (coarse, *fine))
    if coarse > fx.WEIGHT_EXP_MAX or lost:
        return None
    return WeightGrid(bits=bits, exponent=coarse, fine=fine)


def outlet(
    relay: Population,
    edges: Projection,
    *,
    of_sum: float,
    others: int,
    largest: Array,
    limit: int,
    weight_bits: int,
) -> Outlet:
    """The outlet of the widest payload whose edges hold the entries of hubs, too.

    The proof of range takes every payload at its largest, so that payloads of fewer bits would
    count in units as coarse as a percent of a threshold: wider ones, with lower exponents, are
    finer.

    Args:
        of_sum: how large a sum of the population may become, in its units.
        others: how many outlets it has.
        limit: bits of a payload that the chip holds.

    Raises:
        NetworkError: no payload that the chip holds leaves every entry something.
    """
    room = of_sum * EDGES_SHARE / others
    widths = range(min(limit, MOST_BITS), LEAST_BITS - 1, -1)
    tried = [outlet_of(relay, edges, room, bits, largest, weight_bits) for bits in widths]
    found = [o for o in tried if o is not None]
    if not found:
        raise NetworkError(too_many(edges))
    return next((o for o in found if o.grid.exponent >= COARSEST), found[-1])


def too_many(edges: Projection) -> str:
    """What to say where an entry vanishes beside the largest."""
    assert isinstance(edges.mix, Schedule)
    exponents = f"{fx.WEIGHT_EXP_MIN} to {fx.WEIGHT_EXP_MAX}"
    ratio = edges.mix.largest / edges.mix.smallest
    return (
        f"{edges.name}: its largest entry is {ratio:,.0f} times its smallest, of a node with about "
        f"as many neighbours; needed a degree that edge weights hold, 8 bits at the exponents "
        f"{exponents} beside payloads of at least {LEAST_BITS} bits; leave out some edges of the "
        "largest hubs, or use sampled trees"
    )


def room_of_sum(population: Population, guard_bits: int, updates: int) -> float:
    """How large a sum may be in each update, so that its states stay within 24 bits."""
    neuron = population.neuron
    current = accumulation(round(neuron.current_decay * fx.DECAY_ONE), updates)
    voltage = proven_share(round(neuron.voltage_decay * fx.DECAY_ONE), updates) or 1.0
    return fx.STATE_MAX / (2.0**guard_bits * current * voltage)


def _largest_entry(edges: Projection) -> float:
    assert isinstance(edges.mix, Schedule)
    return (edges.mix.largest or 1.0) * (weight_of_all(edges) or 1.0)
