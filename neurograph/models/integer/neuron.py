"""Neurons of the integer forward: the chip's update forward, the float model's adjoint backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.models.integer import kernels as integer_kernels
from neurograph.models.integer.weights import RoundedLayer
from neurograph.models.layers import kernels
from neurograph.models.layers.neurons.base import fire_stepwise
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES


def fire_integer(sums: Tensor, keep: Tensor, layer: RoundedLayer, cell: Cell) -> Tensor:
    """Float32 spikes (0 or 1) of synaptic sums ``(B, T, R, C)``, which are overwritten on a CPU.

    Args:
        keep: share of the membrane kept, for its gradient; the update keeps the rounded share.
    """
    spikes: Tensor = _Fire.apply(sums, keep, layer, cell)  # type: ignore[no-untyped-call]
    return spikes


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sums: Tensor, keep: Tensor, layer: RoundedLayer, cell: Cell) -> Tensor:
        fast = sums.device.type == "cpu" and not layer.population.neuron.soft_reset
        spikes, current = (fire if fast else fire_plain)(sums, layer)
        ctx.cell, ctx.dtype = cell, sums.dtype
        ctx.save_for_backward(current, spikes, keep.new_tensor(layer.keep_v / fx.DECAY_ONE))
        return spikes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        current, spikes, keep = ctx.saved_tensors
        gradient = gradients[0].to(current.dtype).contiguous()
        fast = current.device.type == "cpu" and ctx.cell.compiled
        adjoint = fire_gradient if fast else fire_gradient_plain
        # a sum counts as the current that it stands for: see `integer_sums`
        g_current, g_keep = adjoint(current, spikes, keep, ctx.cell, gradient)
        return g_current.to(ctx.dtype), g_keep, None, None


def fire(sums: Tensor, layer: RoundedLayer) -> tuple[Tensor, Tensor]:
    """Float32 spikes, and the float32 currents (biases included) that the sums stand for.

    The sums are overwritten; hard resets on a CPU only.
    """
    spikes = torch.empty(sums.shape)
    flat = (*sums.shape[:2], -1)
    population, rows = layer.population, sums.shape[2]
    numbers = (population.bias, population.theta, population.theta_step)
    neurons = tuple(np.tile(x, rows).astype(np.float64) for x in numbers)
    decode = tuple(np.tile(x, rows).astype(sums.numpy().dtype) for x in _decode(layer))
    rule = layer.keep_v, layer.keep_theta, population.neuron.guard_bits
    given = sums.numpy().reshape(flat)
    integer_kernels.fire(given, neurons, rule, decode, spikes.numpy().reshape(flat))
    return spikes, sums.to(torch.float32)


def fire_plain(sums: Tensor, layer: RoundedLayer) -> tuple[Tensor, Tensor]:
    """The same, one step after the other in int64; any reset and device; sums are left alone."""
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
    unit, offset = (held(x) for x in _decode(layer))
    return torch.stack(spikes, 1).float(), (sums * unit + offset).float()


def _decode(layer: RoundedLayer) -> tuple[Array, Array]:
    """Float64 ``(channels,)`` each: a current per unit of a sum, and the bias, in float units."""
    population = layer.population
    return 1.0 / population.scales, population.bias / population.unit


def fire_gradient(
    current: Tensor, spikes: Tensor, keep: Tensor, cell: Cell, gradient: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of `current` and `keep` at spikes that are given; a `compiled` cell on a CPU."""
    out, g_keep = torch.empty_like(current), np.empty(len(current), np.float32)
    flat = (current.shape[0], current.shape[1], -1)
    arrays = (x.numpy().reshape(flat) for x in (current, spikes, gradient, out))
    currents, fired, g_spikes, g_current = arrays
    real = np.float32
    scalars = real(keep.item()), (real(cell.threshold), real(cell.hold), real(cell.jump))
    surrogate = SURROGATES[cell.surrogate][1], real(cell.alpha)
    kernels.fire_gradient(currents, fired, *scalars, surrogate, g_spikes, g_current, g_keep)
    return out, torch.as_tensor(g_keep.sum()).to(keep)


def fire_gradient_plain(
    current: Tensor, spikes: Tensor, keep: Tensor, cell: Cell, gradient: Tensor
) -> tuple[Tensor, Tensor]:
    """The same by autograd; any cell and any device."""
    with torch.enable_grad():
        inputs = current.detach().requires_grad_(), keep.detach().requires_grad_()
        replayed = fire_stepwise(*inputs, cell, spikes)
        g_current, g_keep = torch.autograd.grad(replayed, inputs, gradient)
    return g_current, g_keep
