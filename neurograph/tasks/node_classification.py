"""Node classification: which class of the graph's labels a node is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split, stratified_split
from neurograph.tasks.f1 import f1
from neurograph.tasks.task import Score, Task
from neurograph.tasks.yardsticks.of_classes import class_yardsticks
from neurograph.tasks.yardsticks.yardstick import Yardstick

if TYPE_CHECKING:
    from torch import Tensor


class NodeClassification(Task):
    """A logit per class; the largest wins, the first one if several."""

    name = "node-classification"
    title = "node classification"
    scores = (
        Score(name="micro_f1", title="micro-F1", percent=True),
        Score(name="macro_f1", title="macro-F1", percent=True),
    )
    best_by = "micro_f1"
    classes = True

    def outputs(self, graph: TemporalGraph) -> int:
        return graph.num_classes

    def truth(self, graph: TemporalGraph) -> Array:
        """The label of every node: int64, -1 where there is none."""
        return graph.labels.astype(np.int64)

    def known(self, graph: TemporalGraph) -> Array:
        known: Array = graph.labels >= 0
        return known

    def split(
        self, graph: TemporalGraph, train_share: float, *, val_share: float, seed: int
    ) -> Split:
        """See `splits.stratified_split`."""
        return stratified_split(graph, train_share, val_share=val_share, seed=seed)

    def loss(self, outputs: Tensor, truth: Tensor) -> Tensor:
        """Cross-entropy."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(outputs, truth, reduction="sum")

    def answers(self, outputs: Array) -> Array:
        best: Array = np.argmax(outputs, axis=1)
        return best

    def score(self, outputs: Array, truth: Array) -> Mapping[str, float]:
        """Micro and macro F1."""
        found = f1(truth, self.answers(outputs))
        return {"micro_f1": found.micro, "macro_f1": found.macro}

    def yardsticks(
        self,
        graph: TemporalGraph,
        features: FeatureStore | None,
        split: Split,
        folds: Sequence[Split] = (),
    ) -> Iterator[Yardstick]:
        """Majority, votes and label propagation, logistic regression, boosting on label counts."""
        return class_yardsticks(graph, features, split, folds)
