"""How long to train where validation nodes are too few to say it: training nodes help, in turn.

A validation part of ten nodes decides nothing. Each of several folds of all nodes that may be
learned from is left out once; the epoch at which the left-out nodes, pooled, score best is how long
the one model is trained that learns from all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.models.settings import TrainSettings
from neurograph.models.training.of_mapping import trainer_of
from neurograph.models.training.trainer import Trainer
from neurograph.tasks import Task, find_task
from neurograph.tasks.temperature import fit_temperature


@dataclass(frozen=True, eq=False, kw_only=True)
class Folds:
    """What the left-out nodes say.

    Attributes:
        nodes: int64 ``(n,)``, training and validation nodes.
        rows: per epoch their scores, with `val_` before the name of each.
        epochs: after how many of them the scores are best, the last ones if several.
        outputs: float64 ``(n, outputs)``, of each node after so many epochs without it.
    """

    nodes: Array
    rows: tuple[dict[str, float], ...]
    epochs: int
    outputs: Array

    def facts(self, task: Task, truth: Array) -> dict[str, Any]:
        """What a checkpoint keeps of it: JSON values.

        Args:
            truth: ``(n,)``, of `nodes`.
        """
        told: dict[str, Any] = {"nodes": len(self.nodes), "epochs": self.epochs}
        if task.classes:  # no node is left that the one model does not know
            found = replace(fit_temperature(self.outputs, truth), fitted_on="folds")
            told["temperature"] = found.to_dict()
        return told

    def all_to_learn_from(self, split: Split) -> Split:
        """The split whose model learns from validation nodes, too."""
        return Split(name=split.name, train=self.nodes, val=split.val[:0], test=split.test)


def cross_validate(
    graph: TemporalGraph,
    features: FeatureStore,
    settings: TrainSettings,
    split: Split,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Folds:
    """Train `settings.folds` models in floats, each without a part of the nodes.

    Args:
        progress: called with (epochs done, epochs in all), of all folds together.

    Raises:
        ModelError: fewer nodes than folds.
    """
    task = find_task(settings.task)
    truth, nodes = task.truth(graph), np.sort(np.concatenate([split.train, split.val]))
    if len(nodes) < settings.folds:
        raise ModelError(
            f"{settings.folds} folds of {len(nodes)} training and validation nodes; use fewer folds"
        )
    part = fold_of(truth[nodes], settings.folds, seed=settings.split_seed)
    outputs = np.zeros((settings.epochs, len(nodes), task.outputs(graph)))
    for fold in range(settings.folds):
        left_out = part == fold
        inner = Split(name=split.name, train=nodes[~left_out], val=nodes[left_out], test=split.test)
        trainer = trainer_of(graph, features, settings, inner)
        for epoch, found in enumerate(_outputs(trainer, settings.epochs)):
            outputs[epoch, left_out] = found
            if progress:
                progress(fold * settings.epochs + epoch + 1, settings.folds * settings.epochs)
    rows = tuple(_scores(task, of_epoch, truth[nodes]) for of_epoch in outputs)
    best = max(range(len(rows)), key=lambda i: (rows[i][f"val_{task.best_by}"], i))
    return Folds(nodes=nodes, rows=rows, epochs=best + 1, outputs=outputs[best])


def fold_of(truth: Array, folds: int, *, seed: int) -> Array:
    """Which fold leaves out each node: int64 ``(n,)``; like truths are dealt out one by one."""
    order = np.lexsort((np.random.default_rng(seed).random(len(truth)), truth))
    fold = np.empty(len(truth), np.int64)
    fold[order] = np.arange(len(truth)) % folds
    return fold


def _outputs(trainer: Trainer, epochs: int) -> Iterator[Array]:
    """Of the validation nodes, after each epoch."""
    for number in range(1, epochs + 1):
        trainer.train_epoch(number)
        yield trainer.outputs(trainer.split.val)[0]


def _scores(task: Task, outputs: Array, truth: Array) -> dict[str, Any]:
    return {f"val_{name}": value for name, value in task.score(outputs, truth).items()}
