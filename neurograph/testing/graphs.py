"""Small random graphs with features, for tests of sampling and training."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph, TimedNeighbours


def random_graph(
    rng: np.random.Generator | None = None,
    *,
    nodes: int = 60,
    steps: int = 4,
    classes: int = 3,
    features: int = 5,
    edges: int = 150,
    dtype: type[np.floating] = np.float32,
) -> tuple[TemporalGraph, FeatureStore]:
    """A graph whose features reveal the classes, with repeated contacts; the last node is isolated.

    Labels go round: node v has class ``v % classes``. Without `rng`, the graph is always the same.
    """
    rng = np.random.default_rng(2) if rng is None else rng
    ends = np.sort(rng.integers(0, nodes - 1, (edges, 2)), axis=1)
    ends = ends[ends[:, 0] != ends[:, 1]]
    when = np.sort(rng.integers(0, steps, len(ends)))
    again = np.unique(np.column_stack([ends, when]), axis=0)
    once = again[np.unique(again[:, :2], axis=0, return_index=True)[1]]
    labels = np.arange(nodes) % classes
    graph = TemporalGraph(
        cumulative=_lists(once, nodes, steps),
        fresh=_lists(again, nodes, steps),
        labels=labels,
        label_names=tuple(f"class{c}" for c in range(classes)),
        meta={"name": "random", "generated": True},
    )
    centres = rng.normal(size=(classes, features))
    values = centres[labels] + rng.normal(size=(steps, nodes, features))
    meta = {"method": "random", "graph_sha256": graph.sha256, "sha256": f"random-{features}"}
    return graph, FeatureStore(values=values.astype(dtype), meta=meta)


def _lists(pairs: Array, nodes: int, steps: int) -> TimedNeighbours:
    u, v, step = pairs.T
    return TimedNeighbours.from_pairs(u, v, step, nodes, steps)
