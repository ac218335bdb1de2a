"""A graph as the arrays that PyTorch Geometric gives names to."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.graphs.convert.rows import EdgeRows
from neurograph.graphs.convert.step_times import step_times
from neurograph.graphs.graph import PARTS, TemporalGraph


def pyg_arrays(graph: TemporalGraph) -> dict[str, Any]:
    """Arrays, lists of text and numbers by PyTorch Geometric's names.

    ``edge_index`` int64 ``(2, 2 E)``: every edge in both directions, as that library has
    undirected graphs, the second E those of the first turned round; sorted by time. ``t`` int64
    or float64 ``(2 E,)``: the source's times, or numbers of steps where those are texts (then
    ``step_times`` has the texts) or not known. ``edge_weight`` float32 ``(2 E,)``, where edges have
    weights. ``y`` int64 ``(N,)``, -1 for none, and ``label_names``. ``train_mask``, ``val_mask``,
    ``test_mask`` bool ``(N,)``, where the graph has a split. ``num_nodes``. ``node_id``: int64
    ``(N,)`` or a list of text, where nodes are not numbered from 0.
    """
    edges = EdgeRows.of(graph)
    ends = np.stack([edges.u, edges.v])
    found: dict[str, Any] = {"edge_index": np.hstack([ends, ends[::-1]])}
    if edges.time is not None:
        numbers = edges.time.dtype.kind in "iuf"
        found["t"] = np.tile(edges.time if numbers else edges.step, 2)
        if not numbers and (words := step_times(graph)) is not None:
            found["step_times"] = words.tolist()
    if edges.weight is not None:
        found["edge_weight"] = np.tile(edges.weight.astype(np.float32), 2)
    if graph.num_classes:
        found["y"] = graph.labels.astype(np.int64)
        found["label_names"] = list(graph.label_names)
    if graph.part is not None:
        found |= {f"{name}_mask": graph.part == number for number, name in enumerate(PARTS)}
    found["num_nodes"] = graph.num_nodes
    if graph.ids is not None:
        found["node_id"] = graph.ids.tolist() if graph.ids.dtype.kind == "U" else graph.ids
    return found
