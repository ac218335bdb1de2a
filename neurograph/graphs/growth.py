"""Whether a graph is another one that has gone on: the same snapshots, then more of them."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.counted import counted
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph


def places_in(now: TemporalGraph, then: TemporalGraph) -> Array:
    """Where the nodes of `then` are in `now`, of which `then` is the first snapshots.

    Nodes are known by their ids. Those that are new have no edge in these snapshots. A node that
    had no label may have one now.

    Returns:
        int64 ``(nodes of then,)``.

    Raises:
        DataError: a node, a label, a class or an edge is not what it was.
    """
    if now.label_names != then.label_names:
        raise DataError(
            f"it has the classes {', '.join(now.label_names)}, then "
            f"{', '.join(then.label_names)}; needed the same, in this order"
        )
    if now.num_steps < then.num_steps:
        raise DataError(f"it has {now.num_steps} snapshots, then {then.num_steps}")
    places = _places(now, then)
    changed = (then.labels >= 0) & (now.labels[places] != then.labels)
    if changed.any():
        raise DataError(f"node {then.node_ids[np.argmax(changed)]} has another label than then")
    _check_edges(now, then, places)
    return places


def _places(now: TemporalGraph, then: TemporalGraph) -> Array:
    ids = now.node_ids
    wanted = then.node_ids.astype(ids.dtype) if ids.dtype.kind == "U" else then.node_ids
    order = np.argsort(ids, kind="stable")
    found = np.searchsorted(ids, wanted, sorter=order)
    places = order[np.minimum(found, len(ids) - 1)]
    gone = ids[places] != wanted
    if gone.any():
        what = counted(int(gone.sum()), "node")
        raise DataError(f"{what} of then gone, {then.node_ids[np.argmax(gone)]} among them")
    result: Array = places.astype(np.int64)
    return result


def _check_edges(now: TemporalGraph, then: TemporalGraph, places: Array) -> None:
    """Raise DataError at the first snapshot whose edges are not those of then."""
    u, v, step, weight = then.fresh.pairs()
    before = _sorted(places[u], places[v], step, weight)
    found = _sorted(*now.fresh.pairs())
    kept = found[2] < then.num_steps
    after = [part[kept] for part in found]
    for number in range(then.num_steps):
        was, is_now = ([part[of[2] == number] for part in of] for of in (before, after))
        if any(not np.array_equal(x, y) for x, y in zip(was, is_now, strict=True)):
            raise DataError(
                f"snapshot {number} has {counted(len(is_now[0]), 'edge')}, then "
                f"{counted(len(was[0]), 'edge')}, and they are not the same"
            )


def _sorted(u: Array, v: Array, step: Array, weight: Array | None) -> tuple[Array, ...]:
    """Low and high end, snapshot and weight of each edge, in one order."""
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((high, low, step))
    mass = np.ones(len(u), np.float32) if weight is None else weight
    return low[order], high[order], step[order], mass[order]
