"""What a model is trained and judged on: a graph, its features, and a split of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import RunError
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.label_spikes import labels_in
from neurograph.graphs.sampling import TreeSpec
from neurograph.graphs.splits import Split
from neurograph.runtime import host
from neurograph.tasks import DEFAULT, Task, find_task, split_nodes
from neurograph.workflow.node_set import Wanted, find_nodes

SUBSET_SEED = 0
SAMPLE_SEED = 1  # of the neighbours drawn for calibration and inference


@dataclass(frozen=True, eq=False)
class Dataset:
    """A graph, its features, and a split of the nodes about which a task asks.

    Attributes:
        folded: whether a model learns from validation nodes, too: folds say how long.
        label_input: whether nodes hear the labels of those that a model learns from.
    """

    graph: TemporalGraph
    features: FeatureStore
    split: Split
    task: Task
    folded: bool = False
    label_input: bool = False

    @property
    def learned(self) -> Array:
        """Nodes that a model learns from: their scores are no measure of anything."""
        own = self.split.train
        return np.concatenate([own, self.split.val]) if self.folded else own

    @cached_property
    def labels_in(self) -> Array | None:
        """The labels that nodes send, int32 ``(N,)``, see `label_spikes`; None: none are heard."""
        if not self.label_input:
            return None
        return labels_in(self.task.truth(self.graph), self.learned)

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
        split = split or split_nodes(task, graph, settings)
        return cls(
            graph,
            features,
            split,
            task,
            folded=bool(settings.get("folds")),
            label_input=bool(settings.get("label_input")),
        )

    def nodes(
        self, part: Wanted, limit: int | None = None, say: Callable[[str], object] = lambda _: None
    ) -> Array:
        """Indices of the nodes of a set, or of a file; or `limit` of them, drawn by a fixed seed.

        Args:
            part: train, val, test, all, unlabelled, the path of a file of ids, or ids.
            limit: at most so many.
            say: see `find_nodes`.

        Raises:
            RunError: no such set, an empty one, or a limit below 1.
            DataError: a file that cannot be read, or names unknown nodes.
        """
        if limit is not None and limit < 1:
            raise RunError(f"--limit is {limit}, needed at least 1")
        found = find_nodes(self, part, say)
        if limit is None or limit >= len(found):
            return found
        # ids often follow the time of first appearance, so the first ones are no fair sample
        drawn = np.random.default_rng(SUBSET_SEED).choice(found, limit, replace=False)
        return np.sort(drawn)

    def score(self, outputs: Array, nodes: Array) -> dict[str, float | None]:
        """Scores of a model's outputs ``(nodes, outputs)`` over the nodes of known truth.

        Returns:
            By name; None where no truth is known.
        """
        known, truth = self.task.known(self.graph), self.task.truth(self.graph)
        return self.task.scores_where(known[nodes], outputs, truth[nodes])

    def told(self, nodes: Array, part: str) -> str:
        """How many of these nodes are scored, and trained on, where that goes without saying not.

        Args:
            part: as `nodes` takes it.
        """
        scored = int(np.count_nonzero(self.task.known(self.graph)[nodes]))
        trained = 0 if part == "train" else int(np.isin(nodes, self.learned).sum())
        if scored == len(nodes) and not trained:
            return ""
        words = f"{scored:,} of {len(nodes):,} have a label and are scored"
        return f"{words}, {trained:,} of them trained on" if trained else words

    def whole_inputs(self) -> dict[str, Array]:
        """What all nodes send at once, by stream; see `host.inputs_of_graph`."""
        return host.inputs_of_graph(self.graph, self.features, labels=self.labels_in)

    def inputs(
        self, nodes: Array, tree: TreeSpec, *, seed: int = SAMPLE_SEED, draw: int = 0
    ) -> dict[str, Array]:
        """What the sampled trees of `nodes` send, by stream; see `host.inputs_of_streams`."""
        return host.inputs_of_streams(
            self.graph, self.features, tree, nodes, labels=self.labels_in, seed=seed, draw=draw
        )
