"""Which neurons of a node hear which channels of a layer, and over which pairs of nodes.

A link is to a node what an axon is to a neuron: channels of a layer that reach the neurons of one
population on a core, all by the same projections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.chip.footprint import AnyNetwork, by_source
from neurograph.chip.residents.relations import Relation
from neurograph.core.arrays import Array
from neurograph.ir import Projection, QProjection, Schedule


@dataclass(frozen=True, eq=False)
class Link:
    """Channels of a layer that neurons of a population hear.

    Attributes:
        source, target: the layer and the population.
        channels: int64, of the source, those that some of the neurons hear.
        relation: of which nodes each node hears them.
    """

    source: str
    target: str
    channels: Array
    relation: Relation


class Links:
    """The links of a network whose nodes hear each other.

    The neurons of a node are numbered through its populations in order.

    Attributes:
        nodes: of the graph.
        first: the first neuron of each population.
        channels: how many each population has.
        neurons: of a node.
    """

    def __init__(self, network: AnyNetwork) -> None:
        assert network.nodes is not None
        self.network, self.nodes = network, network.nodes
        self.first: dict[str, int] = {}
        self.channels = {p.name: p.channels for p in network.populations}
        self.neurons = 0
        for name, channels in self.channels.items():
            self.first[name] = self.neurons
            self.neurons += channels
        self._relations: dict[tuple[str, ...], Relation] = {}

    def parts(self, first: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Populations of which neurons `first` to `end` hold some, with first channel and end."""
        for name, at in self.first.items():
            begin, stop = max(first - at, 0), min(end - at, self.channels[name])
            if begin < stop:
                yield name, begin, stop

    def into(self, first: int, end: int) -> Iterator[Link]:
        """Of all that neurons `first` to `end` hear; no channel is twice in links of one pair."""
        for name, begin, stop in self.parts(first, end):
            for group in by_source(self.network, name):
                yield from self._of_group(group, begin, stop)

    def _of_group(
        self, group: Sequence[Projection | QProjection], begin: int, stop: int
    ) -> Iterator[Link]:
        """Channels of one source that some of one population's hear, by the same projections."""
        live = [j for j in group if isinstance(j.mix, Schedule) or j.mix.nnz]
        if not live:
            return
        reached = np.stack([(j.weight[begin:stop] != 0).any(axis=0) for j in live], axis=1)
        kinds, kind = np.unique(reached, axis=0, return_inverse=True)
        for number, by in enumerate(kinds):
            if by.any():
                carriers = [j for j, carries in zip(live, by, strict=True) if carries]
                channels = np.flatnonzero(kind.ravel() == number)
                yield Link(live[0].source, live[0].target, channels, self._relation(carriers))

    def _relation(self, projections: Sequence[Projection | QProjection]) -> Relation:
        """One per different set of mixes, because its pairs are counted over and over."""
        scheduled = {id(j.mix) for j in projections if isinstance(j.mix, Schedule)}
        within = any(not isinstance(j.mix, Schedule) for j in projections)
        key = (*map(str, sorted(scheduled)), *(["itself"] if within else []))
        if key not in self._relations:
            self._relations[key] = Relation.of(self.nodes, projections)
        return self._relations[key]
