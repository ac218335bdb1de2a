"""The host's share of an inference: sample the neighbours, gather their features, round them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from neurograph.arrays import Array
from neurograph.engine import each
from neurograph.estimate import HostWork
from neurograph.feature_store import FeatureStore
from neurograph.graph import TemporalGraph
from neurograph.ir import QNetwork, QStream, Readout, encode
from neurograph.tree import TreeSpec, sample

ID, OFFSET, COUNT, FEATURE, WEIGHT = 4, 8, 4, 4, 2  # bytes, as graph and features are stored
BLOCK = 128  # targets gathered at once: one step of them stays in the cache


def inputs(
    graph: TemporalGraph, features: FeatureStore, tree: TreeSpec, nodes: Array, *, seed: int
) -> Array:
    """Features of every slot of every target's sampled tree.

    Returns:
        float32 ``(targets, steps, slots, features)``.
    """
    floats = _gather(graph, features, tree, nodes, seed, lambda x: {"x": np.asarray(x, np.float32)})
    return floats["x"]


def payloads(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    streams: Sequence[QStream],
    *,
    seed: int,
) -> dict[str, Array]:
    """What `ir.encode` makes of `inputs`, without the floats of all targets in memory.

    Args:
        streams: one of features, and perhaps the means of its rounding errors.

    Returns:
        Per stream, integers ``(targets, steps, slots, channels)``.
    """
    (carrying,) = (s.name for s in streams if not s.mean_of)
    return _gather(graph, features, tree, nodes, seed, lambda x: encode(streams, {carrying: x}))


def _gather(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    seed: int,
    kept: Callable[[Array], Mapping[str, Array]],
) -> dict[str, Array]:
    slots = sample(graph, nodes, tree, seed=seed)
    values, none = features.values, np.zeros((1, features.num_features), np.float32)
    gathered = {n: np.empty((*slots.shape, x.shape[-1]), x.dtype) for n, x in kept(none).items()}

    def gather(part: slice) -> None:
        for step in range(graph.num_steps):
            for name, x in kept(values[step][slots[part, step]]).items():
                gathered[name][part, step] = x

    for _ in each(gather, [slice(n, n + BLOCK) for n in range(0, len(nodes), BLOCK)]):
        pass
    return gathered


def work(network: QNetwork, tree: TreeSpec) -> tuple[HostWork, ...]:
    """What an inference costs the host, beside the arithmetic of the readout.

    Per snapshot, every slot that has draws looks up where its neighbours begin and how many they
    are, in G_t and in dG_t, and every draw reads a node id. Every feature is read and multiplied
    by its scale; where a stream carries the means of rounding errors, each error is one more
    subtraction and addition. Of a host readout, the 16-bit weights are read.
    """
    draws = tree.slots - 1
    parents = tree.slots - tree.hop_sizes[-1]
    lookup = (
        2 * OFFSET + 3 * COUNT
    )  # one list begins at an offset and ends at a count, one is cut out
    carrying = [s for s in network.streams if not s.mean_of and s.bits > 1]
    values = sum(s.rows * s.channels for s in carrying)
    followed = {s.mean_of for s in network.streams if s.mean_of}
    errors = sum(s.rows * s.channels for s in carrying if s.name in followed)
    weights = network.readout.weight.size if isinstance(network.readout, Readout) else 0
    steps = network.steps
    return (
        HostWork(task="sampling neighbours", macs=0, bytes=steps * (draws * ID + parents * lookup)),
        HostWork(
            task="features to payloads",
            macs=steps * (values + errors),
            bytes=steps * values * FEATURE,
        ),
        HostWork(task="readout", macs=0, bytes=weights * WEIGHT),
    )
