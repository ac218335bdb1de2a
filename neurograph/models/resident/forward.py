"""A SpikeNet over all nodes of a graph at once.

The same spikes as its resident network, whose relays only pass on what is summed here. What
training drops out is whole channels of a layer, in all nodes alike, which are then not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.models.resident import kernels
from neurograph.models.resident.edges import heard_alone, own_and_heard
from neurograph.models.resident.fire import fire
from neurograph.models.resident.whole import Whole
from neurograph.models.spikenet.model import Layer, SpikeNet

Kept = Tensor | None  # int64, channels of a layer that are not dropped; None: all


def activations(
    model: SpikeNet,
    whole: Whole,
    labels: Array | None,
    kept: Sequence[Kept] = (),
    *,
    fired: Sequence[Array] = (),
) -> list[Tensor]:
    """Spikes, 0 or 1 ``(rows, channels)`` per layer.

    Args:
        labels: int ``(N,)``, those that are in, from `label_spikes.labels_in`; of a model that
            hears labels.
        kept: per layer; default: nothing is dropped. A layer has its kept channels alone.
        fired: per layer, spikes that are taken in place of its own, see `fire`; default: its own.

    Raises:
        ModelError: labels for a model that hears none, or none for one that does.
    """
    if (whole.labels is None) is not (labels is None):
        needed = "no labels" if whole.labels is None else "the labels that are in"
        raise ModelError(f"model {model.config.name}: needed {needed}, see label_spikes.labels_in")
    of_layers = [*kept, *[None] * (len(model.spiking) - len(kept))]
    spikes: list[Tensor] = []
    for number, layer in enumerate(model.spiking):
        mine = of_layers[number]
        if number:
            share = _scale(of_layers[number - 1], model.spiking[number - 1])
            current = _of_layer(layer, spikes[-1], whole, share, of_layers[number - 1], mine)
        else:
            current = _first(model, whole, labels, mine)
        again = None
        if number + 1 == len(model.spiking) and "recurrence" in model.extra:
            again = model.extra_weight("recurrence"), whole.mean
        neuron, given = layer.neuron, fired[number] if fired else None
        spikes.append(fire(current, neuron.keep(), neuron.cell, whole.rows, again, spikes=given))
    return spikes


def read_out(model: SpikeNet, whole: Whole, spikes: Tensor, nodes: Array) -> Tensor:
    """Logits ``(nodes, classes)`` of the last layer's spikes ``(rows, channels)``."""
    logits: Tensor = model.readout(of_nodes(spikes, whole.rows.index(nodes)).flatten(1))
    return logits


def of_nodes(values: Tensor, index: Array) -> Tensor:
    """``(nodes, T, channels)`` of rows, where `index` ``(nodes, T)`` says, with its gradient."""
    found: Tensor = _OfNodes.apply(values, index)  # type: ignore[no-untyped-call]
    return found


class _OfNodes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, index: Array) -> Tensor:
        ctx.index, ctx.shape = index, values.shape
        out = values.new_empty((*index.shape, values.shape[1]))
        kernels.copy_rows(values.detach().numpy(), index, out.numpy())
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        out = gradients[0].new_zeros(ctx.shape)
        kernels.copy_rows_gradient(gradients[0].contiguous().numpy(), ctx.index, out.numpy())
        return out, None


def _first(model: SpikeNet, whole: Whole, labels: Array | None, mine: Kept) -> Tensor:
    """Currents of the first layer: by features, and by labels."""
    heard = _heard(model, whole, labels)
    if whole.features is None:
        assert heard is not None  # else it hears nothing
        return linear(heard, *_of_labels(model, mine))
    current = _of_features(model, whole, whole.features, mine)
    return current if heard is None else current + linear(heard, _of_labels(model, mine)[0])


def _of_features(model: SpikeNet, whole: Whole, features: Tensor, mine: Kept) -> Tensor:
    """Currents by features alone, of one hop or of those that they travel before."""
    layer = model.spiking[0]
    given = features.to(layer.own.bias.dtype)
    if not model.config.feature_hops:
        return _of_layer(layer, given, whole, layer.input_gain, None, mine)
    sent = linear(given, _chosen(model.extra_weight("features"), mine))
    for _ in range(model.config.feature_hops):
        sent = heard_alone(sent, whole.mean)
    return sent + _chosen(layer.bias(), mine)


def _heard(model: SpikeNet, whole: Whole, labels: Array | None) -> Tensor | None:
    if whole.labels is None or labels is None:
        return None
    double = model.readout.weight.dtype == torch.float64
    return torch.from_numpy(whole.labels.heard(labels, np.float64 if double else np.float32))


def _of_labels(model: SpikeNet, mine: Kept) -> tuple[Tensor, Tensor]:
    """Weight by which the first layer hears labels, and its bias."""
    return _chosen(model.extra_weight("labels"), mine), _chosen(model.spiking[0].bias(), mine)


def _of_layer(
    layer: Layer, inputs: Tensor, whole: Whole, scale: float, below: Kept, mine: Kept
) -> Tensor:
    """Currents ``(rows, channels)``: a row's own inputs, and its neighbours'."""
    parts = (_chosen(_chosen(of.weight, mine), below, 1) for of in (layer.own, layer.neighbours))
    weight = torch.cat([*parts]) * (layer.gain() * scale)
    bias = _chosen(layer.bias(), mine)
    products = linear(inputs, weight, torch.cat([bias, torch.zeros_like(bias)]))
    return own_and_heard(products, whole.mean)


def _chosen(weight: Tensor, kept: Kept, dim: int = 0) -> Tensor:
    return weight if kept is None else weight.index_select(dim, kept)


def _scale(kept: Kept, layer: Layer) -> float:
    """By which the kept channels stand for all."""
    return 1.0 if kept is None else layer.own.out_features / len(kept)
