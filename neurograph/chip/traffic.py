"""Which spikes of a placed network travel from which core to which: the axons of every segment.

A spike sends one message along each axon: one per population and core that holds a neuron it
reaches, its own core included. What `place` minimises and `energy` prices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.chip.footprint import AnyNetwork, by_source
from neurograph.chip.placement import CoreUse, Slice
from neurograph.core.arrays import Array
from neurograph.ir import Projection, QProjection

OUTSIDE = -1  # the core of a stream, whose spikes come from outside the chip


@dataclass(frozen=True, eq=False, kw_only=True)
class Spans:
    """Slices of one layer as int64 arrays ``(slices,)``; see `Slice`."""

    replica: Array
    start: Array
    stop: Array
    core: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Axons:
    """From one source layer to one population, over all replicas.

    A segment is what one core holds of one row of the source in one replica; where some of its
    neurons reach other cores than the rest, it is several.

    Attributes:
        core: int64 ``(segments,)``, where each segment lives; `OUTSIDE` for a stream.
        replica: int64 ``(segments,)``, of which replica it is.
        size: int64 ``(segments,)``, neurons of each that have a synapse to the population.
        reach: ``(segments, cores)``, stored 1 where those neurons have axons to the core.
    """

    source: str
    target: str
    core: Array
    replica: Array
    size: Array
    reach: sp.csr_array
    _members: _Members

    @cached_property
    def neurons(self) -> sp.csr_array:
        """``(segments, rows * channels of the source)``, stored 1 where a neuron is counted."""
        return self._members.matrix()


def axons(network: AnyNetwork, slices: Sequence[Slice]) -> tuple[Axons, ...]:
    """One per pair of a source layer and a population that it reaches."""
    replicas = 1 + max(s.replica for s in slices)
    cores = 1 + max(s.core for s in slices)
    return axons_of_spans(network, spans(slices), replicas, cores)


def spans(slices: Sequence[Slice]) -> dict[str, Spans]:
    """The slices of each population, as arrays."""
    by_population: dict[str, list[tuple[int, int, int, int]]] = {}
    for s in slices:
        by_population.setdefault(s.population, []).append((s.replica, s.start, s.stop, s.core))
    found = {}
    for name, table in by_population.items():
        replica, start, stop, core = np.array(table, np.int64).T
        found[name] = Spans(replica=replica, start=start, stop=stop, core=core)
    return found


def axons_of_spans(
    network: AnyNetwork, placed: Mapping[str, Spans], replicas: int, cores: int
) -> tuple[Axons, ...]:
    """As `axons`, of slices that are arrays already."""
    segments = {p.name: _segments(placed[p.name], p.channels) for p in network.populations}
    for s in network.streams:
        segments[s.name] = _outside(replicas, s.rows, s.channels)
    return tuple(
        _joined(group, segments[group[0].source], segments[p.name], replicas, cores)
        for p in network.populations
        for group in by_source(network, p.name)
    )


def between_cores(
    network: AnyNetwork, slices: Sequence[Slice], sent: Mapping[str, Array]
) -> sp.csr_array:
    """Messages from core to core, all replicas together, without what comes from outside.

    Args:
        sent: per population, ``(rows, channels)``: spikes of each neuron, in any unit.

    Returns:
        float64 ``(cores, cores)``, in that unit.
    """
    return messages(axons(network, slices), 1 + max(s.core for s in slices), sent)


def messages(found: Sequence[Axons], cores: int, sent: Mapping[str, Array]) -> sp.csr_array:
    """As `between_cores`, of axons that are known already."""
    total = sp.csr_array((cores, cores), dtype=np.float64)
    for a in found:
        if len(a.core) and a.core[0] != OUTSIDE:
            spikes = a.neurons @ np.asarray(sent[a.source], np.float64).ravel()
            total = total + _on_cores(a.core, spikes, cores) @ a.reach
    return sp.csr_array(total)


def axon_counts(found: Sequence[Axons], cores: int) -> tuple[Array, Array]:
    """Input axons and output axons of every core, two int64 ``(cores,)``."""
    incoming, outgoing = np.zeros((2, cores), np.int64)
    for a in found:
        incoming += a.reach.T @ a.size
        inside = a.core != OUTSIDE
        outgoing += np.bincount(
            a.core[inside], (a.size * a.reach.sum(axis=1))[inside], minlength=cores
        ).astype(np.int64)
    return incoming, outgoing


def hops(
    uses: Sequence[CoreUse], mesh: tuple[int, int], source: Array, target: Array
) -> tuple[Array, Array]:
    """Hops east-west and north-south between pairs of cores, along a row first.

    Args:
        mesh: columns and rows of tiles of a chip. Chips are taken to lie side by side.
        source, target: int64 ``(pairs,)``, cores.

    Returns:
        Two int64 ``(pairs,)``.
    """
    column = np.array([u.chip * mesh[0] + u.column for u in uses], np.int64)
    row = np.array([u.row for u in uses], np.int64)
    return np.abs(column[source] - column[target]), np.abs(row[source] - row[target])


def crossings(uses: Sequence[CoreUse], source: Array, target: Array) -> Array:
    """int64 ``(pairs,)``: borders between chips on the way from one core to another."""
    chip = np.array([u.chip for u in uses], np.int64)
    crossed: Array = np.abs(chip[source] - chip[target])
    return crossed


@dataclass(frozen=True, eq=False)
class _Segments:
    """Channels `start` to `stop` of row `row` of replica `replica` on core `core`; int64 arrays."""

    channels: int
    replica: Array
    row: Array
    start: Array
    stop: Array
    core: Array


@dataclass(frozen=True, eq=False)
class _Members:
    """The neurons of segments: those channels of `start` to `stop` that are of class `group`.

    Attributes:
        group_of: int64 ``(channels,)``, the class of each channel.
    """

    shape: tuple[int, int]
    group_of: Array
    row: Array
    start: Array
    stop: Array
    group: Array

    def matrix(self) -> sp.csr_array:
        channels = len(self.group_of)
        segment, channel = _ranges(self.start, self.stop)
        member = self.group_of[channel] == self.group[segment]
        segment, channel = segment[member], channel[member]
        at = segment, self.row[segment] * channels + channel
        return sp.csr_array((np.ones(len(segment), np.int32), at), shape=self.shape)


def _segments(placed: Spans, channels: int) -> _Segments:
    which, row = _ranges(placed.start // channels, -(-placed.stop // channels))
    first = row * channels
    return _Segments(
        channels=channels,
        replica=placed.replica[which],
        row=row,
        start=np.maximum(placed.start[which], first) - first,
        stop=np.minimum(placed.stop[which], first + channels) - first,
        core=placed.core[which],
    )


def _outside(replicas: int, rows: int, channels: int) -> _Segments:
    zeros = np.zeros(replicas * rows, np.int64)
    return _Segments(
        channels=channels,
        replica=np.repeat(np.arange(replicas), rows),
        row=np.tile(np.arange(rows), replicas),
        start=zeros,
        stop=zeros + channels,
        core=zeros + OUTSIDE,
    )


def _joined(
    group: Sequence[Projection | QProjection],
    source: _Segments,
    target: _Segments,
    replicas: int,
    cores: int,
) -> Axons:
    """The axons of all projections from one source to one population."""
    rows = group[0].still.shape[1]
    classes, group_of = _classes(group, target)
    reached = [_reached(group, target, c, replicas, cores) for c in classes]
    which, size, reach = [], [], []
    for number, by_row in enumerate(reached):
        count = _counted(group_of == number, source)
        kept = np.flatnonzero(count)
        which.append(kept)
        size.append(count[kept])
        reach.append(by_row[source.replica[kept] * rows + source.row[kept]])
    at = np.concatenate([np.zeros(0, np.int64), *which])
    return Axons(
        source=group[0].source,
        target=group[0].target,
        core=source.core[at],
        replica=source.replica[at],
        size=np.concatenate([np.zeros(0, np.int64), *size]),
        reach=sp.csr_array(sp.vstack(reach)) if reach else sp.csr_array((0, cores), dtype=np.int32),
        _members=_Members(
            shape=(len(at), rows * source.channels),
            group_of=group_of,
            row=source.row[at],
            start=source.start[at],
            stop=source.stop[at],
            group=np.repeat(np.arange(len(which)), [len(w) for w in which]),
        ),
    )


def _classes(group: Sequence[Projection | QProjection], target: _Segments) -> tuple[Array, Array]:
    """Source channels that reach the same segments, told apart.

    Returns:
        bool ``(classes, projections, segments of the target)``: which of those hear the class of
        channels; int64 ``(source channels,)``: the class of each, -1 where nothing hears it.
    """
    cuts = target.start * (target.channels + 1) + target.stop
    _, first, cut = np.unique(cuts, return_index=True, return_inverse=True)
    heard = []
    for j in group:
        up_to = np.cumsum(j.weight != 0, axis=0, dtype=np.int64)
        up_to = np.concatenate([np.zeros_like(up_to[:1]), up_to])
        heard.append(up_to[target.stop[first]] > up_to[target.start[first]])
    table = np.concatenate(heard).T  # (source channels, projections * cuts)
    kinds, group_of = np.unique(np.packbits(table, axis=1), axis=0, return_inverse=True)
    kinds = np.unpackbits(kinds, axis=1, count=table.shape[1]).astype(bool)
    group_of = group_of.ravel()  # numpy 2.0 gave it another shape
    if not kinds[0].any():  # sorted: silent channels come first
        kinds, group_of = kinds[1:], group_of - 1
    return kinds.reshape(len(kinds), len(group), len(first))[:, :, cut.ravel()], group_of


def _reached(
    group: Sequence[Projection | QProjection],
    target: _Segments,
    hears: Array,
    replicas: int,
    cores: int,
) -> sp.csr_array:
    """``(replicas * source rows, cores)``, 1 where a row's channels of one class have axons."""
    rows, sources = group[0].still.shape
    wide = sp.csr_array((sources, replicas * cores), dtype=np.int32)  # a core of each replica apart
    for j, hearing in zip(group, hears, strict=True):
        at = target.row[hearing], (target.replica * cores + target.core)[hearing]
        ones = np.ones(len(at[0]), np.int32)
        homes = _ones(sp.csr_array((ones, at), shape=(rows, replicas * cores)))
        joins = _ones(sp.csr_array(j.still.T, dtype=np.int32))
        wide = wide + joins @ homes
    row, column = wide.nonzero()
    at = column // cores * sources + row, column % cores
    ones = np.ones(len(row), np.int32)
    return sp.csr_array((ones, at), shape=(replicas * sources, cores))


def _counted(member: Array, source: _Segments) -> Array:
    """int64 ``(segments,)``: how many channels of a segment are members."""
    up_to = np.concatenate([[0], np.cumsum(member, dtype=np.int64)])
    counted: Array = up_to[source.stop] - up_to[source.start]
    return counted


def _ranges(start: Array, stop: Array) -> tuple[Array, Array]:
    """All numbers of all ranges, each with the number of its range."""
    count = stop - start
    which = np.repeat(np.arange(len(start)), count)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(count) - count - start, count)


def _on_cores(core: Array, amount: Array, cores: int) -> sp.csr_array:
    """``(cores, segments)``: the amount of each segment in the row of its core."""
    return sp.csr_array((amount, (core, np.arange(len(core)))), shape=(cores, len(core)))


def _ones(matrix: sp.csr_array) -> sp.csr_array:
    """Ones where `matrix` stores an entry."""
    matrix.sum_duplicates()
    matrix.data = np.ones(matrix.nnz, np.int32)
    return matrix
