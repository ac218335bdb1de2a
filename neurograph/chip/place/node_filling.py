"""Filling cores with whole nodes: one after another, new cores where the next does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.chip.place.demand import UNLIMITED, Room
from neurograph.chip.place.node_cuts import Cuts, equal_cuts, greedy_cuts
from neurograph.chip.residents.demand import NodeDemand
from neurograph.chip.residents.links import Link
from neurograph.core.arrays import Array
from neurograph.core.compiled import numba


@dataclass(frozen=True, eq=False)
class Pieces:
    """Nodes on cores that have no places yet; arrays as of `Residents`."""

    node: Array
    start: Array
    stop: Array
    core: Array

    @property
    def cores(self) -> int:
        return int(self.core.max()) + 1


class Filler:
    """Fills cores with the nodes of a graph, in any order.

    Every section of a node goes to a core of its own, the same sections of several nodes share
    one. A node that has no place on empty cores is cut finer, into as few equal pieces as have one,
    on cores that it has alone: of a few numbers, so that nodes are cut at few different places.

    Args:
        cuts: the sections.
    """

    def __init__(self, wanted: NodeDemand, room: Room, cuts: Cuts) -> None:
        self.wanted, self.room, self.cuts = wanted, room, cuts
        self.own = np.stack([wanted.own_memory(*cut) for cut in cuts], axis=1)
        self.common = np.array([wanted.common_memory(*cut) for cut in cuts], np.int64)
        self.heard = self._heard() if room.axons_in != UNLIMITED else _nothing_heard(len(cuts))
        self.large = (self.own + self.common > room.memory).any(axis=1)
        if room.axons_in != UNLIMITED:
            alone = np.stack([wanted.axons_in(*cut) for cut in cuts], axis=1)
            self.large |= (alone > room.axons_in).any(axis=1)

    def fill(self, order: Array, out: Array) -> Pieces:
        """All nodes on cores.

        Args:
            order: int64 ``(N,)``, the nodes.
            out: int32 ``(N, neurons)``, output axons of each neuron; of no columns where they have
                no limit.

        Raises:
            TooLarge: a neuron that no core holds.
        """
        leaving = np.zeros(self.own.shape, np.int64)
        if out.shape[1]:
            leaving = np.stack([out[:, a:b].sum(axis=1, dtype=np.int64) for a, b in self.cuts], 1)
        large = np.logical_or(self.large, (leaving > self.room.axons_out).any(axis=1))
        small = order[~large[order]]
        sizes = np.array([b - a for a, b in self.cuts], np.int64)
        group = _fill(small, sizes, self.common, self.own, leaving, self.heard, tuple(self.room))
        sections = np.arange(len(self.cuts))
        node = np.repeat(small, len(self.cuts))
        start, stop = (np.tile([cut[end] for cut in self.cuts], len(small)) for end in (0, 1))
        core = (group[:, None] * len(self.cuts) + sections).ravel()
        return self._with_large(order[large[order]], Pieces(node, start, stop, core), out)

    def _with_large(self, nodes: Array, pieces: Pieces, out: Array) -> Pieces:
        """The pieces of all nodes, those of large ones on cores behind the others, by node."""
        columns = [np.stack([pieces.node, pieces.start, pieces.stop, pieces.core])]
        cores = pieces.cores if len(pieces.node) else 0
        for v, cuts in zip(nodes.tolist(), self._finer_cuts(nodes, out), strict=True):
            at = cores + np.arange(len(cuts))
            columns.append(np.stack([np.full(len(cuts), v), *np.transpose(cuts), at]))
            cores += len(cuts)
        table = np.concatenate(columns, axis=1)
        node, start = table[:2]
        return Pieces(*table[:, np.lexsort((start, node))])

    def _finer_cuts(self, nodes: Array, out: Array) -> list[Cuts]:
        """Where each of these nodes is cut."""
        found: dict[int, Cuts] = {}
        left = nodes
        for number in _numbers(self.wanted.neurons):
            if not len(left):
                break
            cuts = equal_cuts(self.wanted, self.room, number, left)
            held = np.logical_and.reduce([self._held(cut, left, out) for cut in cuts])
            found |= dict.fromkeys(left[held].tolist(), cuts)
            left = left[~held]
        for v in left.tolist():
            found[v] = self._own_cuts(np.array([v]), out)
        return [found[v] for v in nodes.tolist()]

    def _own_cuts(self, node: Array, out: Array) -> Cuts:
        """Sections of one node, each as large as a core holds."""

        def fits(first: int, end: int) -> bool:
            return bool(self._held((first, end), node, out)[0])

        return greedy_cuts(self.wanted.neurons, fits)

    def _held(self, cut: tuple[int, int], nodes: Array, out: Array) -> Array:
        """Of which of these nodes an empty core holds a section: bool ``(nodes,)``."""
        (first, end), wanted, room = cut, self.wanted, self.room
        held: Array = wanted.common_memory(*cut) + wanted.own_memory(*cut, nodes) <= room.memory
        held &= end - first <= room.neurons
        if room.axons_in != UNLIMITED:
            held &= wanted.axons_in(*cut, nodes) <= room.axons_in
        # a neuron with too many output axons is told when the layout settles
        if out.shape[1] and end > first + 1:
            held &= out[nodes, first:end].sum(axis=1, dtype=np.int64) <= room.axons_out
        return held

    def _heard(self) -> tuple[Array, Array, Array, Array, Array]:
        """Which nodes each node hears, link by link; see `_fill`."""
        links: list[tuple[int, Link]] = [
            (s, link) for s, cut in enumerate(self.cuts) for link in self.wanted.links.into(*cut)
        ]
        tables = [link.relation.union for _, link in links]
        ends = np.cumsum([0, *(len(t.indices) for t in tables)])
        return (
            np.array([s for s, _ in links], np.int64),
            np.array([len(link.channels) for _, link in links], np.int64),
            np.stack([t.indptr[:-1] + at for t, at in zip(tables, ends, strict=False)]),
            np.stack([t.indptr[1:] + at for t, at in zip(tables, ends, strict=False)]),
            np.concatenate([t.indices for t in tables]).astype(np.int64),
        )


def _numbers(neurons: int) -> Iterator[int]:
    """Of sections that are tried: 2, 3, 4, 6, 8, 12 and so on."""
    number = 2
    while number <= neurons:
        yield number
        if number * 3 // 2 <= neurons:
            yield number * 3 // 2
        number *= 2


def _nothing_heard(nodes: int) -> tuple[Array, Array, Array, Array, Array]:
    none, table = np.zeros(0, np.int64), np.zeros((0, nodes), np.int64)
    return none, none, table, table, none


@numba.njit(cache=True, nogil=True)
def _fill(order, sizes, common, own, leaving, heard, room):  # type: ignore[no-untyped-def]
    """int64 ``(nodes,)``: in which group of cores, one per section, each node of `order` is.

    Args:
        order: nodes, each of which fits on empty cores.
        sizes, common: per section, its neurons, and memory that all nodes on a core share.
        own, leaving: per node and section, memory of its own, and output axons.
        heard: per link, its section, its channels, and where the nodes that each node hears by it
            begin and end in a list; the list.
        room: of a core: neurons, memory, input axons, output axons.
    """
    section, width, begin, end, nodes = heard
    most_neurons, most_memory, most_in, most_out = room
    sections, links = len(sizes), len(section)
    last = np.full((links, len(own)), -1, np.int64)  # the group in which a node was heard last
    neurons = np.zeros(sections, np.int64)
    memory, axons_in, axons_out = common.copy(), neurons.copy(), neurons.copy()
    entering = np.zeros(sections, np.int64)
    group = np.zeros(len(order), np.int64)
    now, held = 0, 0
    for i in range(len(order)):
        v = order[i]
        for _ in range(2):
            entering[:] = 0
            for link in range(links):
                for at in range(begin[link, v], end[link, v]):
                    if last[link, nodes[at]] != now:
                        entering[section[link]] += width[link]
            fits = True
            for s in range(sections):
                fits &= neurons[s] + sizes[s] <= most_neurons
                fits &= memory[s] + own[v, s] <= most_memory
                fits &= axons_in[s] + entering[s] <= most_in
                fits &= axons_out[s] + leaving[v, s] <= most_out
            if fits or held == 0:
                break
            now, held = now + 1, 0
            neurons[:] = 0
            memory[:] = common
            axons_in[:] = 0
            axons_out[:] = 0
        held += 1
        neurons += sizes
        memory += own[v]
        axons_in += entering
        axons_out += leaving[v]
        for link in range(links):
            for at in range(begin[link, v], end[link, v]):
                last[link, nodes[at]] = now
        group[i] = now
    return group
