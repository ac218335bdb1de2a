"""Fit the yardsticks of a task, and score them over validation and test nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array, fingerprint
from neurograph.core.versions import versions
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.tasks.task import Task
from neurograph.tasks.yardsticks.measured import Measured, Yardsticks

PACKAGES = ("python", "neurograph", "numpy", "scipy", "scikit-learn")  # that decide a number
Progress = Callable[[int, int], None]  # (yardsticks done, and at least how many in all)


def measure(
    task: Task,
    graph: TemporalGraph,
    features: FeatureStore | None,
    split: Split,
    *,
    folds: Sequence[Split] = (),
    progress: Progress | None = None,
) -> Yardsticks | None:
    """The task's yardsticks, fitted on the training nodes; None if it has none.

    Args:
        features: None where there are none, and what needs them is left out.
        folds: training and validation nodes divided again, each node validating once; all of them
            are then fitted on.
    """
    measured: list[Measured] = []
    val = np.sort(np.concatenate([of.val for of in folds or (split,)]))
    whole = replace(split, train=val, val=val[:0]) if folds else split
    for yardstick in task.yardsticks(graph, features, whole, folds):
        scores = {
            "val": _score(task, graph, val, yardstick.val_outputs),
            "test": _score(task, graph, split.test, yardstick.outputs[split.test]),
        }
        measured.append(Measured.of(yardstick, scores))
        if progress:
            progress(len(measured), len(measured) + 1)
    if not measured:
        return None
    return Yardsticks(
        task=task.name,
        graph_sha256=graph.sha256,
        features_sha256="" if features is None else features.sha256,
        split=split.name,
        split_sha256=split_sha256(split),
        folds=len(folds),
        count={"train": len(whole.train), "val": len(val), "test": len(split.test)},
        measured=tuple(measured),
        versions=versions(PACKAGES),
    )


def split_sha256(split: Split) -> str:
    """Fingerprint of the nodes of every part."""
    return fingerprint(split.train, split.val, split.test)


def _score(
    task: Task, graph: TemporalGraph, nodes: Array, outputs: Array
) -> dict[str, float | None]:
    return task.scores_where(task.known(graph)[nodes], outputs, task.truth(graph)[nodes])
