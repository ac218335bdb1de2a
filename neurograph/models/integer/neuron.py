"""Neurons of the integer forward: the chip's update forward, the float model's adjoint backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurograph.core import fixedpoint as fx
from neurograph.models.integer import compiled, plain
from neurograph.models.integer.weights import RoundedLayer
from neurograph.models.layers.device import in_compiled_loops
from neurograph.models.layers.neurons.cell import Cell


def fire_integer(sums: Tensor, keep: Tensor, layer: RoundedLayer, cell: Cell) -> Tensor:
    """Float32 spikes (0 or 1) of synaptic sums, which are overwritten on a CPU.

    Args:
        sums: whole numbers ``(nodes, T, rows, C)``.
        layer: in integers.
        cell: of the float model, for its gradient.
        keep: share of the membrane kept, for its gradient; the update keeps the rounded share.
    """
    spikes: Tensor = _Fire.apply(sums, keep, layer, cell)  # type: ignore[no-untyped-call]
    return spikes


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sums: Tensor, keep: Tensor, layer: RoundedLayer, cell: Cell) -> Tensor:
        fast = in_compiled_loops(sums) and not layer.population.neuron.soft_reset
        fire = compiled.fire if fast else plain.fire
        spikes, current = fire(sums, layer)
        ctx.cell, ctx.dtype = cell, sums.dtype
        ctx.save_for_backward(current, spikes, keep.new_tensor(layer.keep_v / fx.DECAY_ONE))
        return spikes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        current, spikes, keep = ctx.saved_tensors
        gradient = gradients[0].to(current.dtype).contiguous()
        fast = in_compiled_loops(current) and ctx.cell.compiled
        adjoint = compiled.fire_gradient if fast else plain.fire_gradient
        # a sum counts as the current that it stands for: see `sums`
        g_current, g_keep = adjoint(current, spikes, keep, ctx.cell, gradient)
        return g_current.to(ctx.dtype), g_keep, None, None
