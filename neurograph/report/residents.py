"""Which part of a graph lies on which core, where its nodes hear each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.chip.placement import Residents
from neurograph.core.arrays import Array
from neurograph.ir.values import written_values
from neurograph.report.inputs import ReportInput

NAMED = 3  # nodes of a core whose ids are listed


def held(run: ReportInput, residents: Residents) -> dict[str, Any]:
    """The nodes of each core, and what other orders of them would take."""
    names: list[str] = run.deployment.provenance["graph"]["classes"] if run.task.classes else []
    truth = run.graph_truth if names else None
    return {
        "nodes": residents.nodes,
        "orders": [written_values(order) for order in residents.orders],
        "cores": [
            {
                "nodes": len(nodes),
                "some": [str(name) for name in _ids(run, nodes[:NAMED])],
                "class": None if truth is None else _most(truth[nodes], names),
            }
            for nodes in _by_core(residents)
        ],
    }


def _by_core(residents: Residents) -> list[Array]:
    """Of each core, its nodes; one that is cut is on several."""
    pairs = np.unique(np.stack([residents.core, residents.node]), axis=1)
    return np.split(pairs[1], np.flatnonzero(np.diff(pairs[0])) + 1)


def _ids(run: ReportInput, nodes: Array) -> Array:
    return nodes if run.graph_ids is None else run.graph_ids[nodes]


def _most(truth: Array, names: list[str]) -> str | None:
    """The class of most of the nodes, the first one if several."""
    known = truth[truth >= 0]
    return names[int(np.bincount(known).argmax())] if len(known) else None
