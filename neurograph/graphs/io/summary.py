"""What is in a graph: counts per step, degrees, class balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.graphs.graph import TemporalGraph


def info(graph: TemporalGraph) -> dict[str, Any]:
    """Describe `graph` in JSON values.

    Per step: `edges` (different pairs that meet in it), `new_pairs` (those that never met
    before), `cumulative_pairs`, `active_nodes` (with an edge in it). Degrees are those of the
    cumulative graph at the last step; `share` is of the labelled nodes.
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
