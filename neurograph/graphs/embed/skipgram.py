"""Skip-gram with negative sampling over random walks, in one compiled loop.

The model is DeepWalk (Perozzi et al., KDD 2014) trained as in word2vec (Mikolov et al., 2013).
Two things differ, both for speed: the walks are drawn where they are used and never stored, and
the contexts of one centre share their noise nodes.
"""

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.core.random import GOLDEN, below, heavy

# The sigmoid over [-8, 8) in 2048 cells, each with the value at its middle.
CELLS_PER_UNIT, SPAN = 128, 8
_MIDDLES = (np.arange(2 * SPAN * CELLS_PER_UNIT) + 0.5) / CELLS_PER_UNIT - SPAN
SIGMOID = (1.0 / (1.0 + np.exp(-_MIDDLES))).astype(np.float32)


@numba.njit(inline="always")
def walk_from(start, indptr, indices, degree, walk, counter):  # type: ignore[no-untyped-def]
    """Fill `walk` with uniform steps from `start`, which has a neighbour; the next counter."""
    walk[0] = start
    for i in range(1, len(walk)):
        here = walk[i - 1]
        counter += GOLDEN
        walk[i] = indices[indptr[here] + below(counter, degree[here])]
    return counter


@numba.njit(inline="always")
def heavy_walk_from(start, indptr, indices, degree, weight_before, walk, counter):  # type: ignore[no-untyped-def]
    """As `walk_from`; each step takes an edge in proportion to its weight."""
    walk[0] = start
    for i in range(1, len(walk)):
        here = walk[i - 1]
        counter += GOLDEN
        first = indptr[here]
        walk[i] = indices[heavy(counter, weight_before, first, first + degree[here])]
    return counter


@numba.njit(cache=True, fastmath=True)
def train(  # type: ignore[no-untyped-def]
    indptr,
    indices,
    degree,
    weight_before,
    starts,
    length,
    window,
    noise,
    negatives,
    rates,
    counter,
    inner,
    outer,
):
    """Move both tables, in place, along one walk from each of `starts` in turn.

    A centre with c contexts has `negatives` noise nodes, each with weight c / negatives: one
    noise node per context, as in DeepWalk with one negative sample.

    Args:
        indptr, indices, degree: neighbours of node v are ``indices[indptr[v]:][:degree[v]]``.
        weight_before: see `TimedNeighbours`; empty for steps that are all alike.
        starts: nodes with at least one neighbour.
        length: nodes per walk.
        window: contexts are up to this far from their centre, drawn anew for each centre.
        noise: node ids; an entry is drawn uniformly, so a node weighs as often as it is listed.
        rates: learning rate of the first and, falling in a line, of the last walk.
        counter: uint64, of the random numbers.
        inner, outer: float32 ``(N, F)``; vectors of centres and of contexts.
    """
    features = inner.shape[1]
    walk = np.empty(length, np.int64)
    other = np.empty(2 * window + negatives, np.int64)
    push = np.empty(2 * window + negatives, np.float32)
    centre = np.empty(features, np.float32)
    moved = np.empty(features, np.float32)
    cells = np.float32(CELLS_PER_UNIT)
    last = np.float32(len(SIGMOID) - 1)
    for number in range(len(starts)):
        rate = np.float32(rates[0] + (rates[1] - rates[0]) * number / len(starts))
        start = starts[number]
        if len(weight_before):
            counter = heavy_walk_from(start, indptr, indices, degree, weight_before, walk, counter)
        else:
            counter = walk_from(start, indptr, indices, degree, walk, counter)
        for i in range(length):
            own = walk[i]
            counter += GOLDEN
            reach = 1 + below(counter, window)
            contexts = 0
            for j in range(max(0, i - reach), min(length, i + reach + 1)):
                if walk[j] != own:
                    other[contexts] = walk[j]
                    contexts += 1
            many = contexts + negatives
            for k in range(contexts, many):
                counter += GOLDEN
                other[k] = noise[below(counter, len(noise))]
            for f in range(features):
                centre[f] = inner[own, f]
                moved[f] = centre[f]
            # all products first: they do not wait for each other's memory
            for k in range(many):
                node, product = other[k], np.float32(0)
                for f in range(features):
                    product += inner[own, f] * outer[node, f]
                push[k] = product
            noise_rate = rate * np.float32(contexts / negatives)
            for k in range(many):
                cell = min(max((push[k] + np.float32(SPAN)) * cells, np.float32(0)), last)
                likely = SIGMOID[np.int64(cell)]
                push[k] = (np.float32(1) - likely) * rate if k < contexts else -likely * noise_rate
            for k in range(many):
                node, force = other[k], push[k]
                for f in range(features):
                    weight = outer[node, f]
                    moved[f] += force * weight
                    outer[node, f] = weight + force * centre[f]
            for f in range(features):
                inner[own, f] = moved[f]
