"""DeepWalk of every snapshot on its own, by gensim, as SpikeNet's authors made their features.

Settings from generate_feature.py and spikenet/deepwalk.py of github.com/EdisonLeeeee/SpikeNet at
commit 6c02060. Slow, and here as the yardstick of the default method.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.compiled import numba
from neurograph.core.errors import DataError
from neurograph.core.random import first_counter
from neurograph.graphs.embed.skipgram import walk_from
from neurograph.graphs.graph import TemporalGraph


@dataclass(frozen=True, kw_only=True)
class DeepWalk:
    """Settings of word2vec over uniform random walks (Perozzi et al., KDD 2014).

    Every snapshot has a rotation of its own: vectors of different steps cannot be compared.
    One worker thread, so that a seed gives the same features again.
    """

    dim: int = 128
    walks: int = 10
    length: int = 80
    window: int = 10
    negatives: int = 1
    rate: float = 0.025

    def snapshots(self, graph: TemporalGraph, seed: int) -> Iterator[Array]:
        """Float32 ``(N, dim)`` of each step.

        Raises:
            DataError: gensim is not installed.
        """
        word2vec = _word2vec()
        words = np.array([str(v) for v in range(graph.num_nodes)], dtype=object)
        for step in range(graph.num_steps):
            yield self._embed(word2vec, self._sentences(graph, step, seed, words), seed)

    def _sentences(
        self, graph: TemporalGraph, step: int, seed: int, words: Array
    ) -> list[list[str]]:
        lists = graph.cumulative
        degree = lists.before[step + 1]
        active = np.flatnonzero(degree > 0)
        walks = np.empty((self.walks * len(active), self.length), np.int32)
        counter = first_counter(seed, step)
        _fill(lists.indptr, lists.indices, degree, np.tile(active, self.walks), counter, walks)
        # a node without an edge is a walk of one: in the vocabulary, never trained
        alone: list[list[str]] = words[degree == 0, None].tolist()
        return [*words[walks].tolist(), *alone * self.walks]

    def _embed(self, word2vec: Any, sentences: list[list[str]], seed: int) -> Array:
        model = word2vec(
            sentences,
            vector_size=self.dim,
            window=self.window,
            min_count=0,
            alpha=self.rate,
            sg=1,
            hs=0,
            negative=self.negatives,
            epochs=1,
            workers=1,
            seed=seed,
        )
        order = np.argsort([int(word) for word in model.wv.index_to_key])
        vectors: Array = model.wv.vectors[order]
        return vectors


def _word2vec() -> Any:
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise DataError(
            "method 'deepwalk' needs gensim; install it with: pip install 'neurograph[deepwalk]'"
        ) from error
    return Word2Vec


@numba.njit(cache=True)
def _fill(indptr, indices, degree, starts, counter, walks):  # type: ignore[no-untyped-def]
    """One walk from each start into the rows of `walks`."""
    for row in range(len(starts)):
        counter = walk_from(starts[row], indptr, indices, degree, walks[row], counter)
