"""What the nodes of a graph ask of a core: neurons, synaptic memory, input axons.

Weights within a node are the same for all nodes: a core stores them once, or per node, by the
profile's rule. The entry of an edge is of that edge alone; where weights are shared, all channels
that it carries alike share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

import numpy as np

from neurograph.chip.footprint import AnyNetwork, synapse_bits
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
        numbers: how many different ones it needs, where neurons of a core share them.
    """

    entries: Array
    synapses: Array
    numbers: int

    def each(self, first: int, end: int) -> int:
        """Synapses of an entry that end on neurons `first` to `end`."""
        return int(self.synapses[end] - self.synapses[first])


class NodeDemand:
    """What ranges of a node's neurons need; neurons are numbered as by `Links`.

    Attributes:
        within: int64 ``(neurons + 1,)``, synapses from within the node on all neurons before each.
        once: int64 ``(neurons + 1,)``, weights of all neurons before each that a core stores once,
            where it shares them.
        edges: one per projection by schedule.
    """

    def __init__(self, network: AnyNetwork, profile: HardwareProfile) -> None:
        self.links = Links(network)
        self.shared = profile.shared_synapses
        self.bits_each = synapse_bits(profile)
        within, once = np.zeros((2, self.links.neurons), np.int64)
        edges = []
        for j, place in self._placed(network):
            many = np.count_nonzero(j.weight, axis=1).astype(np.int64)
            if isinstance(j.mix, Schedule):
                own = np.zeros(self.links.neurons, np.int64)
                own[place] = many
                numbers, stored = _shared_numbers(j)
                once[place] += many * stored
                entries = np.diff(j.mix.union().indptr).astype(np.int64)
                edges.append(EdgeNeed(entries, _before(own), numbers))
            else:
                within[place] += many * j.mix.nnz
                once[place] += many * j.mix.nnz  # of 1 row: an entry, or none
        self.within, self.once, self.edges = _before(within), _before(once), tuple(edges)

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
        other.shared = shared
        return other

    def synapses(self, first: int, end: int) -> Array:
        """int64 ``(N,)``: that end on neurons `first` to `end` of each node."""
        along = [e.entries * e.each(first, end) for e in self.edges]
        inner = int(self.within[end] - self.within[first])
        return np.sum(along, axis=0, dtype=np.int64) + inner

    def own_bits(self, first: int, end: int) -> Array:
        """int64 ``(N,)``: memory of neurons `first` to `end` of each node that it has alone."""
        if not self.shared:
            return self.synapses(first, end) * self.bits_each
        along = [e.entries * (e.numbers if e.each(first, end) else 0) for e in self.edges]
        return np.sum(along, axis=0, dtype=np.int64) * self.bits_each

    def common_bits(self, first: int, end: int) -> int:
        """Memory of neurons `first` to `end` that all nodes on a core share."""
        return int(self.once[end] - self.once[first]) * self.bits_each if self.shared else 0

    def axons_in(self, first: int, end: int) -> Array:
        """int64 ``(N,)``: input axons of neurons `first` to `end` of each node, were it alone."""
        found = np.zeros(self.links.nodes, np.int64)
        for link in self.links.into(first, end):
            found += np.diff(link.relation.union.indptr) * len(link.channels)
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


def _before(counts: Array) -> Array:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
