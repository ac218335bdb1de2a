"""Yardsticks that count: the majority class, and a vote of the neighbours."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.tasks.yardsticks.arithmetic import of_vote
from neurograph.tasks.yardsticks.evidence import Answer, Evidence


def majority(evidence: Evidence) -> list[Answer]:
    """Everybody is of the class that most training nodes are of."""
    return [Answer(np.full(evidence.graph.num_nodes, evidence.ranked[0]))]


def neighbour_vote(evidence: Evidence) -> list[Answer]:
    """The class of most neighbours among the training nodes; each different one has one vote."""
    return _vote(evidence, evidence.adjacency, weighed=False)


def weighted_vote(evidence: Evidence) -> list[Answer]:
    """The same, where a vote weighs what the pair weighs; nothing if all weigh the same."""
    return [] if evidence.weights is None else _vote(evidence, evidence.weights, weighed=True)


def _vote(evidence: Evidence, weights: sp.csr_array, *, weighed: bool) -> list[Answer]:
    scores = (weights.astype(np.float64) @ evidence.votes).toarray()
    taken = of_vote(weights, evidence.votes, weighed=weighed)
    return [Answer(evidence.best(scores), arithmetic=taken)]
