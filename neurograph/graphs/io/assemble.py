"""From a list of edges with steps, in any order, to the temporal graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph, TimedNeighbours

MAX_OFFSETS = 1 << 28  # entries of one (steps + 1, nodes) int32 table: 1.1 GB, and there are two


def assemble(
    u: Array,
    v: Array,
    step: Array,
    *,
    num_nodes: int,
    num_steps: int,
    labels: Array,
    label_names: tuple[str, ...],
    meta: Mapping[str, Any],
    weight: Array | None = None,
    ids: Array | None = None,
    part: Array | None = None,
) -> TemporalGraph:
    """Merge repeated edges, drop self edges, and count both in ``meta["counts"]``.

    Args:
        u, v: integers ``(E,)``, nodes from 0 to `num_nodes` - 1; an edge has no direction.
        step: integers ``(E,)`` from 0 to `num_steps` - 1.
        weight: finite numbers ``(E,)`` above 0; those of a repeated edge are added up. Where all
            sums are 1 the graph has none.
        ids, part: see `TemporalGraph`.

    Raises:
        DataError: the offset tables, O(T N), would not fit in memory.
    """
    check_size(num_nodes, num_steps)
    low, high, when, weight = unique_edges(u, v, step, num_nodes, num_steps, weight)
    if weight is not None and (weight == 1).all():
        weight = None
    opens = np.ones(len(low), bool)  # the first step of its pair
    opens[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    size = (num_nodes, num_steps)
    self_edges = int(np.count_nonzero(u == v))
    counts = {
        **meta.get("counts", {}),
        "self_edges_dropped": self_edges,
        "repeated_edges_merged": len(u) - self_edges - len(low),
    }
    return TemporalGraph(
        cumulative=TimedNeighbours.from_pairs(low[opens], high[opens], when[opens], *size),
        fresh=TimedNeighbours.from_pairs(low, high, when, *size, weight=weight),
        labels=labels,
        label_names=label_names,
        meta={**meta, "counts": counts},
        ids=ids,
        part=part,
    )


def unique_edges(
    u: Array, v: Array, step: Array, num_nodes: int, num_steps: int, weight: Array | None = None
) -> tuple[Array, Array, Array, Array | None]:
    """Each different (pair, step) once, as int64 (low, high, step), sorted; no self edges.

    Then what it weighs: float32, the sum over its repetitions; None without `weight`.
    """
    low, high = np.minimum(u, v).astype(np.int64), np.maximum(u, v).astype(np.int64)
    keys = ((low * num_nodes + high) * num_steps + step)[low != high]
    sums = None
    if weight is None or (weight == 1).all():
        keys.sort()
    else:
        order = np.argsort(keys, kind="stable")  # so that sums are of one order
        keys, sums = keys[order], weight[low != high][order].astype(np.float64)
    del low, high
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    if sums is not None:
        weight = np.add.reduceat(sums, begins).astype(np.float32) if len(begins) else sums
    elif weight is not None:
        weight = np.diff(begins, append=len(keys)).astype(np.float32)
    pairs, when = np.divmod(keys[begins], num_steps)
    low, high = np.divmod(pairs, num_nodes)
    return low, high, when, weight


def check_size(num_nodes: int, num_steps: int, where: str = "graph") -> None:
    """Raise DataError where steps x nodes is more than the offset tables may hold.

    The limit also keeps ``(u N + v) T + t`` below 2^63, and every id within int32.
    """
    if num_nodes < 1 or num_steps < 1:
        raise DataError(f"{where}: needed nodes and steps, got {num_nodes} and {num_steps}")
    if (entries := (num_steps + 1) * num_nodes) > MAX_OFFSETS:
        raise DataError(
            f"{where}: {num_nodes:,} nodes (largest id + 1) at {num_steps:,} steps need "
            f"{entries:,} offsets per list, limit {MAX_OFFSETS:,}; use fewer steps, or number "
            "the nodes from 0 without gaps"
        )
    if num_steps > (most := np.iinfo(np.int16).max):
        raise DataError(f"{where}: {num_steps:,} steps, limit {most:,}; use fewer or wider ones")
