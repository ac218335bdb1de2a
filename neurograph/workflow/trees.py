"""Sampled trees of nodes, several draws of each: the rows that an inference goes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.workflow.dataset import SAMPLE_SEED, Dataset


@dataclass(frozen=True, eq=False, kw_only=True)
class Trees:
    """Draw after draw, the trees of all nodes: row ``draw * nodes + n`` is of node n.

    Attributes:
        nodes: int64 ``(nodes,)`` indices.
        spec: the shape of a tree.
        draws: how many trees per node; the first is the one that `neurograph run` draws.
        seed: of the draws.
    """

    dataset: Dataset
    nodes: Array
    spec: TreeSpec
    draws: int = 1
    seed: int = SAMPLE_SEED

    def __len__(self) -> int:
        return len(self.nodes) * self.draws

    @property
    def rows(self) -> Array:
        """The node of each row: int64 ``(rows,)``."""
        return np.tile(self.nodes, self.draws)

    def parts(self, size: int) -> Iterator[slice]:
        """Rows in consecutive parts of this size; the last one may be smaller."""
        for start in range(0, len(self), size):
            yield slice(start, min(start + size, len(self)))

    def inputs(self, part: slice) -> dict[str, Array]:
        """What the trees of these rows send, by stream: ``(rows, steps, slots, channels)``."""
        found = [
            self.dataset.inputs(self.nodes[of], self.spec, seed=self.seed, draw=draw)
            for draw, of in self.by_draw(part)
        ]
        return {name: joined([given[name] for given in found]) for name in found[0]}

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
