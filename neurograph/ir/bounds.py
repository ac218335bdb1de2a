"""How large a synaptic sum can become, proved from weights, row mixes and payload widths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir.neurons import QRelay
from neurograph.ir.quantized import QNetwork
from neurograph.ir.schedule import Mix, Schedule, row_totals

_Bound = TypeVar("_Bound", int, Array)
_FINE = re.compile(r"\.fine\d*$")  # what the name of a finer piece ends in
_LARGEST = 1 << 62  # what sums of sums in int64 can hold


@dataclass(frozen=True, eq=False, kw_only=True)
class Term:
    """One projection's part of a synaptic sum.

    Attributes:
        name: of the projection.
        mix: ``(rows out, rows in)``, non-negative integers; or a schedule of them.
        weight: integers ``(channels out, channels in)``.
        exponent: by which the sum is shifted left; right, and floored, if negative.
        payload_max: largest magnitude of what arrives; 1 for spikes.
    """

    name: str
    mix: Mix
    weight: Array
    exponent: int
    payload_max: int

    def largest(self) -> Array:
        """int64 ``(rows, channels)``: bound of each neuron's sum, and its partial sums, unshifted.

        Raises:
            NetworkError: a bound that leaves 62 bits.
        """
        worst = self.worst()
        if worst << max(self.exponent, 0) > _LARGEST:
            raise NetworkError(f"{self.name}: a synaptic sum can reach {worst:.1e}, over 62 bits")
        bound: Array = np.outer(*self._magnitudes()) * self.payload_max
        return bound

    def largest_shifted(self) -> Array:
        """The same after the shift."""
        return self.shifted(self.largest())

    def worst(self) -> int:
        """The largest entry of `largest`, exact whatever its size."""
        rows, channels = self._magnitudes()
        return int(rows.max(initial=0)) * int(channels.max(initial=0)) * self.payload_max

    def worst_shifted(self) -> int:
        """The same after the shift."""
        return self.shifted(self.worst())

    def _magnitudes(self) -> tuple[Array, Array]:
        """int64 ``(rows,)`` and ``(channels,)``: sums of the mix and of absolute weights."""
        return row_totals(self.mix), np.abs(self.weight.astype(np.int64)).sum(axis=1)

    def shifted(self, bound: _Bound) -> _Bound:
        """A right shift floors, so that the sum of largest magnitude is negative: -1 stays -1."""
        return bound << self.exponent if self.exponent >= 0 else -(-bound >> -self.exponent)


def largest_sum(terms: Iterable[Term]) -> int:
    """The largest magnitude of the synaptic sum of any neuron into which all `terms` lead."""
    return int(largest_together(terms).max())


def largest_together(terms: Iterable[Term]) -> Array:
    """int64 ``(rows, channels)``: bound of each neuron's sum of all `terms`, shifted.

    Without terms, one 0 for all.

    The pieces of one schedule are added node by node: what one of them holds of a node in a
    snapshot, the others do not.
    """
    alone: list[Array] = []
    pieces: dict[str, list[Term]] = {}
    for term in terms:
        if isinstance(term.mix, Schedule):
            pieces.setdefault(_FINE.sub("", term.name), []).append(term)
        else:
            alone.append(term.largest_shifted())
    parts = [*alone, *(_together(p) for p in pieces.values())]
    total: Array = np.sum(parts, axis=0) if parts else np.zeros((1, 1), np.int64)
    return total


def _together(pieces: list[Term]) -> Array:
    """Of the pieces of one projection; by schedule, one row."""
    if len(pieces) == 1:
        return pieces[0].largest_shifted()
    channels = [np.abs(piece.weight.astype(np.int64)).sum(axis=1) for piece in pieces]
    found = np.zeros(len(channels[0]), np.int64)
    for weights in {tuple(w) for w in np.stack(channels, axis=1).tolist()}:
        alike = np.all(np.stack(channels, axis=1) == weights, axis=1)
        found[alike] = sum(
            piece.shifted(_row_sums(piece.mix) * weight * piece.payload_max)
            for piece, weight in zip(pieces, weights, strict=True)
        ).max()
    return found[None]


def _row_sums(mix: Mix) -> Array:
    assert isinstance(mix, Schedule), "only schedules are in pieces"
    return mix.row_sums.astype(np.int64)


def terms(
    network: QNetwork, largest_payload: Mapping[str, int] | None = None
) -> dict[str, list[Term]]:
    """Per population, its projections as terms.

    Args:
        network: whose projections they are.
        largest_payload: per stream or relay, magnitude of the largest payload; default: what its
            bits or its limit hold.
    """
    payload_max = {s.name: s.payload_max for s in network.streams}
    relays = {p.name: p.neuron for p in network.populations if isinstance(p.neuron, QRelay)}
    payload_max |= {name: relay.payload_max for name, relay in relays.items()}
    payload_max |= largest_payload or {}
    found: dict[str, list[Term]] = {p.name: [] for p in network.populations}
    for j in network.projections:
        top = payload_max.get(j.source, 1)
        found[j.target].append(
            Term(name=j.name, mix=j.mix, weight=j.weight, exponent=j.exponent, payload_max=top)
        )
    return found


def largest_sums(network: QNetwork) -> dict[str, int]:
    """Per population, the largest magnitude of the synaptic sum ``a`` of one update.

    u cannot wrap without memory (du = 4095) while this is below ``2**(23 - guard_bits)``, and
    wraps at most once, so that it stays a 24-bit number, while it is at most
    ``2**(24 - guard_bits)``: with 6 guard bits ``2**17`` and ``2**18``.
    """
    return {name: largest_sum(into) for name, into in terms(network).items()}
