"""Firing rates as autograd sees them: measured values, derivatives of the equilibrium rate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurograph.snn import dysign_kernels as kernels


def rate(current: Tensor, threshold: float) -> Tensor:
    """``clamp(current / threshold, 0, 1)``: where the rate of a soft-reset neuron settles."""
    return (current / threshold).clamp(0, 1)


def rate_at(current: Tensor, threshold: float, measured: Tensor) -> Tensor:
    """The values of `measured` with the derivatives of ``rate(current, threshold)``."""
    out: Tensor = _RateAt.apply(current, threshold, measured)  # type: ignore[no-untyped-call]
    return out


class _RateAt(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, current: Tensor, threshold: float, measured: Tensor) -> Tensor:
        ctx.save_for_backward(current)
        ctx.threshold = threshold
        return measured.view_as(measured)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (current,) = ctx.saved_tensors
        if current.device.type != "cpu":
            between = (current > 0) & (current < ctx.threshold)
            return gradients[0] * between / ctx.threshold, None, None
        now, g = current.detach().contiguous(), gradients[0].contiguous()
        out = torch.empty_like(now)
        real = now.numpy().dtype.type
        flat = (len(now), -1)
        arrays = now.numpy().reshape(flat), real(ctx.threshold), g.numpy().reshape(flat)
        kernels.rate_gradient(*arrays, out.numpy().reshape(flat))
        return out, None, None


def with_target(currents: Tensor) -> tuple[Tensor, Tensor]:
    """``(B, T, R, H)`` currents, and those of row 0 alone ``(B, T, H)``.

    Their gradients are added in place: autograd's own slices would fill a whole tensor with zeros.
    """
    both: tuple[Tensor, Tensor] = _WithTarget.apply(currents)  # type: ignore[no-untyped-call]
    return both


class _WithTarget(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, currents: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG004
        return currents.view_as(currents), currents[:, :, 0].contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        all_rows, target = gradients
        total = all_rows.clone(memory_format=torch.contiguous_format)
        total[:, :, 0] += target
        return total
