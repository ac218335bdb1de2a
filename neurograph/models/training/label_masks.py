"""Which labels are in at a step of training: each step another random part of them.

A model that always heard all of them would not learn to do with fewer, and in a whole graph every
node on which the loss is taken needs its own label masked.
"""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.graphs.graph import TemporalGraph
from neurograph.models.settings import TrainSettings
from neurograph.tasks import Task

_LABELS = 1  # a stream of random numbers of its own, beside those that order the nodes


def drawn_in(nodes: Array, settings: TrainSettings, *, epoch: int, step: int = 0) -> Array:
    """Of these nodes those whose label is in; all others' labels are masked.

    How many is drawn between two shares, then which: by the seed, the epoch and the step alone.

    Args:
        nodes: int64 ``(n,)``, training nodes.
        settings: of the training: `labels_least`, `labels_most` and `seed`.
    """
    random = np.random.default_rng([settings.seed, epoch, step, _LABELS])
    share = random.uniform(settings.labels_least, settings.labels_most)
    drawn: Array = nodes[random.random(len(nodes)) < share]
    return drawn


def heard_and_asked(
    nodes: Array, settings: TrainSettings, *, epoch: int, step: int = 0
) -> tuple[Array, Array]:
    """Nodes whose label is in, as `drawn_in`, and the others, of which there is at least one."""
    heard = drawn_in(nodes, settings, epoch=epoch, step=step)
    if len(heard) == len(nodes):
        heard = np.delete(heard, step % len(nodes))
    return heard, np.setdiff1d(nodes, heard)


def check_labels(graph: TemporalGraph, task: Task, train: Array) -> None:
    """Raise ModelError unless the labels of these nodes tell their neighbours anything."""
    if not task.classes or not graph.num_classes:
        raise ModelError(
            f"label input: task '{task.name}' on graph '{graph.name}' has no classes whose labels "
            "could be heard; leave --label-input out"
        )
    found = np.unique(task.truth(graph)[train])
    if len(found) < 2:
        only = ", ".join(graph.label_names[c] for c in found)
        raise ModelError(
            f"label input: all {len(train):,} training nodes are of one class ({only}), so that "
            "their labels tell nothing; needed at least 2 classes among them"
        )
    left = int(task.known(graph).sum()) - len(train)
    if not left:
        raise ModelError(
            f"label input: every one of the {len(train):,} labelled nodes is a training node, so "
            "that nothing is left whose label is not in; leave some for validation and test"
        )
