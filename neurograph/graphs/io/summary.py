"""What is in a graph: counts per step, degrees, class balance, ids, weights, parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.graphs.graph import PARTS, TemporalGraph

EXAMPLES = 3  # of ids


def info(graph: TemporalGraph) -> dict[str, Any]:
    """Describe `graph` in JSON values.

    Per step: `edges` (different pairs that meet in it), `new_pairs` (those that never met
    before), `cumulative_pairs`, `active_nodes` (with an edge in it). Degrees are those of the
    cumulative graph at the last step; `share` is of the labelled nodes. `weights` (of a pair in a
    step) and `parts` (nodes in each) are None where the graph has none.
    """
    per_step = np.diff(graph.fresh.before, axis=0)
    new_pairs = np.diff(graph.cumulative.before, axis=0).sum(axis=1) // 2
    degree = graph.cumulative.before[-1]
    labelled = graph.labels[graph.labels >= 0]
    sizes = np.bincount(labelled, minlength=graph.num_classes).tolist()
    return {
        "name": graph.name,
        "generated": graph.generated,
        "nodes": graph.num_nodes,
        "steps": graph.num_steps,
        "pairs": int(new_pairs.sum()),
        "edges": int(per_step.sum()) // 2,
        "isolated_nodes": int(np.count_nonzero(degree == 0)),
        "unlabelled_nodes": graph.num_nodes - len(labelled),
        "degree": {
            "min": int(degree.min()),
            "median": float(np.median(degree)),
            "mean": float(degree.mean()),
            "max": int(degree.max()),
        },
        "ids": _ids(graph),
        "weights": _weights(graph),
        "parts": _parts(graph),
        "classes": [
            {"class": number, "name": name, "nodes": size, "share": size / max(len(labelled), 1)}
            for number, (name, size) in enumerate(zip(graph.label_names, sizes, strict=True))
        ],
        "per_step": [
            {
                "step": step,
                "edges": int(row.sum()) // 2,
                "new_pairs": int(new_pairs[step]),
                "cumulative_pairs": int(new_pairs[: step + 1].sum()),
                "active_nodes": int(np.count_nonzero(row)),
            }
            for step, row in enumerate(per_step)
        ],
        "sha256": graph.sha256,
        "meta": dict(graph.meta),
    }


def _ids(graph: TemporalGraph) -> dict[str, Any]:
    """What kind of names the source gives to nodes, and the first of them."""
    kind = "text" if graph.node_ids.dtype.kind == "U" else "integer"
    counted = graph.ids is None
    return {
        "kind": "counted from 0" if counted else kind,
        "examples": graph.node_ids[:EXAMPLES].tolist(),
    }


def _weights(graph: TemporalGraph) -> dict[str, float] | None:
    weight = graph.fresh.weight
    if weight is None or not len(weight):
        return None
    return {
        name: float(f(weight))
        for name, f in (("min", np.min), ("median", np.median), ("max", np.max))
    }


def _parts(graph: TemporalGraph) -> dict[str, int] | None:
    if graph.part is None:
        return None
    return {name: int((graph.part == number).sum()) for number, name in enumerate(PARTS)}
