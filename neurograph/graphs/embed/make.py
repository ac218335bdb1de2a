"""One recipe in, one feature folder out; every snapshot is written as soon as it is made."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.core.memory import check_memory
from neurograph.core.nearest import unknown
from neurograph.graphs.embed.deepwalk import DeepWalk
from neurograph.graphs.embed.dynwalk import DynWalk
from neurograph.graphs.embed.folder import (
    DEFAULT,
    GIVEN,
    METHODS,
    WEIGHTED,
    load_features,
    load_place,
    writing,
)
from neurograph.graphs.embed.given_how import How
from neurograph.graphs.embed.keep import Progress, keep_given
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sizes import FEATURE

TABLES = 3  # of a vector per node: what is learnt, its contexts, what is written
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
    how: How | None = None,
    progress: Progress | None = None,
    out: Path | None = None,
) -> FeatureStore:
    """Make features of every node at every step and write them to ``folder/features/<method>``.

    Features of step t depend on edges up to step t alone. The same graph, settings and seed give
    the same bytes again on one machine, for any number of threads; another kind of processor may
    round a sum otherwise.

    Args:
        graph: whose nodes they are of.
        folder: of the graph.
        method: "dynwalk" (needs nothing else), "dynwalk-weighted" (of a graph with edge weights),
            "deepwalk" (needs gensim), or "given".
        dim: features per node; a given file brings its own.
        seed: of all that is drawn.
        dtype: in which they are kept.
        given: a file of features, ``(N, F)`` or ``(T, N, F)`` or a table with a row per node; see
            `standards` for how it is standardised. Implies "given".
        how: to take the file.
        progress: called with (snapshots done, snapshots in all).

    Raises:
        DataError: a setting out of range, an unknown method, or a given file that does not fit.
            Features that were there before stay as they were.
        MachineError: there is neither memory nor room for so many; before any are made.
    """
    method = "given" if given is not None else method
    _check(method, dim, seed, dtype, given)
    if method == WEIGHTED and not graph.weighted:
        raise DataError(f"graph '{graph.name}' has no edge weights; use method '{DEFAULT}'")
    if given is not None:
        return keep_given(graph, folder, given, how or How(), dtype, seed, progress, out)
    begun = time.perf_counter()
    recipe = _recipe(graph, method, dim)
    shape = (graph.num_steps, graph.num_nodes, dim)
    check_memory(
        f"{method} of {graph.num_nodes:,} nodes, {dim:,} features each,",
        TABLES * graph.num_nodes * dim * FEATURE,
        "make fewer: --dim",
    )
    with writing(folder, method, shape, np.dtype(dtype), out) as writer:
        for step, values in enumerate(recipe.snapshots(graph, seed)):
            writer.append(standardised(values))
            if progress is not None:
                progress(step + 1, graph.num_steps)
        writer.finish(
            seed=seed,
            graph_sha256=graph.sha256,
            settings=dataclasses.asdict(recipe),
            seconds=time.perf_counter() - begun,
        )
    return load_place(out) if out else load_features(folder, method)


def same(
    header: Mapping[str, Any],
    graph: TemporalGraph,
    *,
    method: str = DEFAULT,
    dim: int = 128,
    seed: int = 0,
    dtype: str = "float32",
    **given: Any,
) -> bool:
    """Whether `make_features` would make what this header is of; of a given file nobody knows."""
    if given or method == GIVEN:
        return False
    _check(method, dim, seed, dtype, None)
    wanted = json.loads(json.dumps(dataclasses.asdict(_recipe(graph, method, dim))))
    return (header["seed"], header["dtype"], header["settings"]) == (seed, dtype, wanted)


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


def _recipe(graph: TemporalGraph, method: str, dim: int) -> DynWalk | DeepWalk:
    if method == "deepwalk":
        return DeepWalk(dim=dim)
    return DynWalk.suited(graph, dim=dim, weighted=method == WEIGHTED)


def _check(method: str, dim: int, seed: int, dtype: str, given: Path | None) -> None:
    if method not in METHODS:
        raise DataError(unknown("feature method", method, METHODS))
    if method == "given" and given is None:
        raise DataError("method 'given' needs a file; add: --given FILE")
    if dim < 1:
        raise DataError(f"{dim} features per node; at least 1")
    if seed < 0:
        raise DataError(f"seed {seed}; at least 0")
    if dtype not in DTYPES:
        raise DataError(f"features as '{dtype}'; known: {', '.join(DTYPES)}")
