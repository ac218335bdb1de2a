"""The host's share of an inference: sample the neighbours, gather their features."""

from __future__ import annotations

import numpy as np

from neurograph.arrays import Array
from neurograph.engine import each
from neurograph.feature_store import FeatureStore
from neurograph.graph import TemporalGraph
from neurograph.tree import TreeSpec, sample

BLOCK = 128  # targets gathered at once


def inputs(
    graph: TemporalGraph, features: FeatureStore, tree: TreeSpec, nodes: Array, *, seed: int
) -> Array:
    """Features of every slot of every target's sampled tree.

    Returns:
        float32 ``(targets, steps, slots, features)``.
    """
    slots = sample(graph, nodes, tree, seed=seed)
    shape = (*slots.shape, features.num_features)
    gathered = np.empty(shape, np.float32)

    def gather(part: slice) -> None:
        for step in range(graph.num_steps):
            gathered[part, step] = features.values[step][slots[part, step]]

    for _ in each(gather, [slice(n, n + BLOCK) for n in range(0, len(nodes), BLOCK)]):
        pass
    return gathered
