"""Synaptic sums of the integer forward, whole numbers; gradients go straight through rounding.

The gradient of a sum is that of the current which it stands for. The first layer sums payloads,
the deeper ones spikes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.integer import compiled, plain
from neurograph.models.integer.payloads import PayloadBatch
from neurograph.models.integer.terms import row_sums, rows_where
from neurograph.models.integer.weights import RoundedLayer
from neurograph.models.layers.device import in_compiled_loops


def first_sums(weight: Tensor, bias: Tensor, batch: PayloadBatch, layer: RoundedLayer) -> Tensor:
    """Synaptic sums ``(nodes, T, rows, H)`` of payloads.

    Args:
        weight: ``(2 H, F)`` in floats, self weights then neighbours', times gain.
        bias: ``(H,)``, for its gradient: a sum does not hold it.
        batch: the payloads.
        layer: the weights in integers.
    """
    sums: Tensor = _FirstSums.apply(weight, bias, batch, layer)  # type: ignore[no-untyped-call]
    return sums


class _FirstSums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        weight: Tensor,
        bias: Tensor,  # noqa: ARG004
        batch: PayloadBatch,
        layer: RoundedLayer,
    ) -> Tensor:
        ctx.batch, ctx.layer = batch, layer
        ctx.weight = weight.dtype
        add = compiled.slot_sums if in_compiled_loops(weight) else plain.slot_sums
        return add(batch, layer)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        batch, layer = ctx.batch, ctx.layer
        gradient = gradient.to(batch.payloads.dtype)
        fast = in_compiled_loops(gradient)
        add = compiled.products_gradient if fast else plain.products_gradient
        products = add(gradient, batch, layer.groups).T
        g_weight = (products @ batch.payloads) / batch.scale
        if len(batch.means):
            g_weight += (products @ batch.means)[:, None] / batch.mean_scale
        inside = torch.from_numpy(layer.inside).to(gradient.device)
        return (g_weight * inside).to(ctx.weight), gradient.sum((0, 1, 2)), None, None


def deeper_sums(
    weight: Tensor, bias: Tensor, self_and_neighbours: Tensor, layer: RoundedLayer
) -> Tensor:
    """Synaptic sums ``(nodes, T, rows, H)`` of spikes.

    Args:
        weight: ``(H, 2 C)`` in floats, self weights then neighbours', times gain.
        bias: as of `first_sums`.
        self_and_neighbours: ``(nodes, T, rows, 2, C)``, see `self_and_sum`.
        layer: the weights in integers.
    """
    sums: Tensor = _DeeperSums.apply(weight, bias, self_and_neighbours, layer)  # type: ignore[no-untyped-call]
    return sums


class _DeeperSums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        weight: Tensor,  # noqa: ARG004
        bias: Tensor,  # noqa: ARG004
        self_and_neighbours: Tensor,
        layer: RoundedLayer,
    ) -> Tensor:
        ctx.save_for_backward(self_and_neighbours)
        ctx.layer = layer
        exact = torch.float32 if layer.dtype == np.float32 else torch.float64
        return row_sums(self_and_neighbours.to(exact), layer.inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        (inputs,) = ctx.saved_tensors
        layer = ctx.layer
        gradient = gradient.to(inputs.dtype)

        def held(weight: Array) -> Tensor:
            return torch.as_tensor(weight, dtype=inputs.dtype, device=inputs.device)

        g_inputs = torch.empty_like(inputs)
        g_inputs[..., 0, :] = gradient @ held(layer.self_weight)
        g_self = gradient.flatten(0, 2).T @ inputs[..., 0, :].flatten(0, 2)
        g_neighbours = torch.zeros_like(g_self)
        for k, weight in layer.neighbour_weights.items():
            rows = rows_where(layer.groups.fanout == k)
            part = gradient[:, :, rows]
            g_inputs[:, :, rows, 1] = part @ held(weight)
            g_neighbours += part.flatten(0, 2).T @ inputs[:, :, rows, 1].flatten(0, 2) / k
        inside = torch.from_numpy(np.concatenate(np.split(layer.inside, 2), axis=1))
        g_weight = torch.cat([g_self, g_neighbours], 1) * inside.to(inputs.device)
        return g_weight, gradient.sum((0, 1, 2)), g_inputs, None
