"""Inference of the float model: logits, and every spike."""

from __future__ import annotations

import numpy as np
import torch

from neurograph.arrays import Array
from neurograph.feature_store import FeatureStore
from neurograph.graph import TemporalGraph
from neurograph.snn.batch import load_batch
from neurograph.snn.checkpoint import Checkpoint
from neurograph.snn.spikenet import SpikeNet
from neurograph.tree import sample

SLICE = 256  # targets at once: what they need stays in the cache of a CPU


def predict(
    checkpoint: Checkpoint,
    graph: TemporalGraph,
    features: FeatureStore,
    nodes: Array,
    *,
    seed: int,
    draw: int = 0,
) -> Array:
    """Float32 logits ``(nodes, classes)`` on the trees drawn by `tree.sample`."""
    features.check_matches(graph)
    model, tree = checkpoint.restore(), checkpoint.config.tree
    slots = sample(graph, nodes, tree, seed=seed, draw=draw)
    return infer(model, features.values, slots)[0]


def infer(model: SpikeNet, values: Array, slots: Array) -> tuple[Array, list[float]]:
    """Logits ``(B, classes)`` of sampled trees and the firing rate of each layer; no dropout."""
    device = model.readout.weight.device
    logits = [np.zeros((0, model.config.classes), np.float32)]
    rates = np.zeros(len(model.spiking))
    with torch.no_grad():
        for part in _parts(slots):
            spikes = model.spikes(load_batch(values, part).to(device))
            logits.append(model.read_out(spikes).cpu().numpy())
            rates += [float(s.mean()) * len(part) / len(slots) for s in spikes]
    return np.concatenate(logits), rates.tolist()


def spikes_of(
    checkpoint: Checkpoint, features: FeatureStore, slots: Array, *, double: bool = False
) -> tuple[dict[str, Array], Array]:
    """Every spike and logit of the float model.

    Args:
        slots: int32 ``(B, T, slots)`` node ids. double: compute in float64 instead of float32.

    Returns:
        Per population of `capture`'s network, bool ``(B, T, rows, channels)``; and the logits
        ``(B, classes)``.
    """
    model = checkpoint.restore()
    if double:
        model = model.double()
    spikes: dict[str, list[Array]] = {}
    logits = []
    with torch.no_grad():
        for part in _parts(slots):
            batch = load_batch(features.values, part)
            fired = model.spikes(batch.double() if double else batch)
            for number, layer in enumerate(fired, 1):
                spikes.setdefault(f"h{number}", []).append(layer.numpy() > 0)
            logits.append(model.read_out(fired).numpy())
    return {name: np.concatenate(parts) for name, parts in spikes.items()}, np.concatenate(logits)


def _parts(array: Array) -> list[Array]:
    return [array[start : start + SLICE] for start in range(0, len(array), SLICE)]
