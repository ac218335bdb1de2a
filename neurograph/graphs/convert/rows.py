"""A graph as rows of edges and of nodes, in the words of its source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.convert.step_times import step_times
from neurograph.graphs.graph import PARTS, TemporalGraph


@dataclass(frozen=True, eq=False, kw_only=True)
class EdgeRows:
    """Each pair once per step in which it meets, sorted by step, then by node.

    Attributes:
        u, v: int64 ``(E,)``, indices of nodes, u below v.
        step: int64 ``(E,)``.
        time: ``(E,)``, the source's time of the step, a number or a text; the number of the step
            where the graph does not know it. None for a static graph.
        weight: ``(E,)``, int64 where all are whole, else float32; None where all count alike.
    """

    u: Array
    v: Array
    step: Array
    time: Array | None
    weight: Array | None

    @classmethod
    def of(cls, graph: TemporalGraph) -> EdgeRows:
        u, v, step, weight = graph.fresh.pairs()
        order = np.lexsort((v, u, step))
        u, v, step = (values[order].astype(np.int64) for values in (u, v, step))
        times = step_times(graph)
        if times is None and graph.num_steps > 1:
            times = np.arange(graph.num_steps)
        return cls(
            u=u,
            v=v,
            step=step,
            time=None if times is None else times[step],
            weight=None if weight is None else _shortest(weight[order]),
        )

    def columns(self, graph: TemporalGraph) -> dict[str, Array]:
        """source, target, and time and weight where there are any; nodes by their ids."""
        ids = graph.node_ids
        found: dict[str, Array] = {"source": ids[self.u], "target": ids[self.v]}
        optional = {"time": self.time, "weight": self.weight}
        return found | {name: x for name, x in optional.items() if x is not None}


def node_columns(graph: TemporalGraph) -> dict[str, Array]:
    """node, and label and part where the graph has any: objects of text, None for none."""
    found: dict[str, Array] = {"node": graph.node_ids}
    if graph.num_classes:
        found["label"] = _named(graph.labels, graph.label_names)
    if graph.part is not None:
        found["part"] = _named(graph.part, PARTS)
    return found


def _named(numbers: Array, names: tuple[str, ...]) -> Array:
    return np.array([*names, None], object)[numbers]  # -1, for none, is the last


def _shortest(weight: Array) -> Array:
    whole = (weight % 1 == 0).all() and (np.abs(weight) < 1 << 24).all()
    return weight.astype(np.int64) if whole else weight
