"""Inference: logits, and every spike; in integers where the model was trained in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.label_spikes import sent_labels
from neurograph.graphs.sampling import sample
from neurograph.models.checkpoint import Checkpoint
from neurograph.models.config import ModelConfig
from neurograph.models.layers.batch import AT_ONCE
from neurograph.models.layers.dropout import Dropout


def predict(
    checkpoint: Checkpoint,
    graph: TemporalGraph,
    features: FeatureStore,
    nodes: Array,
    *,
    seed: int,
    draw: int = 0,
    labels: Array | None = None,
) -> Array:
    """Logits ``(nodes, classes)`` on the trees drawn by `sampling.sample`.

    Float32 of a float model; exact, in float64, of one that was trained in integers.

    Args:
        labels: those that are in, from `label_spikes.labels_in`; of a model that hears labels.
    """
    features.check_matches(graph)
    checkpoint = checkpoint.with_steps(graph.num_steps)
    slots = sample(graph, nodes, checkpoint.config.tree, seed=seed, draw=draw)
    sent = None if labels is None else sent_labels(slots, checkpoint.config.tree, labels)
    return infer(forward(checkpoint), features.values, slots, sent)[0]


class Forward(Protocol):
    """A model that can be run: in floats, or in integers."""

    @property
    def config(self) -> ModelConfig: ...
    def of_trees(
        self,
        values: Array,
        slots: Array,
        dropout: Dropout | None = None,
        labels: Array | None = None,
        /,
    ) -> list[Tensor]: ...
    def read_out(self, activations: list[Tensor], /) -> Tensor: ...
    def rates(self, activations: list[Tensor], /) -> list[float]: ...
    def spikes_of_trees(
        self, values: Array, slots: Array, labels: Array | None = None, /
    ) -> tuple[list[Tensor], list[Tensor]]: ...


def forward(checkpoint: Checkpoint, *, double: bool = False) -> Forward:
    """The model as it is to be run: in floats, or in the integers of its scheme.

    Args:
        double: compute floats in float64 instead of float32; integers are exact.

    Raises:
        ModelError: the weights are of another model.
        NetworkError: the scheme is of another model, or a weight is not finite.
    """
    model = checkpoint.restore()
    if checkpoint.scheme is not None:
        return model.in_integers(checkpoint.scheme)
    return model.double() if double else model


def infer(
    model: Forward, values: Array, slots: Array, labels: Array | None = None
) -> tuple[Array, list[float]]:
    """Logits ``(nodes, classes)`` of sampled trees and the firing rate of each layer; no dropout.

    Of a layer without spikes, the rate is the share of values that are not 0.

    Args:
        labels: of the slots, from `label_spikes.sent_labels`; of a model that hears labels.
    """
    logits = [np.zeros((0, model.config.classes), np.float32)]
    rates: list[list[float]] = []
    with torch.no_grad():
        for part, sent in _parts(slots, labels):
            spikes = model.of_trees(values, part, None, sent)
            logits.append(model.read_out(spikes).cpu().numpy())
            rates.append([rate * len(part) for rate in model.rates(spikes)])
    of_layers = (np.sum(rates, axis=0) / len(slots)).tolist() if rates else []
    return np.concatenate(logits), of_layers


def spikes_of(
    checkpoint: Checkpoint,
    features: FeatureStore,
    slots: Array,
    *,
    labels: Array | None = None,
    double: bool = False,
) -> tuple[dict[str, Array], Array]:
    """Every spike and logit of the model as it is to be run.

    Args:
        slots: int32 ``(nodes, T, slots)`` ids.
        labels: of the slots, see `infer`.
        double: see `forward`.

    Returns:
        Per population of `capture`'s network, bool ``(nodes, updates, rows, channels)``; and the
        logits ``(nodes, classes)``.
    """
    model = forward(checkpoint, double=double)
    spikes: dict[str, list[Array]] = {}
    logits = []
    with torch.no_grad():
        for part, sent in _parts(slots, labels):
            fired, activations = model.spikes_of_trees(features.values, part, sent)
            for number, layer in enumerate(fired, 1):
                spikes.setdefault(f"h{number}", []).append(layer.numpy())
            logits.append(model.read_out(activations).numpy())
    return {name: np.concatenate(parts) for name, parts in spikes.items()}, np.concatenate(logits)


def _parts(slots: Array, labels: Array | None) -> Iterator[tuple[Array, Array | None]]:
    """As many trees as are computed at once, and the labels of their slots."""
    for start in range(0, len(slots), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        yield slots[part], None if labels is None else labels[part]
