"""Something about each of some nodes: which nodes these are, and what ran how often for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array, fingerprint
from neurograph.graphs.graph import PARTS
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.executor import Executor
from neurograph.workflow.laid_out import laid_out
from neurograph.workflow.layout import GraphLayout


@dataclass(frozen=True, eq=False, kw_only=True)
class PerNode:
    """Nodes, and how what is said of them came about.

    Attributes:
        ids: of the nodes as their source has them, int64 or text ``(nodes,)``.
        nodes: their indices, int64 ``(nodes,)``.
        parts: where the split has each node, text ``(nodes,)``: "train", "val", "test", or empty.
        made_by: "float", "reference" (integers), or the name of a backend.
        draws: how many sampled trees per node were averaged.
        network_sha256: fingerprint of the integers that ran; empty for floats.
        packages: whose versions decide a number, beside those that always do.
    """

    ids: Array
    nodes: Array
    parts: Array
    made_by: str
    draws: int
    network_sha256: str
    packages: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """JSON values about all of them."""
        return {
            "count": len(self.nodes),
            "nodes_sha256": fingerprint(self.nodes),
            "made_by": self.made_by,
            "draws": self.draws,
            "network": self.network_sha256,
        }

    @property
    def who(self) -> dict[str, Array]:
        """The columns that say which node a row is about."""
        return {"node": self.ids, "part": self.parts}


def layout_of(dataset: Dataset, nodes: Array, executor: Executor, draws: int) -> GraphLayout:
    """The rows to run; raises as `laid_out`."""
    return laid_out(dataset, nodes, executor.tree, draws=draws, seed=executor.seed)


def described(executor: Executor, layout: GraphLayout) -> dict[str, Any]:
    """The fields of `PerNode`, of what an executor made of these rows."""
    dataset, integers = layout.dataset, executor.integers
    parts = np.full(dataset.graph.num_nodes, "", "<U5")
    for part in PARTS:
        parts[getattr(dataset.split, part)] = part
    return {
        "ids": dataset.graph.node_ids[layout.nodes],
        "nodes": layout.nodes,
        "parts": parts[layout.nodes],
        "made_by": executor.name,
        "draws": layout.draws,
        "network_sha256": integers.sha256 if integers else "",
        "packages": executor.packages,
    }
