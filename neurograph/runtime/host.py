"""The host's share of an inference: sample the neighbours, gather their features, round them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.threads import each
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.ir import STREAM, QStream, encode

BLOCK = 128  # nodes gathered at once: one step of them stays in the cache


def inputs(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    *,
    seed: int,
    draw: int = 0,
) -> Array:
    """Features of every slot of every node's sampled tree.

    Args:
        seed, draw: of the trees, as `sample` takes them.

    Returns:
        float32 ``(nodes, steps, slots, features)``.
    """
    kept = lambda x: {STREAM: np.asarray(x, np.float32)}  # noqa: E731
    slots = sample(graph, nodes, tree, seed=seed, draw=draw)
    return _gather(features, slots, kept)[STREAM]


def payloads(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    streams: Sequence[QStream],
    *,
    seed: int,
) -> dict[str, Array]:
    """What `ir.encode` makes of `inputs`, without the floats of all nodes in memory.

    Args:
        streams: one of features, and perhaps the means of its rounding errors.

    Returns:
        Per stream, integers ``(nodes, steps, slots, channels)``.
    """
    (carrying,) = (s.name for s in streams if not s.mean_of)
    slots = sample(graph, nodes, tree, seed=seed)
    return _gather(features, slots, lambda x: encode(streams, {carrying: x}))


def _gather(
    features: FeatureStore, slots: Array, kept: Callable[[Array], Mapping[str, Array]]
) -> dict[str, Array]:
    values, none = features.values, np.zeros((1, features.num_features), np.float32)
    gathered = {n: np.empty((*slots.shape, x.shape[-1]), x.dtype) for n, x in kept(none).items()}

    def gather(part: slice) -> None:
        for step in range(slots.shape[1]):
            for name, x in kept(values[step][slots[part, step]]).items():
                gathered[name][part, step] = x

    for _ in each(gather, [slice(n, n + BLOCK) for n in range(0, len(slots), BLOCK)]):
        pass
    return gathered
