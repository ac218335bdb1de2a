"""The integer forward by the compiled loops of `kernels`; on a CPU.

`plain` has the same functions under the same names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from neurograph.ir import QStream
from neurograph.ir.payloads import FINE
from neurograph.models.integer import kernels as integer_kernels
from neurograph.models.integer.payloads import PayloadBatch, feature_streams
from neurograph.models.integer.weights import RoundedLayer, decoding
from neurograph.models.layers import kernels
from neurograph.models.layers.batch import Batch
from neurograph.models.layers.neighbour_groups import NeighbourGroups
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES


def encode_batch(batch: Batch, streams: Sequence[QStream]) -> PayloadBatch:
    """Payloads of a batch on a CPU, whose features are overwritten.

    Args:
        streams: that of the features, and perhaps that of the means of its rounding errors.
    """
    stream, mean = feature_streams(streams)
    features = batch.features.numpy()
    real = np.float32
    scale, low, high = real(stream.scale), real(stream.payload_min), real(stream.payload_max)
    means = np.empty(0 if mean is None else len(features), real)
    if mean is None:
        integer_kernels.encode(features, scale, low, high)
    else:
        unit = 2.0 * mean.payload_max / (FINE * stream.channels)
        integer_kernels.encode_with_means(features, scale, low, high, unit, means)
    return PayloadBatch.of(batch.features, torch.from_numpy(means), batch.where, streams)


def slot_sums(batch: PayloadBatch, layer: RoundedLayer) -> Tensor:
    """Synaptic sums of payloads: whole numbers ``(nodes, T, rows, H)`` in the layer's dtype."""
    terms, means, groups, dtype = layer.inputs, layer.means, layer.groups, layer.dtype
    weight = torch.from_numpy(terms.weight.astype(dtype)).flatten(0, 1)
    products = (batch.payloads.to(weight.dtype) @ weight.T).numpy()
    width = terms.weight.shape[1]
    out = np.empty((*batch.where.shape[:2], groups.rows, width), dtype)
    of_means = means.weight[:, :, 0].astype(dtype), means.factor.astype(dtype), means.ranges
    integer_kernels.slot_sums(
        products,
        (terms.factor.astype(dtype), terms.ranges),
        batch.means.numpy().astype(dtype, copy=False),
        of_means,
        batch.where.numpy(),
        (groups.first, groups.fanout),
        out,
    )
    return torch.from_numpy(out)


def products_gradient(gradient: Tensor, batch: PayloadBatch, groups: NeighbourGroups) -> Tensor:
    """Gradient of the products by the self weights and by the neighbours'.

    Args:
        gradient: of the sums, float32 ``(nodes, T, rows, H)``.
        batch: whose nodes are multiplied.
        groups: the neighbours of every row.

    Returns:
        Float32 ``(M, 2 H)``.
    """
    out = gradient.new_zeros((len(batch.payloads), 2 * gradient.shape[3]))
    kernels.slot_currents_gradient(
        gradient.contiguous().numpy(),
        batch.where.numpy(),
        groups.first,
        groups.fanout,
        out.numpy(),
    )
    return out


def fire(sums: Tensor, layer: RoundedLayer) -> tuple[Tensor, Tensor]:
    """Float32 spikes, and the float32 currents (biases included) that the sums stand for.

    Hard resets only. The sums are overwritten.
    """
    spikes = torch.empty(sums.shape)
    flat = (*sums.shape[:2], -1)
    population, rows = layer.population, sums.shape[2]
    numbers = (population.bias, population.theta, population.theta_step)
    neurons = tuple(np.tile(x, rows).astype(np.float64) for x in numbers)
    decode = tuple(np.tile(x, rows).astype(sums.numpy().dtype) for x in decoding(layer))
    rule = layer.keep_v, layer.keep_theta, population.neuron.guard_bits
    given = sums.numpy().reshape(flat)
    integer_kernels.fire(given, neurons, rule, decode, spikes.numpy().reshape(flat))
    return spikes, sums.to(torch.float32)


def fire_gradient(
    current: Tensor, spikes: Tensor, keep: Tensor, cell: Cell, gradient: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of `current` and `keep` at spikes that are given; of `compiled` cells only."""
    out, g_keep = torch.empty_like(current), np.empty(len(current), np.float32)
    flat = (current.shape[0], current.shape[1], -1)
    arrays = (x.numpy().reshape(flat) for x in (current, spikes, gradient, out))
    currents, fired, g_spikes, g_current = arrays
    real = np.float32
    scalars = real(keep.item()), (real(cell.threshold), real(cell.hold), real(cell.jump))
    surrogate = SURROGATES[cell.surrogate][1], real(cell.alpha)
    kernels.fire_gradient(currents, fired, *scalars, surrogate, g_spikes, g_current, g_keep)
    return out, torch.as_tensor(g_keep.sum()).to(keep)
