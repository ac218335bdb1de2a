"""The integer forward in plain PyTorch: what `compiled` computes, under the same names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import QStream
from neurograph.models.integer.payloads import PayloadBatch, feature_streams
from neurograph.models.integer.terms import row_sums
from neurograph.models.integer.weights import RoundedLayer, Terms, decoding
from neurograph.models.layers import plain
from neurograph.models.layers.batch import Batch
from neurograph.models.layers.neighbour_groups import NeighbourGroups
from neurograph.models.layers.neurons.cell import Cell


def encode_batch(batch: Batch, streams: Sequence[QStream]) -> PayloadBatch:
    """Payloads of a batch on a CPU, by the streams themselves.

    Args:
        batch: left as it is.
        streams: that of the features, and perhaps that of the means of its rounding errors.
    """
    stream, mean = feature_streams(streams)
    features = batch.features.numpy()
    means = np.empty(0) if mean is None else mean.encode_mean(features, stream)[:, 0]
    payloads, of_means = (
        torch.from_numpy(x.astype(np.float32)) for x in (stream.encode(features), means)
    )
    return PayloadBatch.of(payloads, of_means, batch.where, streams)


def slot_sums(batch: PayloadBatch, layer: RoundedLayer) -> Tensor:
    """Synaptic sums of payloads: whole numbers ``(nodes, T, rows, H)`` in float64; by indexing."""
    index = batch.where.long()
    sums = _sums_of(batch.payloads[index].double(), layer.inputs, layer.groups)
    if len(layer.means.factor):
        sums = sums + _sums_of(batch.means[index][..., None].double(), layer.means, layer.groups)
    return sums


def _sums_of(below: Tensor, terms: Terms, groups: NeighbourGroups) -> Tensor:
    """Sums ``(nodes, T, rows, H)`` of inputs ``(nodes, T, rows below, C)``."""
    own_inputs = below[:, :, : groups.rows]
    return row_sums(torch.stack([own_inputs, groups.sum(below)], dim=3), terms)


def products_gradient(gradient: Tensor, batch: PayloadBatch, groups: NeighbourGroups) -> Tensor:
    """Gradient of the products, as `compiled` has it; by indexing."""
    index, width = batch.where.long(), gradient.shape[3]
    out = gradient.new_zeros((len(batch.payloads), 2 * width))
    out[:, :width].index_add_(0, index[:, :, : groups.rows].flatten(), gradient.flatten(0, 2))
    fanout = torch.as_tensor(groups.fanout, device=gradient.device)
    shared = (gradient / fanout[:, None]).repeat_interleave(fanout, 2)
    out[:, width:].index_add_(0, index[:, :, 1:].flatten(), shared.flatten(0, 2))
    return out


def fire(sums: Tensor, layer: RoundedLayer) -> tuple[Tensor, Tensor]:
    """Spikes and currents as `compiled` has them, step after step in int64.

    Any reset. The sums are left as they are.
    """
    population, soft = layer.population, layer.population.neuron.soft_reset

    def held(numbers: Array) -> Tensor:
        return torch.as_tensor(numbers, device=sums.device)

    bias, theta, jump = (
        held(x) for x in (population.bias, population.theta, population.theta_step)
    )
    v = torch.zeros_like(sums[:, 0], dtype=torch.int64)
    half, period = 1 << (fx.STATE_BITS - 1), 1 << fx.STATE_BITS
    spikes = []
    for step in sums.unbind(1):
        u = step.long() << population.neuron.guard_bits
        u = torch.where(u > half, u - period, torch.where(u <= -half, u + period, u))
        left = torch.sign(v) * (v.abs() * layer.keep_v >> 12)
        v = (left + u + bias).clamp(-fx.STATE_MAX, fx.STATE_MAX)
        fired = v > theta
        v = torch.where(fired, v - theta if soft else 0, v)
        theta = (theta * layer.keep_theta >> 12) + torch.where(fired, jump, 0)
        spikes.append(fired)
    unit, offset = (held(x) for x in decoding(layer))
    return torch.stack(spikes, 1).float(), (sums * unit + offset).float()


def fire_gradient(
    current: Tensor, spikes: Tensor, keep: Tensor, cell: Cell, gradient: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of `current` and `keep` at spikes that are given; by autograd, any cell."""
    with torch.enable_grad():
        inputs = current.detach().requires_grad_(), keep.detach().requires_grad_()
        replayed = plain.fire(*inputs, cell, spikes)
        g_current, g_keep = torch.autograd.grad(replayed, inputs, gradient)
    return g_current, g_keep
