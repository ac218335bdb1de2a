"""Boosted trees on how many neighbours of each class a node has met, and when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from neurograph.graphs.graph import TemporalGraph
from neurograph.tasks.yardsticks.arithmetic import Arithmetic, of_boosting, of_counts
from neurograph.tasks.yardsticks.drawn import drawn, told
from neurograph.tasks.yardsticks.evidence import Answer, Evidence

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

PERIODS = (2 / 3, 6 / 7)  # of the time: where a period ends and the next one begins
ITERATIONS, FEWEST = 40, 10
LEARNING_RATE, LEAVES, PENALTY = 0.2, 8, 1.0
LEAF = 20  # nodes in a leaf, at least; fewer where classes are small
FITTED, ASKED = 1e9, 5e8  # work that is afforded: rows x columns x trees, and nodes x trees
BLOCK = 1 << 22  # numbers of the inputs of nodes that are looked at together
SEED = 0


def label_count_boosting(evidence: Evidence) -> list[Answer]:
    """A node's input never holds its own class; nothing where only one class is trained on."""
    train, classes = evidence.split.train, len(np.unique(evidence.train))
    if classes < 2:
        return []
    from sklearn.ensemble import HistGradientBoostingClassifier  # takes a second

    inputs = sp.csr_array(sp.hstack(list(counts(evidence)), format="csr"))
    nodes, columns = inputs.shape
    fit = drawn(train, FITTED / (columns * classes * FEWEST))
    afforded = min(FITTED / (len(fit) * columns), ASKED / nodes) / classes
    model = HistGradientBoostingClassifier(
        max_iter=int(np.clip(afforded, FEWEST, ITERATIONS)),
        learning_rate=LEARNING_RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=int(np.clip(len(fit) / (4 * classes), 1, LEAF)),
        l2_regularization=PENALTY,
        early_stopping=False,
        random_state=SEED,
    )
    parts = np.array_split(np.arange(nodes), nodes * columns // BLOCK + 1)
    with threadpool_limits(limits=1):  # on a busy machine, threads that wait for others spin
        model.fit(inputs[fit].toarray(), evidence.graph.labels[fit])
        found = [model.predict(inputs[some].toarray()) for some in parts]
    answers = np.concatenate(found).astype(np.int64)
    return [Answer(answers, told(fit, train), _arithmetic(evidence, model, classes))]


def _arithmetic(
    evidence: Evidence, model: HistGradientBoostingClassifier, classes: int
) -> Arithmetic:
    """Of the counts, and of the ways of the fitted nodes down all trees."""
    trees = [tree.nodes for together in model._predictors for tree in together]
    leaves = [nodes[nodes["is_leaf"] == 1] for nodes in trees]
    ways = sum(float(np.average(of["depth"], weights=of["count"])) for of in leaves)
    pairs = evidence.adjacency, *_periods(evidence.graph)
    weighed = evidence.weights is not None
    counted = of_counts(evidence.votes, pairs, evidence.adjacency, weighed=weighed)
    return of_boosting(counted, trees=len(trees), comparisons=ways, classes=classes)


def counts(evidence: Evidence) -> Iterator[sp.csr_array]:
    """Columns ``(N, *)``: neighbours by class, and neighbours, in all and in each period.

    Each pair counts once, and where pairs weigh differently also as it weighs. Then neighbours of
    neighbours by class, ways back to the node itself left out.
    """
    votes, pairs = evidence.votes, evidence.adjacency
    yield from _in(pairs, votes)
    if evidence.weights is not None:
        yield evidence.weights @ votes
    for weights in _periods(evidence.graph):
        met = weights.copy()
        met.data[:] = 1
        yield from _in(met, votes)
        if evidence.weights is not None:
            yield weights @ votes
    itself = sp.dia_array((pairs.sum(axis=1)[None, :], [0]), shape=pairs.shape)
    yield sp.csr_array(pairs @ (pairs @ votes) - itself @ votes)


def _in(pairs: sp.csr_array, votes: sp.csr_array) -> tuple[sp.csr_array, sp.csr_array]:
    """Neighbours by class ``(N, C)``, and neighbours ``(N, 1)``."""
    return pairs @ votes, sp.csr_array(pairs.sum(axis=1)[:, None])


def _periods(graph: TemporalGraph) -> Iterator[sp.csr_array]:
    """What each pair weighs in each period, float32 ``(N, N)``; nothing where there is only one."""
    ends = sorted({0, *(round(share * graph.num_steps) for share in PERIODS), graph.num_steps})
    if len(ends) == 2:
        return
    size, lists = graph.num_nodes, graph.fresh
    row = np.repeat(np.arange(size), np.diff(lists.indptr))
    weight = np.ones(len(row), np.float32) if lists.weight is None else lists.weight
    for start, stop in pairwise(ends):
        keep = (lists.step >= start) & (lists.step < stop)
        entries = (weight[keep], (row[keep], lists.indices[keep]))
        yield sp.csr_array(entries, shape=(size, size))
