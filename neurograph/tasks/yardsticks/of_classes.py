"""The yardsticks of node classification, simplest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.tasks.yardsticks.boosting import label_count_boosting
from neurograph.tasks.yardsticks.evidence import Answer, Evidence
from neurograph.tasks.yardsticks.logistic import logistic_regression
from neurograph.tasks.yardsticks.propagation import label_propagation, weighted_propagation
from neurograph.tasks.yardsticks.votes import majority, neighbour_vote, weighted_vote
from neurograph.tasks.yardsticks.yardstick import Yardstick


@dataclass(frozen=True, kw_only=True)
class Method:
    """How classes are found without a network.

    Attributes:
        about: in a sentence's second half, for a report.
        hears_labels: whether it asks, of a node, for the classes of others.
        answers: one for each of its settings, always in one order; none where it does not apply.
    """

    title: str
    about: str
    answers: Callable[[Evidence], list[Answer]]
    hears_labels: bool = True


METHODS = (
    Method(
        title="majority",
        about="the class that most training nodes are of",
        answers=majority,
        hears_labels=False,
    ),
    Method(
        title="neighbour vote",
        about="the class of most neighbours among the training nodes, over all snapshots, each "
        "different one counted once; the majority class for a node without any",
        answers=neighbour_vote,
    ),
    Method(
        title="weighted neighbour vote",
        about="the same, each neighbour counted as the pair weighs; where edges have no weights, "
        "in how many snapshots it met",
        answers=weighted_vote,
    ),
    Method(
        title="label propagation",
        about="votes of training nodes that spread on along edges, and fade on the way",
        answers=label_propagation,
    ),
    Method(
        title="weighted label propagation",
        about="the same, along edges as they weigh",
        answers=weighted_propagation,
    ),
    Method(
        title="logistic regression",
        about="on the features that the network reads, of several snapshots their mean and the "
        "last; no edge",
        answers=logistic_regression,
        hears_labels=False,
    ),
    Method(
        title="boosting on label counts",
        about="boosted trees on how many training nodes of each class are neighbours, in all and "
        "in three periods, or neighbours of neighbours",
        answers=label_count_boosting,
    ),
)


def class_yardsticks(
    graph: TemporalGraph,
    features: FeatureStore | None,
    split: Split,
    folds: Sequence[Split] = (),
) -> Iterator[Yardstick]:
    """Those that apply, each fitted on the training nodes when it is asked for.

    Args:
        features: what logistic regression reads; None leaves it out.
        folds: whose validation nodes choose among settings; by default those of `split`.
    """
    trials = [Evidence(graph, features, of) for of in folds or (split,)]
    whole = Evidence(graph, features, split) if folds else trials[0]
    for method in METHODS:
        began = time.perf_counter()
        tried = [method.answers(trial) for trial in trials]
        answers = method.answers(whole) if folds else tried[0]
        if not (answers and all(tried)):
            continue
        best = _best(trials, tried)
        yield Yardstick(
            name=method.title.replace(" ", "-"),
            title=method.title,
            about=method.about,
            outputs=_one_hot(answers[best].classes, graph.num_classes),
            val_outputs=_one_hot(_left_out(trials, tried, best), graph.num_classes),
            chosen=answers[best].setting,
            seconds=time.perf_counter() - began,
            hears_labels=method.hears_labels,
            arithmetic=answers[best].arithmetic,
        )


def _best(trials: Sequence[Evidence], tried: Sequence[Sequence[Answer]]) -> int:
    """Which setting is right about most validation nodes of all trials; the first on a tie."""
    right = [
        sum(trial.right(of.classes) for trial, of in zip(trials, found, strict=True))
        for found in zip(*tried, strict=True)
    ]
    return int(np.argmax(right))


def _left_out(trials: Sequence[Evidence], tried: Sequence[Sequence[Answer]], setting: int) -> Array:
    """What each trial says of its validation nodes, of all trials, by node: int64 ``(val,)``."""
    nodes = np.concatenate([trial.split.val for trial in trials])
    said = [a[setting].classes[t.split.val] for t, a in zip(trials, tried, strict=True)]
    found: Array = np.concatenate(said)[np.argsort(nodes)]
    return found


def _one_hot(classes: Array, width: int) -> Array:
    """Int8 ``(nodes, width)``."""
    found = np.zeros((len(classes), width), np.int8)
    found[np.arange(len(classes)), classes] = 1
    return found
