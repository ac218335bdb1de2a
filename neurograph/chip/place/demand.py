"""What every neuron of one replica asks of a core, as flat arrays that compiled code reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurograph.chip.footprint import AnyNetwork, Footprint, by_source, footprints
from neurograph.chip.memory import MemoryNeed, SynapseMemory, memory_needs, whole_words
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
        own: int64 ``(neurons,)``, memory that it takes alone.
        line: int32 ``(neurons,)``, number of its row, through all populations.
        lists: int64, of each line, its dense lists: see `MemoryNeed`.
        stored: int32 ``(neurons,)``, number of its channel, through all populations.
        once: int64, of each channel, memory for all its rows and replicas on a core.
        taps: int64, of each population, lists that its channels on a core share.
        dense, kernel: words of 1,000 entries of either kind of list.
    """

    population: Array
    row: Array
    channel: Array
    own: Array
    line: Array
    lists: Array
    stored: Array
    once: Array
    taps: Array
    dense: int
    kernel: int


class Room(NamedTuple):
    """What a core can hold."""

    neurons: int
    memory: int
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

    @property
    def own_memory(self) -> int:
        """Of the replica, beside what it shares with others: the least, every row whole."""
        need = self.need
        size = np.bincount(need.line, minlength=len(need.lists))
        return int(need.own.sum() + need.lists @ whole_words(size, need.dense))


def demand(network: AnyNetwork, profile: HardwareProfile) -> ResourceDemand:
    """What one replica asks of the cores of a chip."""
    prints, memory = footprints(network), SynapseMemory.of(profile)
    return ResourceDemand(
        prints=prints,
        start=_starts([f.size for f in prints]),
        need=_need(prints, memory_needs(network, memory), memory),
        heard=_heard(network),
        room=room_of(profile),
    )


def room_of(profile: HardwareProfile) -> Room:
    """What a core of the chip can hold."""

    def known(value: float | None) -> int:
        return UNLIMITED if value is None else int(value)

    return Room(
        neurons=known(profile.limit("neurons_per_core")),
        memory=known(SynapseMemory.of(profile).room),
        axons_in=known(profile.limit("axons_in_per_core")),
        axons_out=known(profile.limit("axons_out_per_core")),
    )


def memory_on_cores(need: NeuronDemand, home: Array, cores: int) -> Array:
    """int64 ``(cores,)``: synaptic memory in use.

    Args:
        home: int32 ``(replicas, neurons)``, the core of each neuron.
    """
    total = np.zeros(cores, np.int64)
    held = []
    for one in home.astype(np.int64):
        np.add.at(total, one, need.own)
        _add_lists(total, one * len(need.lists) + need.line, need.lists, need.dense)
        held.append(np.unique(one * len(need.once) + need.stored))
    core, channel = np.divmod(np.unique(np.concatenate(held)), len(need.once))
    np.add.at(total, core, need.once[channel])
    population = np.zeros(len(need.once), np.int64)
    population[need.stored] = need.population
    _add_lists(total, core * len(need.taps) + population[channel], need.taps, need.kernel)
    return total


def _add_lists(total: Array, at: Array, lists: Array, rate: int) -> None:
    """Words of lists, each with an entry for each time that `at` has core and list."""
    if not lists.any():
        return
    places, entries = np.unique(at, return_counts=True)
    core, which = np.divmod(places, len(lists))
    np.add.at(total, core, lists[which] * whole_words(entries, rate))


def _need(
    prints: Sequence[Footprint], needs: Sequence[MemoryNeed], memory: SynapseMemory
) -> NeuronDemand:
    channels, rows = _starts([f.channels for f in prints]), _starts([f.rows for f in prints])
    row = [np.arange(f.size) // f.channels for f in prints]
    within = [np.arange(f.size) % f.channels for f in prints]
    return NeuronDemand(
        population=_flat([np.full(f.size, at) for at, f in enumerate(prints)]),
        row=_flat(row),
        channel=_flat(within),
        own=np.concatenate([n.own for n in needs]),
        line=_flat([r + at for r, at in zip(row, rows, strict=False)]),
        lists=np.concatenate([n.lists for n in needs]),
        stored=_flat([w + at for w, at in zip(within, channels, strict=False)]),
        once=np.concatenate([n.once for n in needs]),
        taps=np.array([n.taps for n in needs], np.int64),
        dense=memory.dense,
        kernel=memory.kernel,
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
