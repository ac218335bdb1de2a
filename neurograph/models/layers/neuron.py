"""Spiking neurons: one update rule, four kinds, forward and exact backward over all steps.

    v = keep v + u;   s = 1[v > theta];   v = (1 - s) v;   theta = hold theta + jump s

`if` keeps all of v; `lif` and `plif` keep ``1 - 1/tau`` and take in ``1/tau`` of their input,
which the layer folds into its weights, so that u here is already divided; `plif` learns tau;
`alif` is a `lif` whose threshold decays and jumps (the others: hold 1, jump 0). Gradients flow
through reset and threshold; nothing is detached.

Source: SpikeNet (Li et al., AAAI 2023); PLIF: Fang et al., ICCV 2021 (fixed threshold).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurograph.core.errors import ModelError
from neurograph.models.layers import kernels
from neurograph.models.layers.surrogate import SURROGATES, check_surrogate

NEURONS = ("if", "lif", "plif", "alif")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The constants of a neuron.

    Attributes:
        threshold: theta at the first step. hold: share of theta kept per step (1: constant).
        jump: added to theta by a spike. surrogate, alpha: see `surrogate`.
    """

    threshold: float = 1.0
    hold: float = 1.0
    jump: float = 0.0
    surrogate: str = "sigmoid"
    alpha: float = 1.0


class Neuron(nn.Module):
    """A layer of neurons of one kind (see the module).

    Args:
        tau: membrane time constant in steps; ignored by `if`, the start value for `plif`.
    """

    def __init__(self, kind: str, tau: float, cell: Cell) -> None:
        super().__init__()
        self.kind, self.tau, self.cell = kind, tau, cell
        if kind == "plif":  # 1/tau = sigmoid(w) stays between 0 and 1 whatever the optimiser does
            self.w = nn.Parameter(torch.tensor(-math.log(tau - 1.0)))

    def gain(self) -> Tensor:
        """Share of the input that reaches the membrane: 1/tau (`if`: all of it)."""
        if self.kind == "plif":
            return torch.sigmoid(self.w)
        return torch.tensor(1.0 if self.kind == "if" else 1.0 / self.tau)

    def keep(self) -> Tensor:
        """Share of the membrane kept per step."""
        return torch.tensor(1.0) if self.kind == "if" else 1.0 - self.gain()

    def forward(self, current: Tensor) -> Tensor:
        """Spikes (0 or 1) of currents ``(targets, steps, rows, channels)``, already times gain."""
        fast = current.device.type == "cpu"
        return (fire if fast else fire_stepwise)(current, self.keep(), self.cell)


def check_neuron(kind: str, tau: float, cell: Cell) -> None:
    """Raise ModelError unless these make a neuron."""
    if kind not in NEURONS:
        raise ModelError(f"no neuron '{kind}'; known: {', '.join(NEURONS)}")
    check_surrogate(cell.surrogate)
    least = "above 1 (plif starts from it)" if kind == "plif" else "at least 1"
    if kind != "if" and not (tau > 1.0 if kind == "plif" else tau >= 1.0):
        raise ModelError(f"neuron {kind}: tau is {tau} steps, needed {least}")
    for name in ("threshold", "alpha"):
        if not getattr(cell, name) > 0:
            raise ModelError(f"neuron {kind}: {name} is {getattr(cell, name)}, needed above 0")
    if not (0 <= cell.hold <= 1 and cell.jump >= 0):
        raise ModelError(
            f"neuron {kind}: the threshold keeps {cell.hold:g} per step and jumps by "
            f"{cell.jump:g}; needed 0 to 1, and at least 0"
        )


def fire(current: Tensor, keep: Tensor, cell: Cell) -> Tensor:
    """Spikes of ``(B, T, R, C)`` currents by the compiled loops; CPU only."""
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
    """The same as `fire`, one step after the other by autograd; any device.

    Args:
        spikes: given, in place of those that the membranes make.
    """
    keep = keep.to(current)
    v = torch.zeros_like(current[:, 0])
    theta = torch.full_like(v, cell.threshold)
    fired = []
    for t, step in enumerate(current.unbind(1)):
        v = keep * v + step
        above = v - theta
        s = _Spike.apply(above, above > 0 if spikes is None else spikes[:, t], cell)  # type: ignore[no-untyped-call]
        v = (1 - s) * v
        theta = cell.hold * theta + cell.jump * s
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
