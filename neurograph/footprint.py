"""What a network asks of a chip: synapses per neuron, bits of memory, axons between cores.

The rules that `check`, `place` and `energy` share. A synapse is a non-zero entry of
``mix x weight``. An axon carries the spikes of one source neuron to the neurons of one population
on one core; all projections between the two share it, and a spike sends one message per axon.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.arrays import Array
from neurograph.errors import Violation
from neurograph.ir import Network, Projection, QNetwork, QProjection
from neurograph.profile import HardwareProfile

AnyNetwork = Network | QNetwork


@dataclass(frozen=True, eq=False, kw_only=True)
class Input:
    """What one population hears from one source layer.

    Attributes:
        reach: ``(rows, source rows)``, stored 1 where any synapse joins the two rows.
        joined: bool ``(source channels,)``, those that have a synapse at all.
    """

    source: str
    reach: sp.csr_array
    joined: Array

    @property
    def channels(self) -> int:
        """Channels per source row that have a synapse, each with axons of its own."""
        return int(self.joined.sum())


@dataclass(frozen=True, eq=False, kw_only=True)
class Footprint:
    """What one population asks of the cores that hold it.

    Attributes:
        synapses: int64 ``(rows * channels,)``, synapses that end on each neuron, row major.
    """

    population: str
    rows: int
    channels: int
    synapses: Array
    inputs: tuple[Input, ...]

    @property
    def size(self) -> int:
        return self.rows * self.channels

    @property
    def most_synapses(self) -> int:
        """Synapses of the neuron that has most."""
        return int(self.synapses.max())

    @property
    def most_axons_in(self) -> int:
        """Input axons of the neuron that has most."""
        per_row = sum(np.diff(heard.reach.indptr) * heard.channels for heard in self.inputs)
        return int(np.max(per_row))


def footprints(network: AnyNetwork) -> tuple[Footprint, ...]:
    """One per population, in the network's order."""
    return tuple(
        Footprint(
            population=p.name,
            rows=p.rows,
            channels=p.channels,
            synapses=np.sum([synapses_per_neuron(j) for j in _into(network, p.name)], axis=0),
            inputs=_inputs(network, p.name),
        )
        for p in network.populations
    )


def synapses_per_neuron(projection: Projection | QProjection) -> Array:
    """int64 ``(rows * channels,)`` of the target: the non-zero synapses of each, row major."""
    per_row = np.diff(projection.mix.indptr).astype(np.int64)
    per_channel = np.count_nonzero(projection.weight, axis=1).astype(np.int64)
    return np.outer(per_row, per_channel).ravel()


def synapse_bits(profile: HardwareProfile) -> int:
    """Bits of synaptic memory per synapse, as far as the profile knows the format.

    Not counted: parts of the format that the profile lists as unknown, the padding of part-filled
    synapse blocks, and what shared (convolutional) synapses would save.
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


def capacity_violations(network: AnyNetwork, profile: HardwareProfile) -> tuple[Violation, ...]:
    """What no placement can mend: a neuron too large for a core, a network for any system."""
    prints = footprints(network)
    return (*_oversized_neurons(prints, profile), *_oversized_network(prints, profile))


def cores_per_system(profile: HardwareProfile) -> float | None:
    """Cores of the largest system of this chip, None where that is unknown."""
    chips, cores = profile.limit("chips_per_system"), profile.limit("cores_per_chip")
    return None if chips is None or cores is None else chips * cores


def mantissa_bits(projection: QProjection) -> int:
    """Bits of weight mantissa that hold ``mix entry * weight`` exactly.

    With mixed signs the mantissa is signed and counts in steps of 2 (its last bit is dropped);
    with one sign it is a magnitude. Trailing zeros that all weights share need no bits.
    """
    weight = projection.weight.astype(np.int64)
    times = projection.mix.data.astype(np.int64)
    step = _lowest_bit(weight) * _lowest_bit(times)
    if not step:
        return 0
    high, low = (int(w) * int(times.max()) // step for w in (weight.max(), weight.min()))
    if low < 0 < high:
        return 1 + max(high.bit_length(), (-low - 1).bit_length())
    return max(high, -low).bit_length()


def _lowest_bit(numbers: Array) -> int:
    """The largest power of two that divides all of them; 0 if all are 0."""
    bits = int(np.bitwise_or.reduce(np.abs(numbers), axis=None))
    return bits & -bits


def _oversized_neurons(
    prints: tuple[Footprint, ...], profile: HardwareProfile
) -> Iterator[Violation]:
    what, remedy = "a neuron's input", "give it fewer input channels or sampled neighbours"
    bits, memory = synapse_bits(profile), profile.limit("synapse_bits_per_core")
    slots = profile.limit("axons_in_per_core")
    for f in prints:
        needed = f.most_synapses * bits
        yield from exceeds(f.population, what, needed, memory, "bit of a core's memory", remedy)
        needed = f.most_axons_in
        yield from exceeds(f.population, what, needed, slots, "of a core's input axons", remedy)


def _oversized_network(
    prints: tuple[Footprint, ...], profile: HardwareProfile
) -> Iterator[Violation]:
    neurons, memory = profile.limit("neurons_per_core"), profile.limit("synapse_bits_per_core")
    bits, cores = synapse_bits(profile), cores_per_system(profile)
    if cores is None:
        return
    largest = max(prints, key=lambda f: f.size)
    remedy = f"shrink '{largest.population}' ({largest.size:,} neurons)"
    if neurons is not None:
        needed = sum(f.size for f in prints)
        yield from exceeds("network", "one copy", needed, neurons * cores, "neurons", remedy)
    if memory is not None:
        needed = sum(int(f.synapses.sum()) for f in prints) * bits
        unit = "bit of synaptic memory"
        yield from exceeds("network", "one copy", needed, memory * cores, unit, remedy)


def _into(network: AnyNetwork, population: str) -> list[Projection | QProjection]:
    return [j for j in network.projections if j.target == population]


def _inputs(network: AnyNetwork, population: str) -> tuple[Input, ...]:
    by_source: dict[str, list[Projection | QProjection]] = {}
    for j in _into(network, population):
        by_source.setdefault(j.source, []).append(j)
    return tuple(
        Input(
            source=source,
            reach=_pattern(sum(_pattern(j.mix) for j in joined)),
            joined=np.any([j.weight.any(axis=0) for j in joined], axis=0),
        )
        for source, joined in by_source.items()
    )


def _pattern(matrix: sp.csr_array) -> sp.csr_array:
    """Int32 ones where `matrix` stores an entry, columns sorted."""
    ones = np.ones(matrix.nnz, np.int32)
    pattern = sp.csr_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape, copy=True)
    pattern.sort_indices()
    return pattern
