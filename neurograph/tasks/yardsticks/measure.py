"""Fit the yardsticks of a task, and score them over validation and test nodes."""

from __future__ import annotations

from collections.abc import Callable

from neurograph.core.arrays import fingerprint
from neurograph.core.versions import versions
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.tasks.task import Task
from neurograph.tasks.yardsticks.measured import PARTS, Measured, Yardsticks
from neurograph.tasks.yardsticks.yardstick import Yardstick

PACKAGES = ("python", "neurograph", "numpy", "scipy", "scikit-learn")  # that decide a number
Progress = Callable[[int, int], None]  # (yardsticks done, and at least how many in all)


def measure(
    task: Task,
    graph: TemporalGraph,
    features: FeatureStore | None,
    split: Split,
    *,
    progress: Progress | None = None,
) -> Yardsticks | None:
    """The task's yardsticks, fitted on the training nodes; None if it has none.

    Args:
        features: None where there are none, and what needs them is left out.
    """
    measured: list[Measured] = []
    for yardstick in task.yardsticks(graph, features, split):
        measured.append(_scored(task, graph, split, yardstick))
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
        count={part: len(getattr(split, part)) for part in ("train", *PARTS)},
        measured=tuple(measured),
        versions=versions(PACKAGES),
    )


def split_sha256(split: Split) -> str:
    """Fingerprint of the nodes of every part."""
    return fingerprint(split.train, split.val, split.test)


def _scored(task: Task, graph: TemporalGraph, split: Split, yardstick: Yardstick) -> Measured:
    truth, known, scores = task.truth(graph), task.known(graph), {}
    for part in PARTS:
        nodes = getattr(split, part)
        scores[part] = task.scores_where(known[nodes], yardstick.outputs[nodes], truth[nodes])
    return Measured.of(yardstick, scores)
