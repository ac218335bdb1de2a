"""A graph as it was, and as it is when it has gone on: more snapshots, and nodes that are new."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble


def growing(
    *, nodes: int = 60, new: int = 5, then: int = 4, now: int = 6, classes: int = 3, seed: int = 0
) -> tuple[TemporalGraph, TemporalGraph]:
    """The graph of then, and of now, over text ids among which those of new nodes are scattered.

    Args:
        nodes: of then; a third of them have no label, some have no edge then.
        new: nodes that have edges from snapshot `then` on alone.
        then: snapshots.
        now: snapshots.
    """
    rng = np.random.default_rng(seed)
    count = nodes + new
    is_new = np.isin(np.arange(count), rng.choice(count, new, replace=False))
    u, v = rng.integers(0, count, (2, 3 * count * now))
    step = rng.integers(0, now, len(u))
    labels = np.where(rng.random(count) < 1 / 3, -1, np.arange(count) % classes).astype(np.int16)
    there = (u != v) & ((step >= then) | ~(is_new[u] | is_new[v] | (u % 11 == 0) | (v % 11 == 0)))
    ids = np.array([f"n{number:03d}" for number in range(count)])
    whole = _graph(u[there], v[there], step[there], now, labels, ids, classes)
    kept = there & (step < then)
    place = np.cumsum(~is_new) - 1
    was = _graph(
        place[u[kept]], place[v[kept]], step[kept], then, labels[~is_new], ids[~is_new], classes
    )
    return was, whole


def _graph(
    u: Array, v: Array, step: Array, steps: int, labels: Array, ids: Array, classes: int
) -> TemporalGraph:
    return assemble(
        *(u, v, step),
        num_nodes=len(ids),
        num_steps=steps,
        labels=labels,
        label_names=tuple(f"class {number}" for number in range(classes)),
        meta={"name": "growing", "generated": True},
        ids=ids,
    )
