"""A task that is no classification: how many neighbours a node has had in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.tasks import Score, Task

if TYPE_CHECKING:
    from torch import Tensor


class DegreeRegression(Task):
    """One output per node: the logarithm of one more than its degree."""

    name = "node-degree"
    title = "regression of a node's degree"
    scores = (
        Score(name="r2", title="R²"),
        Score(name="mae", title="mean absolute error"),
    )
    best_by = "r2"

    def outputs(self, graph: TemporalGraph) -> int:
        return 1

    def truth(self, graph: TemporalGraph) -> Array:
        degree = np.diff(graph.cumulative.indptr)
        return np.log1p(degree).astype(np.float32)

    def known(self, graph: TemporalGraph) -> Array:
        return np.ones(graph.num_nodes, bool)

    def split(
        self, graph: TemporalGraph, train_share: float, *, val_share: float, seed: int
    ) -> Split:
        """By lot: there are no classes to balance."""
        if not 0 < val_share < train_share < 1:
            raise DataError(f"shares {train_share}, {val_share}: needed 0 < validation < train < 1")
        nodes = np.random.default_rng(seed).permutation(graph.num_nodes)
        fit, val = (round(share * len(nodes)) for share in (train_share - val_share, val_share))
        return Split(
            name=f"random-{100 * train_share:g}-seed{seed}",
            train=np.sort(nodes[:fit]),
            val=np.sort(nodes[fit : fit + val]),
            test=np.sort(nodes[fit + val :]),
        )

    def loss(self, outputs: Tensor, truth: Tensor) -> Tensor:
        return ((outputs[:, 0] - truth) ** 2).sum()

    def answers(self, outputs: Array) -> Array:
        """The nearest whole degree."""
        return np.rint(np.expm1(outputs[:, 0])).astype(np.int64)

    def score(self, outputs: Array, truth: Array) -> Mapping[str, float]:
        error = outputs[:, 0] - truth
        spread = float(((truth - truth.mean()) ** 2).sum())
        return {
            "r2": 1.0 - float((error**2).sum()) / spread,
            "mae": float(np.abs(error).mean()),
        }
