"""The yardsticks of node classification, simplest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

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

Method = Callable[[Evidence], Answer | None]
METHODS: Mapping[str, Method] = {
    "majority": majority,
    "neighbour vote": neighbour_vote,
    "weighted neighbour vote": weighted_vote,
    "label propagation": label_propagation,
    "weighted label propagation": weighted_propagation,
    "logistic regression": logistic_regression,
    "boosting on label counts": label_count_boosting,
}


def class_yardsticks(
    graph: TemporalGraph, features: FeatureStore | None, split: Split
) -> Iterator[Yardstick]:
    """Those that apply, each fitted on the training nodes when it is asked for.

    Args:
        features: what logistic regression reads; None leaves it out.
    """
    evidence = Evidence(graph, features, split)
    for title, method in METHODS.items():
        began = time.perf_counter()
        if (answer := method(evidence)) is not None:
            yield Yardstick(
                name=title.replace(" ", "-"),
                title=title,
                outputs=_one_hot(answer.classes, graph.num_classes),
                chosen=answer.chosen,
                seconds=time.perf_counter() - began,
            )


def _one_hot(classes: Array, width: int) -> Array:
    """Int8 ``(nodes, width)``."""
    found = np.zeros((len(classes), width), np.int8)
    found[np.arange(len(classes)), classes] = 1
    return found
