"""From a given file to a feature folder: all values are looked at, then written on one scale."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.embed.folder import load_features, load_place, writing
from neurograph.graphs.embed.given import GivenFeatures, given_features
from neurograph.graphs.embed.given_how import How
from neurograph.graphs.embed.standards import BINARY, Standard, choose_standard
from neurograph.graphs.embed.statistics import Statistics
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph

Progress = Callable[[int, int], None]
METHOD = "given"


def keep_given(
    graph: TemporalGraph,
    folder: Path,
    path: Path,
    how: How,
    dtype: str,
    seed: int,
    progress: Progress | None,
    out: Path | None = None,
) -> FeatureStore:
    """Write the features in the file at `path` to ``folder/features/given``, or in `out`.

    Raises:
        DataError, DoubtError: see `given_features`, or a value that is not finite.
    """
    begun = time.perf_counter()
    given = given_features(graph, path, how)
    found = _examined(given)
    standard, notes = choose_standard(found, as_is=how.as_is, eps=given.eps)
    shape = (given.steps, graph.num_nodes, given.width)
    with writing(folder, METHOD, shape, np.dtype(dtype), out) as writer:
        for step, nodes, block in given.blocks():
            writer.extend(_kept(standard, block, given.row[nodes]))
            if progress is not None:
                progress(step + 1, given.steps)
        writer.finish(
            seed=seed,
            graph_sha256=graph.sha256,
            settings={"file": path.name} | _said(how),
            seconds=time.perf_counter() - begun,
            held_for=graph.num_steps,
            binary=standard.rule == BINARY,
            ones=found.share if standard.rule == BINARY else 0.0,
            constants=standard.to_dict(),
            names=list(given.file.names),
            notes=[*given.notes, *notes],
            guesses=list(given.guesses),
        )
    return load_place(out) if out else load_features(folder, METHOD)


def _examined(given: GivenFeatures) -> Statistics:
    """Of the rows that nodes have."""
    found: Statistics | None = None
    for _, nodes, block in given.blocks():
        known = given.row[nodes] >= 0
        if known.any():
            one = Statistics.of(block[known])
            found = one if found is None else found.joined(one)
    assert found is not None, "a file of which no node has a row is refused before"
    return found


def _kept(standard: Standard, block: Array, row: Array) -> Array:
    """On one scale; zeros where a node has no features."""
    held = standard.apply(block)
    held[row < 0] = 0
    return held


def _said(how: How) -> dict[str, object]:
    """What the user said about the file."""
    usual = How()
    said = dataclasses.asdict(how)
    typed = {name: x for name, x in said.items() if x != getattr(usual, name)}
    return {name: list(x) if isinstance(x, tuple) else x for name, x in typed.items()}
