"""What a network asks of a chip: synapses per neuron, bits of memory, axons between cores.

The rules that `check`, `place` and `energy` share. A synapse is a non-zero entry of
``mix x weight``. An axon carries the spikes of one source neuron to the neurons of one population
on one core; all projections between the two share it, and a spike sends one message per axon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import Violation
from neurograph.ir import Network, Projection, QNetwork, QProjection, Schedule

AnyNetwork = Network | QNetwork


@dataclass(frozen=True, eq=False, kw_only=True)
class Footprint:
    """What one population asks of the cores that hold it.

    Attributes:
        synapses: int64 ``(rows * channels,)``, synapses that end on each neuron, row major.
        axons_in: int64 ``(rows * channels,)``, neurons and stream channels that each one hears.
    """

    population: str
    rows: int
    channels: int
    synapses: Array
    axons_in: Array

    @property
    def size(self) -> int:
        return self.rows * self.channels


def footprints(network: AnyNetwork) -> tuple[Footprint, ...]:
    """One per population, in the network's order."""
    return tuple(
        Footprint(
            population=p.name,
            rows=p.rows,
            channels=p.channels,
            synapses=_total(map(synapses_per_neuron, into(network, p.name)), p.rows * p.channels),
            axons_in=_total(map(_heard, by_source(network, p.name)), p.rows * p.channels),
        )
        for p in network.populations
    )


def _total(parts: Iterable[Array], size: int) -> Array:
    """int64 ``(size,)``; zeros of a population that nothing reaches."""
    total: Array = np.sum([np.zeros(size, np.int64), *parts], axis=0)
    return total


def into(network: AnyNetwork, population: str) -> list[Projection | QProjection]:
    """The projections that end on a population."""
    return [j for j in network.projections if j.target == population]


def by_source(network: AnyNetwork, population: str) -> list[list[Projection | QProjection]]:
    """The projections that end on a population, those of one source together."""
    groups: dict[str, list[Projection | QProjection]] = {}
    for j in into(network, population):
        groups.setdefault(j.source, []).append(j)
    return list(groups.values())


def synapses_per_neuron(projection: Projection | QProjection) -> Array:
    """int64 ``(rows * channels,)`` of the target: the non-zero synapses of each, row major."""
    per_row = np.diff(projection.still.indptr).astype(np.int64)
    per_channel = np.count_nonzero(projection.weight, axis=1).astype(np.int64)
    return np.outer(per_row, per_channel).ravel()


def stored_once(projection: Projection | QProjection) -> Array:
    """int64 ``(channels,)``: weights that a core stores for a channel, however many rows it holds.

    The non-zero ones, once for every multiple that the row mix takes of them.
    """
    multiples = len(np.unique(projection.still.data))
    per_channel: Array = np.count_nonzero(projection.weight, axis=1).astype(np.int64) * multiples
    return per_channel


def synapses_per_node(projection: Projection | QProjection) -> float:
    """Non-zero synapses of a node; of edges, in the mean over nodes, all snapshots together."""
    mix = projection.mix
    if isinstance(mix, Schedule):
        each = float(np.count_nonzero(projection.weight))
        return each * int(mix.union().nnz) / mix.nodes
    return float(synapses_per_neuron(projection).sum())


def synapse_bits(profile: HardwareProfile) -> int:
    """Bits of synaptic memory per synapse, as far as the profile knows the format.

    Not counted: parts of the format that the profile lists as unknown, and the padding of
    part-filled synapse blocks.
    """
    parts = ("weight_bits", "synapse_index_bits", "synapse_overhead_bits")
    return sum(int(profile.limit(part) or 0) for part in parts)


def exceeds(
    where: str, what: str, needed: float, limit: float | None, unit: str, remedy: str
) -> Iterator[Violation]:
    """The violation, if the limit is known and `needed` is above it."""
    if limit is not None and needed > limit:
        yield Violation(
            where=where, what=what, needed=needed, limit=limit, unit=unit, remedy=remedy
        )


