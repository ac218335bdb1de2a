"""What the nodes of a graph ask of a core: neurons, synaptic memory, input axons.

Weights within a node are the same for all nodes: a core stores them once, or per node, by the
profile's rule. The entry of an edge is of that edge alone; where weights are shared, all channels
that it carries alike share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.memory import SynapseMemory, heard_channels, whole_words
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.residents.links import Links
from neurograph.core.arrays import Array
from neurograph.ir import Projection, QProjection, Schedule


@dataclass(frozen=True, eq=False)
class EdgeNeed:
    """Synapses by schedule.

    Attributes:
        entries: int64 ``(N,)``, of each node that hears, pairs with an entry in any snapshot.
        synapses: int64 ``(neurons + 1,)``, how many an entry has on all neurons before each.
        memory: int64 ``(neurons + 1,)``, what these take where they are stored one by one.
        numbers: how many different ones it needs, where neurons of a core share them.
        lists: dense lists of an entry, where they are not.
        place: neurons of the population that hears.
    """

    entries: Array
    synapses: Array
    memory: Array
    numbers: int
    lists: int
    place: slice

    def each(self, first: int, end: int) -> int:
        """Synapses of an entry that end on neurons `first` to `end`."""
        return int(self.synapses[end] - self.synapses[first])


@dataclass(frozen=True, eq=False)
class ListNeed:
    """Lists of words into one population, with an entry for each of its neurons on a core.

    Attributes:
        place: neurons of the population.
        dense: lists of each node.
        kernel: lists that all nodes on a core share, if they do.
    """

    place: slice
    dense: int
    kernel: int


class NodeDemand:
    """What ranges of a node's neurons need; neurons are numbered as by `Links`.

    Attributes:
        memory: of the chip, in bits or words.
        within: int64 ``(neurons + 1,)``, synapses from within the node on all neurons before each.
        own: int64 ``(neurons + 1,)``, memory of those of them that are stored one by one, were
            none shared.
        once: int64 ``(neurons + 1,)``, memory of weights of all neurons before each that a core
            stores one by one, once, where it shares them.
        lists: those from within the node, and those that edges share.
        edges: one per projection by schedule.
    """

    def __init__(self, network: AnyNetwork, profile: HardwareProfile) -> None:
        self.links = Links(network)
        self.memory = SynapseMemory.of(profile)
        self.all_nodes = np.arange(self.links.nodes)
        self._ways: dict[tuple[int, int], list[tuple[Array, int]]] = {}  # into ranges of neurons
        within, own, once = np.zeros((3, self.links.neurons), np.int64)
        edges, lists, alone = [], [], self._one_by_one(network)
        for j, place in self._placed(network):
            many = np.count_nonzero(j.weight, axis=1).astype(np.int64)
            along = isinstance(j.mix, Schedule)
            if isinstance(j.mix, Schedule):
                stored = int(_shared_numbers(j)[1])
                edges.append(self._of_edges(j, place, many, listed=j.name not in alone))
            else:
                stored = int(j.mix.nnz)  # of 1 row: an entry, or none
                within[place] += many * stored
            if j.name in alone:
                each = self.memory.of_synapses(many) * stored
                own[place] += 0 if along else each
                once[place] += each
            elif stored:
                heard = heard_channels(j)
                lists.append(ListNeed(place, 0 if along else heard, heard))
        self.within, self.own, self.once = _before(within), _before(own), _before(once)
        self.edges, self.lists = tuple(edges), tuple(lists)

    def _one_by_one(self, network: AnyNetwork) -> frozenset[str]:
        """Names of projections whose synapses are not in lists with an entry per neuron."""
        groups: dict[tuple[str, str, bool], list[Projection | QProjection]] = {}
        for j in network.projections:
            key = j.source, j.target, isinstance(j.mix, Schedule)
            groups.setdefault(key, []).append(j)
        found = [g for g in groups.values() if self.memory.one_by_one(g)]
        return frozenset(j.name for group in found for j in group)

    def _of_edges(
        self, j: Projection | QProjection, place: slice, many: Array, *, listed: bool
    ) -> EdgeNeed:
        assert isinstance(j.mix, Schedule)
        synapses, taken = np.zeros((2, self.links.neurons), np.int64)
        synapses[place], taken[place] = many, self.memory.of_synapses(many)
        return EdgeNeed(
            entries=np.diff(j.mix.union().indptr).astype(np.int64),
            synapses=_before(synapses),
            memory=_before(taken),
            numbers=_shared_numbers(j)[0],
            lists=heard_channels(j) if listed else 0,
            place=place,
        )

    def _placed(self, network: AnyNetwork) -> Iterator[tuple[Projection | QProjection, slice]]:
        """Each projection, and where the neurons of its target are."""
        for j in network.projections:
            first = self.links.first[j.target]
            yield j, slice(first, first + self.links.channels[j.target])

    @property
    def neurons(self) -> int:
        """Of a node."""
        return self.links.neurons

    def by_rule(self, *, shared: bool) -> NodeDemand:
        """The same where cores share equal weights, or do not."""
        other = copy(self)
        other.memory = replace(self.memory, shared=shared)
        return other

    def synapses(self, first: int, end: int) -> Array:
        """int64 ``(N,)``: that end on neurons `first` to `end` of each node."""
        along = [e.entries * e.each(first, end) for e in self.edges]
        inner = int(self.within[end] - self.within[first])
        return np.sum(along, axis=0, dtype=np.int64) + inner

    def own_memory(self, first: int, end: int, nodes: Array | None = None) -> Array:
        """int64 ``(N,)``: memory of neurons `first` to `end` of each node that it has alone.

        Args:
            nodes: int64, those that count, in place of all.
        """
        nodes = self.all_nodes if nodes is None else nodes
        total = np.zeros(len(nodes), np.int64)
        for e in self.edges:
            total += e.entries[nodes] * self._of_entry(e, first, end)
        if self.memory.shared:
            return total
        inner = int(self.own[end] - self.own[first])
        for held in self.lists:
            heard = _many(held.place, first, end)
            inner += held.dense * int(whole_words(heard, self.memory.dense))
        return total + inner

    def _of_entry(self, edges: EdgeNeed, first: int, end: int) -> int:
        """Memory of an entry of a schedule on neurons `first` to `end`."""
        if self.memory.shared:
            return int(self.memory.of_synapses(edges.numbers if edges.each(first, end) else 0))
        if edges.lists:
            heard = _many(edges.place, first, end)
            return edges.lists * int(whole_words(heard, self.memory.dense))
        return int(edges.memory[end] - edges.memory[first])

    def common_memory(self, first: int, end: int) -> int:
        """Memory of neurons `first` to `end` that all nodes on a core share."""
        if not self.memory.shared:
            return 0
        total = int(self.once[end] - self.once[first])
        for held in self.lists:
            total += held.kernel * int(
                whole_words(_many(held.place, first, end), self.memory.kernel)
            )
        return total

    def axons_in(self, first: int, end: int, nodes: Array | None = None) -> Array:
        """int64 ``(N,)``: input axons of neurons `first` to `end` of each node, were it alone.

        Args:
            nodes: int64, those that count, in place of all.
        """
        nodes = self.all_nodes if nodes is None else nodes
        found = np.zeros(len(nodes), np.int64)
        if (first, end) not in self._ways:
            ways = self.links.into(first, end)
            self._ways[first, end] = [(w.relation.union.indptr, len(w.channels)) for w in ways]
        for begins, channels in self._ways[first, end]:
            found += (begins[nodes + 1] - begins[nodes]).astype(np.int64) * channels
        return found


def _shared_numbers(j: Projection | QProjection) -> tuple[int, bool]:
    """Numbers that an entry needs on a core that shares, and whether weights are stored once.

    A synapse holds the product of entry and weight: one number where all weights are the same.
    Where all entries are 1, the weights are common to all edges, and an entry says where they lead.
    """
    assert isinstance(j.mix, Schedule)
    different = len(np.unique(j.weight[j.weight != 0]))
    if j.mix.joins:
        return min(different, 1), different > 1
    return different, False


def numbers_per_entry(j: Projection | QProjection, *, shared: bool) -> int:
    """Numbers that a core stores of an entry of a projection by schedule, for all its neurons."""
    return _shared_numbers(j)[0] if shared else int(np.count_nonzero(j.weight))


def _many(place: slice, first: int, end: int) -> int:
    """How many of neurons `first` to `end` are of a population."""
    return int(max(0, min(end, place.stop) - max(first, place.start)))


def _before(counts: Array) -> Array:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
