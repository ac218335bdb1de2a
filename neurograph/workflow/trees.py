"""Sampled trees of nodes, several draws of each: the rows that an inference goes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.runtime.record import RunRecord
from neurograph.workflow.dataset import SAMPLE_SEED
from neurograph.workflow.layout import GraphLayout, Place

CHUNK = 1024  # trees: sampled, simulated, kept and tried again together


@dataclass(frozen=True, eq=False, kw_only=True)
class Trees(GraphLayout):
    """Draw after draw, the trees of all nodes: row ``draw * nodes + n`` is of node n.

    Attributes:
        spec: the shape of a tree.
        draws: how many trees per node; the first is the one that `neurograph run` draws.
        seed: of the draws.
    """

    spec: TreeSpec
    seed: int = SAMPLE_SEED

    @property
    def unit(self) -> str:
        return "trees"

    @property
    def size(self) -> int:
        return CHUNK

    @property
    def rows(self) -> Array:
        return np.tile(self.nodes, self.draws)

    def inputs(self, part: slice) -> dict[str, Array]:
        """See `Layout.inputs`."""
        found = [
            self.dataset.inputs(self.nodes[of], self.spec, seed=self.seed, draw=draw)
            for draw, of in self.by_draw(part)
        ]
        return {name: joined([given[name] for given in found]) for name in found[0]}

    def places(self, part: slice) -> Iterator[tuple[Place, Place]]:
        """See `Layout.places`."""
        done = 0
        for _, of in self.by_draw(part):
            yield of, slice(done, done + of.stop - of.start)
            done += of.stop - of.start

    def asked(self, record: RunRecord) -> RunRecord:
        """All of them."""
        return record

    def slots(self, part: slice) -> Array:
        """The nodes in the trees of these rows: int32 ``(rows, steps, slots)``."""
        graph = self.dataset.graph
        return joined(
            [
                sample(graph, self.nodes[of], self.spec, seed=self.seed, draw=draw)
                for draw, of in self.by_draw(part)
            ]
        )

    def by_draw(self, part: slice) -> Iterator[tuple[int, slice]]:
        """The draws among these rows, in order, and of which of the nodes each is."""
        many = len(self.nodes)
        for draw in range(part.start // many, -(-part.stop // many)):
            yield draw, slice(max(part.start - draw * many, 0), min(part.stop - draw * many, many))


def joined(parts: Sequence[Array]) -> Array:
    """One array of several, along the first axis; a single one as it is."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
