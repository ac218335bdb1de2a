"""Synaptic sums of the integer forward, whole numbers; gradients go straight through rounding.

The gradient of a sum is that of the current which it stands for. The first layer sums payloads,
the deeper ones spikes. What is compiled for a CPU has a plain PyTorch twin for any device.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.integer import kernels as integer_kernels
from neurograph.models.integer.payloads import PayloadBatch
from neurograph.models.integer.weights import RoundedLayer, Terms
from neurograph.models.layers import kernels
from neurograph.models.layers.aggregate import Family


def first_sums(
    weight: Tensor, bias: Tensor, batch: PayloadBatch, layer: RoundedLayer, family: Family
) -> Tensor:
    """Synaptic sums ``(B, T, rows, H)`` of payloads.

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
        add = products_gradient if gradient.device.type == "cpu" else products_gradient_plain
        products = add(gradient, batch, ctx.family).T
        g_weight = (products @ batch.payloads) / batch.scale
        if len(batch.means):
            g_weight += (products @ batch.means)[:, None] / batch.mean_scale
        inside = torch.from_numpy(layer.inside).to(gradient.device)
        return (g_weight * inside).to(ctx.weight), gradient.sum((0, 1, 2)), None, None, None


def products_gradient(gradient: Tensor, batch: PayloadBatch, family: Family) -> Tensor:
    """Float32 ``(M, 2 H)`` of ``(B, T, rows, H)``: of a product by the own weights, and by the
    neighbours'; CPU only.
    """
    out = gradient.new_zeros((len(batch.payloads), 2 * gradient.shape[3]))
    how = batch.where.numpy(), family.first, family.fanout
    kernels.slot_currents_gradient(gradient.contiguous().numpy(), *how, out.numpy())
    return out


def products_gradient_plain(gradient: Tensor, batch: PayloadBatch, family: Family) -> Tensor:
    """As `products_gradient`, by indexing; any device."""
    index, width = batch.where.long(), gradient.shape[3]
    out = gradient.new_zeros((len(batch.payloads), 2 * width))
    out[:, :width].index_add_(0, index[:, :, : family.rows].flatten(), gradient.flatten(0, 2))
    fanout = torch.as_tensor(family.fanout, device=gradient.device)
    shared = (gradient / fanout[:, None]).repeat_interleave(fanout, 2)
    out[:, width:].index_add_(0, index[:, :, 1:].flatten(), shared.flatten(0, 2))
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
            rows = _rows(terms.ranges[:, first] == low)
            inputs = beside[:, :, rows, which].reshape(-1, beside.shape[4])
            for n in range(low, high):
                total = torch.floor(inputs @ weight[n].T * float(terms.factor[n]))
                out[:, :, rows] += total.view(*beside.shape[:2], -1, out.shape[3])
    return out


def _rows(chosen: Array) -> slice | Tensor:
    """An index of the chosen rows; a slice where they follow each other: nothing is copied."""
    found = np.flatnonzero(chosen)
    together = slice(int(found[0]), int(found[-1]) + 1)
    return together if chosen[together].all() else torch.from_numpy(found)


def deeper_sums(
    weight: Tensor, bias: Tensor, beside: Tensor, layer: RoundedLayer, family: Family
) -> Tensor:
    """Synaptic sums ``(B, T, rows, H)`` of spikes.

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
            rows = _rows(fanout == k)
            part = gradient[:, :, rows]
            g_beside[:, :, rows, 1] = part @ held(weight)
            g_near += part.flatten(0, 2).T @ beside[:, :, rows, 1].flatten(0, 2) / k
        inside = torch.from_numpy(np.concatenate(np.split(layer.inside, 2), axis=1))
        g_weight = torch.cat([g_own, g_near], 1) * inside.to(beside.device)
        return g_weight, gradient.sum((0, 1, 2)), g_beside, None, None
