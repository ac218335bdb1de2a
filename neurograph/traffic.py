"""Which spikes of a placed network travel from which core to which: the axons of every segment.

A spike sends one message to each core that holds a neuron it reaches, whatever the number of
projections and neurons there. What `place` minimises and `energy` prices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.arrays import Array
from neurograph.footprint import AnyNetwork, Input, footprints
from neurograph.placement import CoreUse, Slice

OUTSIDE = -1  # the core of a stream, whose spikes come from outside the chip


@dataclass(frozen=True, eq=False, kw_only=True)
class Axons:
    """From one source layer to one population, over all copies.

    A segment is what one core holds of one row of the source in one copy.

    Attributes:
        core: int64 ``(segments,)``, where each segment lives; `OUTSIDE` for a stream.
        neurons: ``(segments, rows * channels of the source)``, stored 1 where a neuron of the
            segment has a synapse to the population at all.
        reach: ``(segments, cores)``, stored 1 where the segment has axons to the core.
    """

    source: str
    target: str
    core: Array
    neurons: sp.csr_array
    reach: sp.csr_array


def axons(network: AnyNetwork, slices: Sequence[Slice]) -> tuple[Axons, ...]:
    """One per pair of a source layer and a population that it reaches."""
    cores = 1 + max(s.core for s in slices)
    copies = 1 + max(s.copy for s in slices)
    sizes = {layer.name: layer.rows for layer in (*network.streams, *network.populations)}
    channels = {layer.name: layer.channels for layer in (*network.streams, *network.populations)}
    placed: dict[str, list[Slice]] = {name: [] for name in sizes}
    for s in slices:
        placed[s.population].append(s)
    streams = {s.name for s in network.streams}
    segments = {
        name: _outside(copies, sizes[name])
        if name in streams
        else _segments(placed[name], channels[name])
        for name in sizes
    }
    found = []
    for p in footprints(network):
        homes = _homes(segments[p.population], sizes[p.population], copies, cores)
        for heard in p.inputs:
            source = segments[heard.source]
            found.append(
                Axons(
                    source=heard.source,
                    target=p.population,
                    core=source.core,
                    neurons=_neurons(source, heard, sizes[heard.source], channels[heard.source]),
                    reach=_reach(source, homes, heard.reach, copies),
                )
            )
    return tuple(found)


def between_cores(
    network: AnyNetwork, slices: Sequence[Slice], sent: Mapping[str, Array]
) -> sp.csr_array:
    """Messages from core to core, all copies together, without what comes from outside.

    Args:
        sent: per population, ``(rows, channels)``: spikes of each neuron, in any unit.

    Returns:
        float64 ``(cores, cores)``, in that unit.
    """
    cores = 1 + max(s.core for s in slices)
    total = sp.csr_array((cores, cores), dtype=np.float64)
    for a in axons(network, slices):
        inside = a.core != OUTSIDE
        if inside.any():
            spikes = a.neurons @ np.asarray(sent[a.source], np.float64).ravel()
            home = sp.csr_array(
                (spikes, (a.core, np.arange(len(spikes)))), shape=(cores, len(spikes))
            )
            total = total + home @ a.reach
    return sp.csr_array(total)


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


@dataclass(frozen=True, eq=False)
class _Segments:
    """`start` to `stop` of row `row` of copy `copy` on core `core`; all int64 arrays."""

    copy: Array
    row: Array
    start: Array
    stop: Array
    core: Array


def _segments(slices: Sequence[Slice], channels: int) -> _Segments:
    pieces = list(_pieces(slices, channels))
    table = np.array(pieces, np.int64).reshape(len(pieces), 5)
    return _Segments(*table.T)


def _pieces(slices: Sequence[Slice], channels: int) -> Iterator[tuple[int, int, int, int, int]]:
    for s in slices:
        for row in range(s.start // channels, -(-s.stop // channels)):
            start, stop = max(s.start, row * channels), min(s.stop, (row + 1) * channels)
            yield s.copy, row, start, stop, s.core


def _outside(copies: int, rows: int) -> _Segments:
    row = np.tile(np.arange(rows), copies)
    start = np.full(len(row), -1)  # whole rows
    return _Segments(np.repeat(np.arange(copies), rows), row, start, start, start * 0 + OUTSIDE)


def _homes(segments: _Segments, rows: int, copies: int, cores: int) -> sp.csr_array:
    """``(copies * rows, cores)``, 1 where a core holds any neuron of a row of a copy."""
    at = segments.copy * rows + segments.row
    ones = np.ones(len(at), np.int32)
    return _ones(sp.csr_array((ones, (at, segments.core)), shape=(copies * rows, cores)))


def _reach(
    source: _Segments, homes: sp.csr_array, reach: sp.csr_array, copies: int
) -> sp.csr_array:
    """``(segments, cores)``: of the segment's row, the homes of every row that hears it."""
    rows = reach.shape[1]
    of_row = _ones(sp.csr_array(sp.kron(sp.eye_array(copies), reach.T, format="csr") @ homes))
    return sp.csr_array(of_row[source.copy * rows + source.row])


def _neurons(source: _Segments, heard: Input, rows: int, channels: int) -> sp.csr_array:
    whole = source.start < 0
    start = np.where(whole, source.row * channels, source.start)
    stop = np.where(whole, start + channels, source.stop)
    count = stop - start
    segment = np.repeat(np.arange(len(start)), count)
    neuron = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    neuron += np.repeat(start, count)
    joined = heard.joined[neuron % channels]
    ones = np.ones(int(joined.sum()), np.int32)
    shape = (len(start), rows * channels)
    return sp.csr_array((ones, (segment[joined], neuron[joined])), shape=shape)


def _ones(matrix: sp.csr_array) -> sp.csr_array:
    """Ones where `matrix` stores an entry."""
    matrix.sum_duplicates()
    matrix.data = np.ones(matrix.nnz, np.int32)
    return matrix
