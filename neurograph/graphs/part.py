"""A part of a graph: some of its nodes, the edges among them, and all that is known of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble

OUTSIDE = -1  # the new number of a node that is not in it


def around(graph: TemporalGraph, nodes: Array, hops: int) -> Array:
    """These nodes and all that are at most so many edges of any snapshot away.

    Returns:
        Their indices, int64, ascending and all different.

    Raises:
        DataError: less than 0 hops.
    """
    if hops < 0:
        raise DataError(f"--hops is {hops}; needed 0 or more")
    inside = np.zeros(graph.num_nodes, bool)
    inside[nodes] = True
    pairs = graph.adjacency(graph.num_steps - 1)
    for _ in range(hops):
        inside |= (pairs @ inside.astype(np.float32)) > 0
    return np.flatnonzero(inside)


def part_of(graph: TemporalGraph, nodes: Array) -> TemporalGraph:
    """The graph of these nodes: its snapshots, classes, ids, split; the edges that both ends have.

    Args:
        nodes: indices, ascending and all different.

    Raises:
        DataError: no node.
    """
    if not len(nodes):
        raise DataError(f"a part of '{graph.name}' without nodes; needed at least one")
    number = np.full(graph.num_nodes, OUTSIDE, np.int64)
    number[nodes] = np.arange(len(nodes))
    u, v, step, weight = graph.fresh.pairs()
    keep = (number[u] != OUTSIDE) & (number[v] != OUTSIDE)
    found = assemble(
        number[u[keep]],
        number[v[keep]],
        step[keep],
        num_nodes=len(nodes),
        num_steps=graph.num_steps,
        labels=graph.labels[nodes],
        label_names=graph.label_names,
        meta={},
        weight=None if weight is None else weight[keep],
        ids=graph.node_ids[nodes],
        part=None if graph.part is None else graph.part[nodes],
    )
    whole = {"name": graph.name, "nodes": graph.num_nodes, "sha256": graph.sha256}
    left = len(u) - int(keep.sum())
    told = {"part_of": whole, "edges_left_out": left}
    return replace(found, meta={**graph.meta, "name": f"{graph.name}, part", **told})
