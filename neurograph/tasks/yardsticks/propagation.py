"""Label propagation: classes of training nodes spread along edges, and fade on the way.

Source: Zhou et al., Learning with Local and Global Consistency, NeurIPS 2003.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.tasks.yardsticks.arithmetic import of_propagation
from neurograph.tasks.yardsticks.evidence import Answer, Evidence

ALPHAS = (0.9, 0.5, 0.99)  # how much of a step's result is from neighbours; the first on a tie
ITERATIONS, FEWEST = 30, 5
PRODUCTS = 3e9  # of a number and an entry, in all; large graphs get fewer iterations


def label_propagation(evidence: Evidence) -> list[Answer]:
    """Along pairs that all count alike."""
    return _propagation(evidence, evidence.adjacency)


def weighted_propagation(evidence: Evidence) -> list[Answer]:
    """Along pairs as they weigh; nothing if all weigh the same."""
    return [] if evidence.weights is None else _propagation(evidence, evidence.weights)


def _propagation(evidence: Evidence, weights: sp.csr_array) -> list[Answer]:
    votes = evidence.votes.toarray()
    each = max(weights.nnz, len(votes)) * votes.shape[1] * len(ALPHAS)
    iterations = int(np.clip(PRODUCTS / max(each, 1), FEWEST, ITERATIONS))
    near = _normalised(weights)
    taken = of_propagation(weights, votes.shape[1], iterations)
    return [
        Answer(
            evidence.best(spread(near, votes, alpha, iterations)),
            f"alpha {alpha:g}, {iterations} iterations",
            taken,
        )
        for alpha in ALPHAS
    ]


def spread(near: sp.csr_array, votes: Array, alpha: float, iterations: int) -> Array:
    """``z = alpha near z + (1 - alpha) votes``, so often, from ``votes``; float32 ``(N, C)``."""
    z = votes
    for _ in range(iterations):
        z = np.float32(alpha) * (near @ z) + np.float32(1 - alpha) * votes
    return z


def _normalised(weights: sp.csr_array) -> sp.csr_array:
    """``D^-1/2 W D^-1/2``, where D is the sum of each row of W; float32."""
    degree = weights.sum(axis=1, dtype=np.float64)
    scale = np.zeros(len(degree))
    np.divide(1.0, np.sqrt(degree), out=scale, where=degree > 0)
    d = sp.dia_array((scale[None, :], [0]), shape=weights.shape)
    return sp.csr_array(d @ weights @ d).astype(np.float32)
