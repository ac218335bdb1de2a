"""One recipe in, one feature folder out; every snapshot is written as soon as it is made."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed.deepwalk import DeepWalk
from neurograph.graphs.embed.dynwalk import DynWalk
from neurograph.graphs.embed.folder import DEFAULT, METHODS, WEIGHTED, load_features, writing
from neurograph.graphs.embed.given import given_features
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph

Progress = Callable[[int, int], None]
DTYPES = ("float32", "float16")


def make_features(
    graph: TemporalGraph,
    folder: Path,
    *,
    method: str = DEFAULT,
    dim: int = 128,
    seed: int = 0,
    dtype: str = "float32",
    given: Path | None = None,
    progress: Progress | None = None,
) -> FeatureStore:
    """Make features of every node at every step and write them to ``folder/features/<method>``.

    Features of step t depend on edges up to step t alone. The same graph, settings and seed give
    the same bytes again on one machine, for any number of threads; another kind of processor may
    round a sum otherwise.

    Args:
        method: "dynwalk" (needs nothing else), "dynwalk-weighted" (of a graph with edge weights),
            "deepwalk" (needs gensim), or "given".
        dim: features per node; a given file brings its own.
        given: a .npy of shape ``(T, N, F)``, standardised like the others; implies "given".
        progress: called with (snapshots done, snapshots in all).

    Raises:
        DataError: a setting out of range, an unknown method, or a given file that does not fit.
            Features that were there before stay as they were.
    """
    method = "given" if given is not None else method
    _check(method, dim, seed, dtype, given)
    if method == WEIGHTED and not graph.weighted:
        raise DataError(f"graph '{graph.name}' has no edge weights; use method '{DEFAULT}'")
    begun = time.perf_counter()
    snapshots, width, settings = _recipe(graph, method, dim, seed, given)
    shape = (graph.num_steps, graph.num_nodes, width)
    with writing(folder, method, shape, np.dtype(dtype)) as writer:
        for step, values in enumerate(snapshots):
            writer.append(standardised(values))
            if progress is not None:
                progress(step + 1, graph.num_steps)
        writer.finish(
            seed=seed,
            graph_sha256=graph.sha256,
            settings=settings,
            seconds=time.perf_counter() - begun,
        )
    return load_features(folder, method)


def standardised(values: Array) -> Array:
    """Values ``(N, F)`` minus their one mean, over their one standard deviation; float32.

    A snapshot whose values are all the same becomes zero.
    """
    peak = float(np.abs(values).max(initial=0.0))
    if peak == 0.0:
        return np.zeros(values.shape, np.float32)
    scaled = values / peak  # so that squares stay in range, however large the values are
    scaled = scaled - float(scaled.mean(dtype=np.float64))
    deviation = float(np.sqrt(np.mean(np.square(scaled), dtype=np.float64)))
    if deviation <= 8 * np.finfo(scaled.dtype).eps:
        return np.zeros(values.shape, np.float32)
    standard: Array = (scaled / deviation).astype(np.float32, copy=False)
    return standard


def _recipe(
    graph: TemporalGraph, method: str, dim: int, seed: int, given: Path | None
) -> tuple[Iterator[Array], int, Mapping[str, Any]]:
    """Snapshots one by one, features per node, and the settings worth keeping."""
    if given is not None:
        values = given_features(graph, given)
        return values.snapshots(), values.width, {"file": given.name}
    if method == "deepwalk":
        walks: DynWalk | DeepWalk = DeepWalk(dim=dim)
    else:
        walks = DynWalk.suited(graph, dim=dim, weighted=method == WEIGHTED)
    return walks.snapshots(graph, seed), dim, dataclasses.asdict(walks)


def _check(method: str, dim: int, seed: int, dtype: str, given: Path | None) -> None:
    if method not in METHODS:
        raise DataError(f"no feature method '{method}'; known: {', '.join(METHODS)}")
    if method == "given" and given is None:
        raise DataError("method 'given' needs a file; add: --given FILE.npy")
    if dim < 1:
        raise DataError(f"{dim} features per node; at least 1")
    if seed < 0:
        raise DataError(f"seed {seed}; at least 0")
    if dtype not in DTYPES:
        raise DataError(f"features as '{dtype}'; known: {', '.join(DTYPES)}")