def cores_per_chip(profile: HardwareProfile) -> int | None:
    """Cores that a chip has a place for in its mesh, None where their number is unknown."""
    cores = profile.limit("cores_per_chip")
    if cores is None:
        return None
    per_tile = profile.limit("cores_per_tile")
    columns, rows = profile.limit("mesh_columns"), profile.limit("mesh_rows")
    if per_tile is None or columns is None or rows is None:
        return int(cores)
    return int(min(cores, per_tile * columns * rows))


def cores_per_system(profile: HardwareProfile) -> float | None:
    """Cores of the largest system of this chip, None where that is unknown."""
    chips, cores = profile.limit("chips_per_system"), cores_per_chip(profile)
    return None if chips is None or cores is None else chips * cores


def mantissa_bits(projection: QProjection) -> int:
    """Bits of weight mantissa that hold ``mix entry * weight`` exactly.

    With mixed signs the mantissa is signed and counts in steps of 2 (its last bit is dropped);
    with one sign it is a magnitude. Trailing zeros that all weights share need no bits.
    """
    weight = projection.weight.astype(np.int64)
    times = _multiples(projection)
    step = _lowest_bit(weight) * _lowest_bit(times)
    if not step:
        return 0
    high, low = (int(w) * int(times.max()) // step for w in (weight.max(), weight.min()))
    if low < 0 < high:
        return 1 + max(high.bit_length(), (-low - 1).bit_length())
    return max(high, -low).bit_length()


def _multiples(projection: QProjection) -> Array:
    """int64: entries of the mix; by schedule, one and the largest."""
    mix = projection.mix
    if isinstance(mix, Schedule):
        return np.array([1, mix.largest], np.int64)
    entries: Array = mix.data.astype(np.int64)
    return entries


def _lowest_bit(numbers: Array) -> int:
    """The largest power of two that divides all of them; 0 if all are 0."""
    bits = int(np.bitwise_or.reduce(np.abs(numbers), axis=None))
    return bits & -bits


def _heard(group: list[Projection | QProjection]) -> Array:
    """int64 ``(rows * channels,)``: neurons of one source that each target neuron hears.

    Where several mixes join the same rows, source channels are told apart by which of the
    projections have a synapse from them; a neuron hears such a channel of every row that one of
    those mixes.
    """
    heard = np.zeros((group[0].still.shape[0], group[0].weight.shape[0]), np.int64)
    merged = _by_mix(group)
    rows = [abs(mix).sign() for mix, _ in merged]
    if sum(mix.nnz for mix in rows) == sp.csr_array(sum(rows)).nnz:  # no pair is in two of them
        for mix, (_, joined) in zip(rows, merged, strict=True):
            heard += np.outer(np.diff(mix.indptr), np.count_nonzero(joined, axis=1))
        return heard.ravel()
    table = np.stack([joined for _, joined in merged], axis=-1)
    kinds, kind = np.unique(table.reshape(-1, len(merged)), axis=0, return_inverse=True)
    pattern = kind.reshape(table.shape[:2])
    for number, by in enumerate(kinds):
        if by.any():
            mixed = sp.csr_array(sum(mix for mix, carries in zip(rows, by, strict=True) if carries))
            heard += np.outer(np.diff(mixed.indptr), np.count_nonzero(pattern == number, axis=1))
    return heard.ravel()


def _by_mix(group: list[Projection | QProjection]) -> list[tuple[sp.csr_array, Array]]:
    """Each different row mix, and bool ``(channels, source channels)``: where it joins any."""
    found: list[tuple[sp.csr_array, Array]] = []
    for j in group:
        mix, joined = j.still, j.weight != 0
        for n, (other, before) in enumerate(found):
            same = np.array_equal(mix.indptr, other.indptr)
            if same and np.array_equal(mix.indices, other.indices):
                found[n] = other, before | joined
                break
        else:
            found.append((mix, joined))
    return found
