"""What every neuron of one replica asks of a core, as flat arrays that compiled code reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurograph.chip.footprint import AnyNetwork, Footprint, by_source, footprints, synapse_bits
from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.ir import Projection, QProjection

UNLIMITED = 1 << 62  # stands for a limit that the profile does not know; sums with it stay int64


class FanIn(NamedTuple):
    """Which source neurons each neuron hears, projection by projection.

    Source channels with the same synapses to a population are one class; a class of channels of
    one source row is a unit, numbered through all pairs of a source and a population.

    Attributes:
        first: ``(populations + 1,)``, projections into each population.
        mix_at, mix_ptr, rows: source rows of row q of projection j are
            ``rows[mix_ptr[mix_at[j] + q] : mix_ptr[mix_at[j] + q + 1]]``.
        kind_at, kind_ptr, kinds: classes that channel c of projection j hears, likewise.
        unit: ``(projections,)``, unit of the first class of the first source row.
        width: ``(projections,)``, classes per source row.
        size: source channels of each class, those of projection j from ``size_at[j]`` on.
        units: how many there are.
    """

    first: Array
    mix_at: Array
    mix_ptr: Array
    rows: Array
    kind_at: Array
    kind_ptr: Array
    kinds: Array
    unit: Array
    width: Array
    size: Array
    size_at: Array
    units: int


class NeuronDemand(NamedTuple):
    """What each neuron of one replica needs; neurons are numbered through all populations.

    Attributes:
        population, row, channel: int32 ``(neurons,)``.
        bits: int64 ``(neurons,)``, memory of its own.
        stored: int64 ``(neurons,)``, number of what it shares with other rows and replicas.
        stored_bits: int64, memory of each of those, once per core.
    """

    population: Array
    row: Array
    channel: Array
    bits: Array
    stored: Array
    stored_bits: Array


class Room(NamedTuple):
    """What a core can hold."""

    neurons: int
    bits: int
    axons_in: int
    axons_out: int


@dataclass(frozen=True, eq=False, kw_only=True)
class ResourceDemand:
    """One replica of a network, and what a core can hold of it.

    Attributes:
        start: int64 ``(populations + 1,)``, first neuron of each population.
    """

    prints: tuple[Footprint, ...]
    start: Array
    need: NeuronDemand
    heard: FanIn
    room: Room

    @property
    def neurons(self) -> int:
        return int(self.start[-1])


def demand(network: AnyNetwork, profile: HardwareProfile) -> ResourceDemand:
    """What one replica asks of the cores of a chip."""
    prints = footprints(network)
    return ResourceDemand(
        prints=prints,
        start=_starts([f.size for f in prints]),
        need=_need(prints, synapse_bits(profile), shared=profile.shared_synapses),
        heard=_heard(network),
        room=room_of(profile),
    )


def room_of(profile: HardwareProfile) -> Room:
    """What a core of the chip can hold."""

    def limit(name: str) -> int:
        value = profile.limit(name)
        return UNLIMITED if value is None else int(value)

    return Room(
        neurons=limit("neurons_per_core"),
        bits=limit("synapse_bits_per_core"),
        axons_in=limit("axons_in_per_core"),
        axons_out=limit("axons_out_per_core"),
    )


def _need(prints: Sequence[Footprint], bits: int, *, shared: bool) -> NeuronDemand:
    channels = _starts([f.channels for f in prints])
    own = np.concatenate([f.synapses for f in prints]) * bits
    stored_bits = np.concatenate([f.shared for f in prints]) * bits
    within = [np.arange(f.size) % f.channels for f in prints]
    return NeuronDemand(
        population=_flat([np.full(f.size, at) for at, f in enumerate(prints)]),
        row=_flat([np.arange(f.size) // f.channels for f in prints]),
        channel=_flat(within),
        bits=own * (not shared),
        stored=_flat([w + at for w, at in zip(within, channels, strict=False)]),
        stored_bits=stored_bits * shared,
    )


def _heard(network: AnyNetwork) -> FanIn:
    table = _Table()
    first = [0]
    for p in network.populations:
        for group in by_source(network, p.name):
            table.add(group)
        first.append(len(table.unit))
    return FanIn(
        first=np.array(first, np.int64),
        mix_at=_starts([len(ptr) for ptr in table.mix_ptr])[:-1],
        mix_ptr=_joined_pointers(table.mix_ptr),
        rows=_flat(table.rows),
        kind_at=_starts([len(ptr) for ptr in table.kind_ptr])[:-1],
        kind_ptr=_joined_pointers(table.kind_ptr),
        kinds=_flat(table.kinds),
        unit=np.array(table.unit, np.int64),
        width=np.array(table.width, np.int64),
        size=_flat(table.size),
        size_at=np.array(table.size_at, np.int64),
        units=table.units,
    )


class _Table:
    """Collects `FanIn`, one projection after another."""

    def __init__(self) -> None:
        self.mix_ptr: list[Array] = []
        self.rows: list[Array] = []
        self.kind_ptr: list[Array] = []
        self.kinds: list[Array] = []
        self.unit: list[int] = []
        self.width: list[int] = []
        self.size: list[Array] = []
        self.size_at: list[int] = []
        self.units = self.sizes = 0

    def add(self, group: list[Projection | QProjection]) -> None:
        """The projections from one source to one population."""
        joined = np.concatenate([j.weight != 0 for j in group])  # (projections * channels, sources)
        kinds, size = np.unique(np.packbits(joined, axis=0), axis=1, return_counts=True)
        kinds = np.unpackbits(kinds, axis=0, count=len(joined)).astype(bool)
        for j, hears in zip(group, np.split(kinds, len(group)), strict=True):
            self.mix_ptr.append(j.still.indptr)
            self.rows.append(j.still.indices)
            self.kind_ptr.append(_starts(hears.sum(axis=1)))
            self.kinds.append(hears.nonzero()[1])
            self.unit.append(self.units)
            self.width.append(len(size))
            self.size_at.append(self.sizes)
        self.size.append(size)
        self.sizes += len(size)
        self.units += group[0].still.shape[1] * len(size)


def _starts(counts: Sequence[int] | Array) -> Array:
    """``0, counts[0], counts[0] + counts[1], ...`` as int64."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def _joined_pointers(pointers: Sequence[Array]) -> Array:
    """Pointers into separate arrays as pointers into these arrays joined."""
    ends = _starts([int(ptr[-1]) for ptr in pointers])
    return _joined([ptr + at for ptr, at in zip(pointers, ends, strict=False)])


def _flat(parts: Sequence[Array]) -> Array:
    return _joined(parts).astype(np.int32)


def _joined(parts: Sequence[Array]) -> Array:
    """int64; nothing, where there are none."""
    return np.concatenate([np.zeros(0, np.int64), *parts])
