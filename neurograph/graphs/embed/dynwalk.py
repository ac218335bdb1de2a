"""The default features: DeepWalk that goes on from the previous snapshot instead of starting anew.

Vectors of successive snapshots are therefore aligned, which a model whose weights are shared over
all steps can use, and two short walks per node and snapshot are enough.

Going on from the previous snapshot is the idea of dynnode2vec (Mahdavi et al., IEEE Big Data
2018). Ours walks from every node that has an edge, fades the vectors between snapshots (without
that their norms grow from snapshot to snapshot and they fit old walks), and averages each node
with its neighbours at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.compiled import numba
from neurograph.core.random import first_counter
from neurograph.graphs.embed import skipgram
from neurograph.graphs.graph import TemporalGraph

WALKS_IN_ALL, MOST_WALKS = 2500, 20  # at each step, and of one node


@dataclass(frozen=True, kw_only=True)
class DynWalk:
    """Settings of the default method.

    Attributes:
        dim: features per node.
        walks: walks from every node with an edge, at every step.
        first_walks: walks from a node at the first step in which it has an edge.
        length: nodes per walk.
        window: largest distance of a context from its centre.
        negatives: noise nodes that the contexts of a centre share.
        rates: learning rate of the first and the last walk of a step.
        kept: factor on all vectors from one snapshot to the next.
        smoothed: add the mean over a node's neighbours to its vector.
        weighted: walk along edges, and average, in proportion to their weights.
    """

    dim: int = 128
    walks: int = 2
    first_walks: int = 3
    length: int = 40
    window: int = 10
    negatives: int = 10
    rates: tuple[float, float] = (0.025, 0.0001)
    kept: float = 0.5
    smoothed: bool = True
    weighted: bool = False

    @classmethod
    def suited(cls, graph: TemporalGraph, *, dim: int, weighted: bool = False) -> DynWalk:
        """Walks enough for the size of `graph`.

        The vectors begin at random, and what moves them is the walks of all nodes together: two
        per node are enough for thousands of nodes, and starve a hundred.
        """
        active = int(np.count_nonzero(graph.cumulative.before[-1]))
        walks = min(max(-(-WALKS_IN_ALL // max(active, 1)), cls.walks), MOST_WALKS)
        return cls(dim=dim, walks=walks, first_walks=walks + 1, weighted=weighted)

    def snapshots(self, graph: TemporalGraph, seed: int) -> Iterator[Array]:
        """Float32 ``(N, dim)`` of each step; a node without an edge so far has a zero vector."""
        lists, nodes = graph.cumulative, graph.num_nodes
        before = lists.before
        walked = graph.fresh if self.weighted else lists  # weights are of the edges of a snapshot
        uniform = np.random.default_rng(seed).random((nodes, self.dim), np.float32)
        inner = (uniform - np.float32(0.5)) / np.float32(self.dim)
        outer = np.zeros_like(inner)
        for step in range(graph.num_steps):
            degree, fresh = before[step + 1], (before[step] == 0) & (before[step + 1] > 0)
            inner *= np.float32(self.kept if step else 1.0)
            outer *= np.float32(self.kept)
            _settle(np.flatnonzero(fresh), lists.indptr, lists.indices, before, step, inner)
            skipgram.train(
                walked.indptr,
                walked.indices,
                walked.before[step + 1],
                walked.weight_before if self.weighted else np.zeros(0),
                self._starts(degree, fresh, seed, step),
                self.length,
                self.window,
                # each node as often as it has neighbours: noise in proportion to degree
                lists.indices[lists.step <= step],
                self.negatives,
                self.rates,
                first_counter(seed, step),
                inner,
                outer,
            )
            yield self._finished(graph, step, inner)

    def _starts(self, degree: Array, fresh: Array, seed: int, step: int) -> Array:
        """Where walks begin, in random order: int64."""
        walks = np.where(fresh, self.first_walks, self.walks) * (degree > 0)
        starts = np.repeat(np.arange(len(degree)), walks)
        shuffled: Array = np.random.default_rng([seed, step]).permutation(starts)
        return shuffled

    def _finished(self, graph: TemporalGraph, step: int, inner: Array) -> Array:
        degree = graph.cumulative.before[step + 1][:, None].astype(np.float32)
        values: Array = np.where(degree > 0, inner, np.float32(0))
        if self.smoothed and self.weighted:
            weights = graph.weights(step)
            whole = np.maximum(weights.sum(axis=1), np.finfo(np.float32).tiny)[:, None]
            values += (weights @ values) / whole
        elif self.smoothed:
            values += (graph.adjacency(step) @ values) / np.maximum(degree, 1)
        return values


@numba.njit(cache=True)
def _settle(nodes, indptr, indices, before, step, vectors):  # type: ignore[no-untyped-def]
    """Begin each new node near the mean of those neighbours that are not new themselves."""
    for v in nodes:
        known = 0
        for entry in range(indptr[v], indptr[v] + before[step + 1, v]):
            known += before[step, indices[entry]] > 0
        for entry in range(indptr[v], indptr[v] + before[step + 1, v]):
            u = indices[entry]
            if before[step, u] > 0:
                for f in range(vectors.shape[1]):
                    vectors[v, f] += vectors[u, f] / np.float32(known)
