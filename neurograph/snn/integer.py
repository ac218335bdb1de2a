"""The forward pass of a SpikeNet in the integers of a scheme: spike for spike the reference.

The backward pass goes straight through every rounding: a sum counts as the current that it stands
for, a weight as what its mantissa holds, and a weight that the range of the mantissas clips gets
no gradient. Spikes have the surrogate gradient of the float model, at the membranes that these
currents make.

Each function has a compiled path for a CPU and a plain PyTorch one for any device.

Source: straight-through estimator: Bengio, Léonard and Courville, arXiv:1308.3432.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear

from neurograph.arrays import Array
from neurograph.ir import Readout, Scheme
from neurograph.snn import integer_kernels, kernels
from neurograph.snn.aggregate import Dropout, Family, no_dropout, self_and_sum
from neurograph.snn.integer_neuron import fire_integer
from neurograph.snn.payloads import PayloadBatch, load_payloads
from neurograph.snn.rounded import RoundedLayer, Terms, round_model
from neurograph.snn.spikenet import SpikeNet, SpikeNetConfig


@dataclass(frozen=True, eq=False)
class IntegerNet:
    """A model with its present weights rounded; gradients reach the model's own parameters.

    Attributes:
        scheme: by which it is rounded. layers, readout: in integers.
    """

    model: SpikeNet
    scheme: Scheme
    layers: tuple[RoundedLayer, ...]
    readout: Readout

    @classmethod
    def of(cls, model: SpikeNet, scheme: Scheme) -> IntegerNet:
        """Round `model` as it is now; to be called anew when its weights have changed.

        Raises:
            NetworkError, ModelError: see `round_model`.
        """
        return cls(model, scheme, *round_model(model, scheme))

    @property
    def config(self) -> SpikeNetConfig:
        return self.model.config

    def of_trees(self, values: Array, slots: Array, dropout: Dropout | None = None) -> list[Tensor]:
        """`spikes` of sampled trees, from the features of all nodes (see `load_batch`)."""
        batch = load_payloads(values, slots, self.scheme.streams).to(self.model.device)
        return self.spikes(batch, dropout)

    def spikes(self, batch: PayloadBatch, dropout: Dropout | None = None) -> list[Tensor]:
        """0 or 1, ``(B, T, rows, channels)`` per layer; `dropout` acts between layers."""
        dropout = dropout or no_dropout(len(batch.where))
        spikes: list[Tensor] = []
        for number, (layer, rounded) in enumerate(
            zip(self.model.spiking, self.layers, strict=True)
        ):
            family = self.model.families[number]
            if number == 0:
                sums = first_sums(layer.weight(0), layer.bias(), batch, rounded, family)
            else:
                beside = self_and_sum(spikes[-1], family, dropout.of_layer(number))
                sums = deeper_sums(layer.weight(1), layer.bias(), beside, rounded, family)
            neuron = layer.neuron
            spikes.append(fire_integer(sums, neuron.keep(), rounded, neuron.cell))
        return spikes

    def read_out(self, spikes: list[Tensor]) -> Tensor:
        """Float64 logits ``(B, classes)``: sums of whole multiples of a power of two, exact."""
        readout = self.model.readout
        weight = as_rounded(readout.weight, self.readout.weight)
        return linear(
            spikes[-1].flatten(1).double(), weight, as_rounded(readout.bias, self.readout.bias)
        )


def as_rounded(given: Tensor, rounded: Array) -> Tensor:
    """`rounded` in float64, with the gradient passed on to `given`."""
    held: Tensor = _AsRounded.apply(given, rounded)  # type: ignore[no-untyped-call]
    return held


class _AsRounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor, rounded: Array) -> Tensor:
        ctx.dtype = given.dtype
        return torch.tensor(rounded, dtype=torch.float64, device=given.device)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0].to(ctx.dtype), None


def first_sums(
    weight: Tensor, bias: Tensor, batch: PayloadBatch, layer: RoundedLayer, family: Family
) -> Tensor:
    """Synaptic sums ``(B, T, rows, H)`` of payloads, whole numbers; gradients: see the module.

    Args:
        weight: ``(2 H, F)`` in floats, own then neighbours', times gain. bias: ``(H,)``, for its
            gradient: a sum does not hold it.
    """
    sums: Tensor = _FirstSums.apply(weight, bias, batch, layer, family)  # type: ignore[no-untyped-call]
    return sums


class _FirstSums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        weight: Tensor,
        bias: Tensor,  # noqa: ARG004
        batch: PayloadBatch,
        layer: RoundedLayer,
        family: Family,
    ) -> Tensor:
        ctx.batch, ctx.layer, ctx.family = batch, layer, family
        ctx.weight = weight.dtype
        add = slot_sums if weight.device.type == "cpu" else slot_sums_plain
        return add(batch, layer, family)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        batch, layer = ctx.batch, ctx.layer
        gradient = gradient.to(batch.payloads.dtype)
        products = _products_gradient(gradient, batch, ctx.family).T
        g_weight = (products @ batch.payloads) / batch.scale
        if len(batch.means):
            g_weight += (products @ batch.means)[:, None] / batch.mean_scale
        inside = torch.from_numpy(layer.inside).to(gradient.device)
        return (g_weight * inside).to(ctx.weight), gradient.sum((0, 1, 2)), None, None, None


def _products_gradient(gradient: Tensor, batch: PayloadBatch, family: Family) -> Tensor:
    """Float32 ``(M, 2 H)``: of a product by the own weights, and by the neighbours'."""
    where, width = batch.where, gradient.shape[3]
    out = gradient.new_zeros((len(batch.payloads), 2 * width))
    if gradient.device.type == "cpu":
        how = where.numpy(), family.first, family.fanout
        kernels.slot_currents_gradient(gradient.contiguous().numpy(), *how, out.numpy())
        return out
    index = where.long()
    out[:, :width].index_add_(0, index[:, :, : family.rows].flatten(), gradient.flatten(0, 2))
    shared = gradient / torch.as_tensor(family.fanout, device=gradient.device)[:, None]
    children = shared.repeat_interleave(torch.as_tensor(family.fanout, device=gradient.device), 2)
    out[:, width:].index_add_(0, index[:, :, 1:].flatten(), children.flatten(0, 2))
    return out


