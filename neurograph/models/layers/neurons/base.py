"""Layers of spiking neurons: one step for all kinds, forward and exact backward over all steps.

    charge:  v = keep v + u
    fire:    s = 1[v > theta]
    reset:   v = (1 - s) v, or v - theta s;   theta = hold theta + jump s

A neuron takes in `gain` of its input, which the layer folds into its weights, so that u here is
already multiplied. Gradients flow through reset and threshold; nothing is detached.

Source: SpikeNet (Li et al., AAAI 2023).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from neurograph.core.errors import ModelError
from neurograph.ir import Neuron
from neurograph.ir.neurons.kinds import Settings
from neurograph.models.layers import kernels
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES


class LayerSettings(Settings, Protocol):
    """What a layer is made from.

    Attributes:
        surrogate, alpha: name and width of the surrogate gradient.
    """

    @property
    def surrogate(self) -> str: ...
    @property
    def alpha(self) -> float: ...


class NeuronLayer(nn.Module, ABC):
    """A layer of neurons of one kind.

    Args:
        start: what it is before training; `to_neuron` gives what it has become.
        settings: its time constant `tau`, in steps, and its surrogate gradient.

    Attributes:
        cell_type: the step of its neurons, see `Cell`; one of its own runs by autograd.
    """

    cell_type: type[Cell] = Cell

    def __init__(self, start: Neuron, settings: LayerSettings) -> None:
        super().__init__()
        self.start, self.tau = start, settings.tau
        self.cell = self.cell_type.of(start, settings.surrogate, settings.alpha)
        if start.current_decay != 1.0:
            raise ModelError(
                f"a {start.kind} is trained without synaptic memory; its current_decay is "
                f"{start.current_decay}, needed 1"
            )

    @abstractmethod
    def gain(self) -> Tensor:
        """Share of the input that reaches the membrane."""

    @abstractmethod
    def keep(self) -> Tensor:
        """Share of the membrane kept per step."""

    def to_neuron(self) -> Neuron:
        """What this layer's neurons are in a network, with the parameters it has now."""
        return replace(self.start, voltage_decay=1.0 - self.keep().item())

    def forward(self, current: Tensor) -> Tensor:
        """Spikes (0 or 1) of currents ``(nodes, steps, rows, channels)``, already times gain."""
        fast = current.device.type == "cpu" and self.cell.compiled
        return (fire if fast else fire_stepwise)(current, self.keep(), self.cell)


def fire(current: Tensor, keep: Tensor, cell: Cell) -> Tensor:
    """Spikes of ``(B, T, R, C)`` currents by the compiled loops; CPU and `compiled` cells only."""
    spikes: Tensor = _Fire.apply(current, keep, cell)  # type: ignore[no-untyped-call]
    return spikes


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, current: Tensor, keep: Tensor, cell: Cell) -> Tensor:
        u = current.detach().contiguous()
        spikes = torch.empty_like(u)
        real, flat = u.numpy().dtype.type, (u.shape[0], u.shape[1], -1)
        ctx.scalars = real(keep.item()), (real(cell.threshold), real(cell.hold), real(cell.jump))
        ctx.cell = cell
        kernels.fire(u.numpy().reshape(flat), *ctx.scalars, spikes.numpy().reshape(flat))
        ctx.save_for_backward(u, spikes)
        return spikes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        u, spikes = ctx.saved_tensors
        g_u = torch.empty_like(u)
        g_keep = np.empty(len(u), u.numpy().dtype)
        flat = (u.shape[0], u.shape[1], -1)
        arrays = (u, spikes, gradients[0].contiguous(), g_u)
        current, fired, gradient, out = (a.numpy().reshape(flat) for a in arrays)
        surrogate = SURROGATES[ctx.cell.surrogate][1], current.dtype.type(ctx.cell.alpha)
        kernels.fire_gradient(current, fired, *ctx.scalars, surrogate, gradient, out, g_keep)
        return g_u, torch.as_tensor(g_keep.sum()), None


def fire_stepwise(
    current: Tensor, keep: Tensor, cell: Cell, spikes: Tensor | None = None
) -> Tensor:
    """The same, one step after the other by autograd; any cell and any device.

    Args:
        spikes: given, in place of those that the membranes make.
    """
    keep = keep.to(current)
    v = torch.zeros_like(current[:, 0])
    theta = torch.full_like(v, cell.threshold)
    fired = []
    for t, step in enumerate(current.unbind(1)):
        v = cell.charge(v, step, keep)
        above = v - theta
        s = _Spike.apply(above, above > 0 if spikes is None else spikes[:, t], cell)  # type: ignore[no-untyped-call]
        v = cell.reset(v, s, theta)
        theta = cell.adapt(theta, s)
        fired.append(s)
    return torch.stack(fired, dim=1)


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, above: Tensor, fired: Tensor, cell: Cell) -> Tensor:
        ctx.save_for_backward(above)
        ctx.cell = cell
        return fired.to(above)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (above,) = ctx.saved_tensors
        slope = SURROGATES[ctx.cell.surrogate][0]
        return gradients[0] * slope(above, ctx.cell.alpha), None, None
