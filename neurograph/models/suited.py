"""Settings of a training that suit a graph, by rule, each with its reason; never by data set."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.counted import counted
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.models.config import RESIDENT, ModelConfig
from neurograph.models.suited_whole import Rule, whole_rules
from neurograph.tasks import Task

STEPS, BATCH = 20, 1024  # of the optimiser per epoch at least; nodes per step at most
FEW, FOLDS, FOLDED = 50, 5, 2000  # validation nodes that decide nothing; nodes that folds can have
EPOCHS, PATIENCE, FOLDED_EPOCHS = 100, 30, 20
FIRST_LAYER, LAST_LAYER, PER_CLASS = 128, (16, 64), 3  # channels
DRAWS, SECOND_HOP = (2, 5), 2
BY_CHANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class Suited:
    """What a rule chose.

    Attributes:
        settings: by name, as `TrainSettings` has them.
        reasons: a phrase for each rule, in the order of the settings.
    """

    settings: Mapping[str, Any]
    reasons: tuple[str, ...]


def suited(
    graph: TemporalGraph,
    split: Split,
    task: Task,
    *,
    given: Collection[str] = (),
    own: ModelConfig | None = None,
) -> Suited:
    """Settings that suit the graph, without those that are given.

    Looks at edges, at sizes, and at the labels of training and validation nodes; never at those
    of test nodes.

    Args:
        given: names of settings that stay as they are.
        own: the model; by default one over sampled trees.
    """
    settings: dict[str, Any] = {}
    reasons = []
    for names, values, reason in _rules(graph, split, task, own):
        if not set(names) & set(given):
            settings |= dict(zip(names, values, strict=True))
            reasons.append(reason)
    return Suited(settings=settings, reasons=tuple(reasons))


def _rules(
    graph: TemporalGraph, split: Split, task: Task, own: ModelConfig | None
) -> Iterator[Rule]:
    """Names, values and reason of each rule."""
    known = np.concatenate([split.train, split.val])
    folds = len(split.val) < FEW and 2 * FOLDS <= len(known) <= FOLDED
    learning = len(known) if folds else len(split.train)
    outputs = task.outputs(graph)
    last = int(np.clip(-(-PER_CLASS * outputs // 8) * 8, *LAST_LAYER))
    if own and own.mapping == RESIDENT:
        yield from whole_rules(
            own,
            learning=learning,
            steps=graph.num_steps,
            outputs=outputs,
            classes=task.classes,
            last=last,
            folds=FOLDS if folds else 0,
        )
        return
    batch = int(np.clip(learning // STEPS, 1, BATCH))
    yield (
        ("batch",),
        (batch,),
        f"{learning:,} training nodes, {-(-learning // batch)} steps per epoch",
    )
    names = ("epochs", "schedule", "patience", "folds")
    if folds:
        few = f"{len(split.val)} validation nodes decide nothing, {FOLDS} folds say how long"
        yield names, (FOLDED_EPOCHS, "cosine", 0, FOLDS), few
    else:
        enough = f"{len(split.val):,} validation nodes say how long"
        yield names, (EPOCHS, "cosine", PATIENCE, 0), enough
    asked = counted(outputs, "class" if task.classes else "output")
    degree = float(np.median(graph.cumulative.before[-1][graph.cumulative.before[-1] > 0]))
    first_hop = int(np.clip(round(degree), *DRAWS))
    yield (
        ("hidden", "fanouts"),
        ((FIRST_LAYER, last), (first_hop, SECOND_HOP)),
        f"{asked}, {degree:g} neighbours in the median",
    )
    if graph.weighted and task.classes:
        votes = _votes(graph, known)
        yield ("edge_weights",), (_better(*votes),), _said(*votes)


def edge_weights(graph: TemporalGraph, known: Array) -> str:
    """Whether edges count by weight: "on" if known neighbours then vote right clearly more often.

    Clearly: where one of the two votes is right, it is the weighted one so often that a coin would
    do as well once in twenty times at most.

    Args:
        known: nodes whose labels may be looked at; each is voted on by the others.
    """
    return _better(*_votes(graph, known))


def _better(plain: Array, weighted: Array) -> str:
    """Whether edges count by weight, by where either vote is right: bool ``(n,)`` each."""
    from scipy.stats import binom

    gained, lost = np.count_nonzero(weighted & ~plain), np.count_nonzero(plain & ~weighted)
    by_chance = binom.sf(gained - 1, gained + lost, 0.5)
    return "on" if gained and by_chance <= BY_CHANCE else "off"


def _said(plain: Array, weighted: Array) -> str:
    shares = f"{100 * weighted.mean():.1f} % by weights and {100 * plain.mean():.1f} % without"
    return f"a vote of neighbours is right for {shares}"


def _votes(graph: TemporalGraph, known: Array) -> tuple[Array, Array]:
    """On which of `known` a vote of the other ones is right, plain and by weight: bool ``(n,)``."""
    last = graph.num_steps - 1
    plain, weighted = graph.adjacency(last), graph.weights(last)
    return _right(plain, graph, known), _right(weighted, graph, known)


def _right(weights: sp.csr_array, graph: TemporalGraph, known: Array) -> Array:
    own = np.zeros((graph.num_nodes, graph.num_classes), np.float32)
    own[known, graph.labels[known]] = 1
    votes = weights[known] @ own  # no self loops, so that no node votes on itself
    right: Array = votes.argmax(axis=1) == graph.labels[known]
    return right