def slot_sums(batch: PayloadBatch, layer: RoundedLayer, family: Family) -> Tensor:
    """Whole numbers ``(B, T, rows, H)``; CPU only."""
    terms, means, dtype = layer.inputs, layer.means, layer.dtype
    weight = torch.from_numpy(terms.weight.astype(dtype)).flatten(0, 1)
    products = (batch.payloads.to(weight.dtype) @ weight.T).numpy()
    width = terms.weight.shape[1]
    out = np.empty((*batch.where.shape[:2], family.rows, width), dtype)
    of_means = means.weight[:, :, 0].astype(dtype), means.factor.astype(dtype), means.ranges
    integer_kernels.slot_sums(
        products,
        (terms.factor.astype(dtype), terms.ranges),
        batch.means.numpy().astype(dtype, copy=False),
        of_means,
        batch.where.numpy(),
        (family.first, family.fanout),
        out,
    )
    return torch.from_numpy(out)


def slot_sums_plain(batch: PayloadBatch, layer: RoundedLayer, family: Family) -> Tensor:
    """As `slot_sums`, by indexing, in float64."""
    index = batch.where.long()
    sums = _terms_plain(batch.payloads[index].double(), layer.inputs, family)
    if len(layer.means.factor):
        sums = sums + _terms_plain(batch.means[index][..., None].double(), layer.means, family)
    return sums


def _terms_plain(below: Tensor, terms: Terms, family: Family) -> Tensor:
    """Sums ``(B, T, rows, H)`` of inputs ``(B, T, rows below, C)``."""
    own = below[:, :, : family.rows]
    return row_sums(torch.stack([own, family.sum(below)], dim=3), terms)


def row_sums(beside: Tensor, terms: Terms) -> Tensor:
    """Sums ``(B, T, rows, H)`` of a row's own inputs beside the sum of its draws'.

    Args:
        beside: ``(B, T, rows, 2, C)``, in the dtype of the sums.
    """
    out = beside.new_zeros((*beside.shape[:3], terms.weight.shape[1]))
    weight = torch.as_tensor(terms.weight, dtype=beside.dtype, device=beside.device)
    for which, (first, last) in enumerate(((0, 1), (2, 3))):
        for low, high in np.unique(terms.ranges[:, [first, last]], axis=0).tolist():
            rows = torch.from_numpy(np.flatnonzero(terms.ranges[:, first] == low))
            inputs = beside[:, :, rows, which]
            for n in range(low, high):
                out[:, :, rows] += torch.floor(inputs @ weight[n].T * float(terms.factor[n]))
    return out


def deeper_sums(
    weight: Tensor, bias: Tensor, beside: Tensor, layer: RoundedLayer, family: Family
) -> Tensor:
    """Synaptic sums ``(B, T, rows, H)`` of spikes, whole numbers; gradients: see the module.

    Args:
        weight: ``(H, 2 C)`` in floats, own then neighbours', times gain. bias: as of `first_sums`.
        beside: ``(B, T, rows, 2, C)``, see `self_and_sum`.
    """
    sums: Tensor = _DeeperSums.apply(weight, bias, beside, layer, family)  # type: ignore[no-untyped-call]
    return sums


class _DeeperSums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        weight: Tensor,  # noqa: ARG004
        bias: Tensor,  # noqa: ARG004
        beside: Tensor,
        layer: RoundedLayer,
        family: Family,
    ) -> Tensor:
        ctx.save_for_backward(beside)
        ctx.layer, ctx.family = layer, family
        exact = torch.float32 if layer.dtype == np.float32 else torch.float64
        return row_sums(beside.to(exact), layer.inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        (beside,) = ctx.saved_tensors
        layer, fanout = ctx.layer, ctx.family.fanout
        gradient = gradient.to(beside.dtype)

        def held(weight: Array) -> Tensor:
            return torch.as_tensor(weight, dtype=beside.dtype, device=beside.device)

        g_beside = torch.empty_like(beside)
        g_beside[..., 0, :] = gradient @ held(layer.own)
        g_own = gradient.flatten(0, 2).T @ beside[..., 0, :].flatten(0, 2)
        g_near = torch.zeros_like(g_own)
        for k, weight in layer.neighbours.items():
            rows = torch.from_numpy(np.flatnonzero(fanout == k))
            part = gradient[:, :, rows]
            g_beside[:, :, rows, 1] = part @ held(weight)
            g_near += part.flatten(0, 2).T @ beside[:, :, rows, 1].flatten(0, 2) / k
        inside = torch.from_numpy(np.concatenate(np.split(layer.inside, 2), axis=1))
        g_weight = torch.cat([g_own, g_near], 1) * inside.to(beside.device)
        return g_weight, gradient.sum((0, 1, 2)), g_beside, None, None
