"""What a model is trained and judged on: a graph, its features, and a split of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, RunError
from neurograph.graphs.embed import load_features
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph
from neurograph.graphs.io.split_folder import load_split
from neurograph.graphs.sampling import TreeSpec
from neurograph.graphs.splits import Split
from neurograph.runtime import host
from neurograph.tasks import DEFAULT, Task, find_task, split_nodes
from neurograph.workflow.folder import RunFolder

SUBSET_SEED = 0
SAMPLE_SEED = 1  # of the neighbours drawn for calibration and inference


@dataclass(frozen=True, eq=False)
class Dataset:
    """A graph, its features, and a split of the nodes about which a task asks."""

    graph: TemporalGraph
    features: FeatureStore
    split: Split
    task: Task

    @classmethod
    def of_training(cls, trained: Mapping[str, Any], run: RunFolder) -> Dataset:
        """What a run was trained on, read again and checked to be the same.

        Args:
            trained: the entry "train" of the run's manifest.

        Raises:
            DataError: the graph or the features are not what they were then.
            StoreError: the split that is kept in the run is damaged.
        """
        folder = Path(trained["graph"])
        graph = load_graph(folder)
        features = load_features(folder, trained["features"])
        for what, found in (("graph", graph.sha256), ("features", features.sha256)):
            then = trained[f"{what}_sha256"]
            if found != then:
                raise DataError(
                    f"{folder}: the {what} changed since the training (sha256 {found[:12]}, then "
                    f"{then[:12]}); train again, or restore the {what}"
                )
        split = load_split(run.split, given["sha256"]) if (given := trained.get("split")) else None
        return cls.of(graph, features, trained["settings"], split)

    @classmethod
    def of(
        cls,
        graph: TemporalGraph,
        features: FeatureStore,
        settings: Mapping[str, Any],
        split: Split | None = None,
    ) -> Dataset:
        """With the split that is given, or else the one that these settings describe."""
        task = find_task(settings.get("task", DEFAULT))  # 0.1 knew no other
        return cls(graph, features, split or split_nodes(task, graph, settings), task)

    def nodes(self, part: str, limit: int | None = None) -> Array:
        """Node ids of a part of the split, ascending; or `limit` of them, drawn by a fixed seed.

        Raises:
            RunError: no such part, an empty one, or a limit below 1.
        """
        parts = {"train": self.split.train, "val": self.split.val, "test": self.split.test}
        parts["all"] = np.sort(np.concatenate(list(parts.values())))
        if part not in parts:
            raise RunError(f"no node set '{part}'; known: {', '.join(parts)}")
        if limit is not None and limit < 1:
            raise RunError(f"--limit is {limit}, needed at least 1")
        if not len(parts[part]):
            raise RunError(f"the split {self.split.name} has no {part} nodes")
        if limit is None or limit >= len(parts[part]):
            return parts[part]
        # ids often follow the time of first appearance, so the first ones are no fair sample
        drawn = np.random.default_rng(SUBSET_SEED).choice(parts[part], limit, replace=False)
        return np.sort(drawn)

    def score(self, outputs: Array, nodes: Array) -> dict[str, float | None]:
        """Scores of a model's outputs ``(nodes, outputs)`` over the nodes of known truth.

        Returns:
            By name; None where no truth is known.
        """
        known, truth = self.task.known(self.graph), self.task.truth(self.graph)
        return self.task.scores_where(known[nodes], outputs, truth[nodes])

    def inputs(self, nodes: Array, tree: TreeSpec, *, seed: int = SAMPLE_SEED) -> Array:
        """Features of the sampled trees of `nodes`: float32 ``(nodes, steps, slots, features)``."""
        return host.inputs(self.graph, self.features, tree, nodes, seed=seed)
