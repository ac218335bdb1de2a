"""What the answer of a yardstick takes: operations and bytes per node, by the formulas below.

The same rules as for networks (`cost.complexity`): a product is a multiply-accumulate, an addition
or a comparison an accumulate, biases are neither. N nodes, C classes, E entries of a matrix of
pairs (each pair of neighbours from both ends), L those of them whose neighbour is a training node.
Bytes are those read of edges, classes, features, and of numbers that neighbours have; what all
nodes share (weights, trees) is taken to stay in the processor. Fitting is not counted, as training
is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.core.errors import DataError
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.sizes import COUNT, FEATURE, ID, LABEL, NUMBER, OFFSET

BOUNDS = OFFSET + COUNT  # where a node's neighbours begin, and how many they are
BYTE = 8  # bits


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """Per node, mean over all nodes of the graph.

    Attributes:
        macs: multiply-accumulates.
        acs: additions and comparisons.
        bytes: read from memory.
    """

    macs: float = 0.0
    acs: float = 0.0
    bytes: float = 0.0

    def __post_init__(self) -> None:
        for name, many in vars(self).items():
            if not (math.isfinite(many) and many >= 0):
                raise DataError(f"{name} of an answer are {many}; needed 0 or more")


def of_vote(pairs: sp.csr_array, votes: sp.csr_array, *, weighed: bool = False) -> Arithmetic:
    """``acs = L / N + (C - 1)``: a vote each, then the largest of C.

    ``bytes = (E (id + class) + N bounds) / N``, and a weight per entry where votes are `weighed`.
    """
    nodes, classes = votes.shape
    entry = ID + LABEL + NUMBER * weighed
    return Arithmetic(
        acs=_heard(pairs, votes) / nodes + classes - 1,
        bytes=pairs.nnz * entry / nodes + BOUNDS,
    )


def of_propagation(pairs: sp.csr_array, classes: int, rounds: int) -> Arithmetic:
    """``macs = R (E C + N C) / N`` in R rounds, ``acs = C - 1``.

    In each round every entry multiplies C numbers of a neighbour, and C numbers of the node are
    scaled and added to. ``bytes = R (E (id + weight + C numbers) + N bounds) / N``.
    """
    nodes = pairs.shape[0]
    entries = pairs.nnz / nodes
    entry = ID + NUMBER + classes * NUMBER
    return Arithmetic(
        macs=rounds * (entries + 1) * classes,
        acs=classes - 1,
        bytes=rounds * (entries * entry + BOUNDS),
    )


def of_logistic_regression(
    features: FeatureStore, inputs: float, columns: int, outputs: int
) -> Arithmetic:
    """``macs = inputs outputs + columns``: inputs that are not 0 by weights; standardised before.

    ``acs = (T - 1) F`` for means over T snapshots, and the comparisons of the outputs. Binary
    features are not standardised, and of one snapshot their products are additions.
    ``bytes = T F number``, or a bit each.

    Args:
        inputs: of a node, that are not 0.
        columns: inputs of a node.
        outputs: 1 for two classes, else one per class.
    """
    steps = 1 if columns == features.num_features else len(features.values)
    products, compared = inputs * outputs, max(outputs - 1, 1)
    added = (steps - 1) * features.num_features + compared
    values = steps * features.num_features
    if not features.binary:
        return Arithmetic(macs=products + columns, acs=added, bytes=values * FEATURE)
    bits = -(-values // BYTE)
    if steps == 1:
        return Arithmetic(acs=products + added, bytes=bits)
    return Arithmetic(macs=products, acs=added, bytes=bits)


def of_boosting(counted: Arithmetic, *, trees: int, comparisons: float, classes: int) -> Arithmetic:
    """What `of_counts` takes, and ``acs = comparisons + trees + (C - 1)``.

    Each tree compares a count with a threshold on every level of the node's way down, and adds the
    number of its leaf; for two classes there is one sum, compared once.

    Args:
        comparisons: of all trees together, mean over nodes.
    """
    walked = comparisons + trees + max(classes - 1, 1)
    return Arithmetic(macs=counted.macs, acs=counted.acs + walked, bytes=counted.bytes)


def of_counts(
    votes: sp.csr_array, pairs: Iterable[sp.csr_array], around: sp.csr_array, *, weighed: bool
) -> Arithmetic:
    """``acs = (sum of L + N per matrix, L again where weighed) / N``, then two hops.

    A matrix of pairs gives counts of neighbours by class, and how many they are: the difference of
    two bounds. At two hops, every entry of `around` adds the counts of a neighbour that are not 0,
    and each training node's own votes are taken out again. ``bytes`` per matrix as of a vote; at
    two hops an id per entry and a number per addition.
    """
    nodes = votes.shape[0]
    acs = read = 0.0
    for matrix in pairs:
        acs += _heard(matrix, votes) * (1 + weighed) + nodes
        read += matrix.nnz * (ID + LABEL + NUMBER * weighed) + nodes * BOUNDS
    twice = _heard(around, sp.csr_array(around @ votes))
    acs += twice + votes.nnz
    read += around.nnz * ID + nodes * BOUNDS + twice * NUMBER
    return Arithmetic(acs=acs / nodes, bytes=read / nodes)


def _heard(pairs: sp.csr_array, numbers: sp.csr_array) -> float:
    """Of all entries of `pairs`, the numbers in the neighbour's row that are not 0."""
    return float(np.diff(numbers.indptr)[pairs.indices].sum())
