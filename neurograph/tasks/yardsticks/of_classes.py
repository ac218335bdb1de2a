"""The yardsticks of node classification, simplest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
        answer: None where it does not apply.
    """

    title: str
    about: str
    answer: Callable[[Evidence], Answer | None]


METHODS = (
    Method(
        title="majority",
        about="the class that most training nodes are of",
        answer=majority,
    ),
    Method(
        title="neighbour vote",
        about="the class of most neighbours among the training nodes, over all snapshots, each "
        "different one counted once; the majority class for a node without any",
        answer=neighbour_vote,
    ),
    Method(
        title="weighted neighbour vote",
        about="the same, each neighbour counted as the pair weighs; where edges have no weights, "
        "in how many snapshots it met",
        answer=weighted_vote,
    ),
    Method(
        title="label propagation",
        about="votes of training nodes that spread on along edges, and fade on the way",
        answer=label_propagation,
    ),
    Method(
        title="weighted label propagation",
        about="the same, along edges as they weigh",
        answer=weighted_propagation,
    ),
    Method(
        title="logistic regression",
        about="on the features that the network reads, of several snapshots their mean and the "
        "last; no edge",
        answer=logistic_regression,
    ),
    Method(
        title="boosting on label counts",
        about="boosted trees on how many training nodes of each class are neighbours, in all and "
        "in three periods, or neighbours of neighbours",
        answer=label_count_boosting,
    ),
)


def class_yardsticks(
    graph: TemporalGraph, features: FeatureStore | None, split: Split
) -> Iterator[Yardstick]:
    """Those that apply, each fitted on the training nodes when it is asked for.

    Args:
        features: what logistic regression reads; None leaves it out.
    """
    evidence = Evidence(graph, features, split)
    for method in METHODS:
        began = time.perf_counter()
        if (answer := method.answer(evidence)) is not None:
            yield Yardstick(
                name=method.title.replace(" ", "-"),
                title=method.title,
                about=method.about,
                outputs=_one_hot(answer.classes, graph.num_classes),
                chosen=answer.chosen,
                seconds=time.perf_counter() - began,
            )


def _one_hot(classes: Array, width: int) -> Array:
    """Int8 ``(nodes, width)``."""
    found = np.zeros((len(classes), width), np.int8)
    found[np.arange(len(classes)), classes] = 1
    return found
