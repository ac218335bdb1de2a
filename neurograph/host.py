"""The host's share of an inference: sample the neighbours, gather their features, round them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurograph.arrays import Array
from neurograph.engine import each
from neurograph.feature_store import FeatureStore
from neurograph.graph import TemporalGraph
from neurograph.ir import QStream
from neurograph.tree import TreeSpec, sample

BLOCK = 128  # targets gathered at once: one step of them stays in the cache


def inputs(
    graph: TemporalGraph, features: FeatureStore, tree: TreeSpec, nodes: Array, *, seed: int
) -> Array:
    """Features of every slot of every target's sampled tree.

    Returns:
        float32 ``(targets, steps, slots, features)``.
    """
    return _gather(graph, features, tree, nodes, seed, lambda x: np.asarray(x, np.float32))


def payloads(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    stream: QStream,
    *,
    seed: int,
) -> Array:
    """What ``stream.encode(inputs(...))`` gives, without the floats of all targets in memory.

    Returns:
        Integers ``(targets, steps, slots, features)``.
    """
    return _gather(graph, features, tree, nodes, seed, stream.encode)


def _gather(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    seed: int,
    kept: Callable[[Array], Array],
) -> Array:
    slots = sample(graph, nodes, tree, seed=seed)
    values, none = features.values, np.zeros((1, features.num_features), np.float32)
    gathered = np.empty((*slots.shape, features.num_features), kept(none).dtype)

    def gather(part: slice) -> None:
        for step in range(graph.num_steps):
            gathered[part, step] = kept(values[step][slots[part, step]])

    for _ in each(gather, [slice(n, n + BLOCK) for n in range(0, len(nodes), BLOCK)]):
        pass
    return gathered
