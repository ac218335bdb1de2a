"""The host's share of an inference: sample the neighbours, gather what they send, round it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.threads import each
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.label_spikes import as_spikes, sent_labels
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.ir import LABEL_STREAM, STREAM, QStream, encode

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
    return _features(features, sample(graph, nodes, tree, seed=seed, draw=draw))


def inputs_of_streams(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    *,
    labels: Array | None = None,
    seed: int,
    draw: int = 0,
) -> dict[str, Array]:
    """What every slot of every node's sampled tree sends, by stream.

    Args:
        labels: those that are in, as `label_spikes.labels_in` gives them; None: none are heard.
        seed, draw: of the trees, as `sample` takes them.

    Returns:
        float32 ``(nodes, steps, slots, channels)``: `STREAM`, where there are features, and
        `LABEL_STREAM`, where labels are heard.
    """
    slots = sample(graph, nodes, tree, seed=seed, draw=draw)
    given = {STREAM: _features(features, slots)} if features.num_features else {}
    if labels is not None:
        sent = sent_labels(slots, tree, labels)
        given[LABEL_STREAM] = as_spikes(sent, graph.num_classes)
    return given


def inputs_of_graph(
    graph: TemporalGraph, features: FeatureStore, *, labels: Array | None = None
) -> dict[str, Array]:
    """What every node of a graph sends, by stream, where all of them run at once.

    Args:
        labels: those that are in, as `label_spikes.labels_in` gives them; None: none are heard.

    Returns:
        float32 ``(N, steps, 1, channels)``, streams as of `inputs_of_streams`.
    """
    given = {}
    if features.num_features:
        by_node = np.asarray(features.values, np.float32).swapaxes(0, 1)
        given[STREAM] = np.ascontiguousarray(by_node)[:, :, None]
    if labels is not None:
        sent = as_spikes(labels, graph.num_classes)[:, None, None]
        given[LABEL_STREAM] = np.repeat(sent, graph.num_steps, axis=1)
    return given


def payloads(
    graph: TemporalGraph,
    features: FeatureStore,
    tree: TreeSpec,
    nodes: Array,
    streams: Sequence[QStream],
    *,
    labels: Array | None = None,
    seed: int,
) -> dict[str, Array]:
    """What `ir.encode` makes of the inputs, without the floats of all nodes in memory.

    Args:
        streams: one of features, and perhaps the means of its rounding errors; and one of labels.
        labels: those that are in, where labels are heard.

    Returns:
        Per stream, integers ``(nodes, steps, slots, channels)``.
    """
    slots = sample(graph, nodes, tree, seed=seed)
    of_features = [s for s in streams if s.name != LABEL_STREAM]
    found = {}
    if of_features:
        found = _gather(features, slots, lambda x: encode(of_features, {STREAM: x}))
    if labels is not None:
        sent = sent_labels(slots, tree, labels)
        found[LABEL_STREAM] = as_spikes(sent, graph.num_classes, np.int8)
    return found


def _features(features: FeatureStore, slots: Array) -> Array:
    return _gather(features, slots, lambda x: {STREAM: np.asarray(x, np.float32)})[STREAM]


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
