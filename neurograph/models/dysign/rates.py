"""Firing rates as autograd sees them: measured values, derivatives of the equilibrium rate.

A soft-reset neuron with a constant current I starts to fire where its membrane just reaches the
threshold, ``I = (1 - leak) threshold``, and fires in every latency step from ``I = threshold`` on.
Between, its rate is taken as the straight line

    clamp((I / threshold - (1 - leak)) / leak, 0, 1)

Without leak, that is exact, and IDE-FSNN's ``clamp(I / threshold, 0, 1)`` (Xiao et al., NeurIPS
2021). With a leak the neuron locks into short cycles, a staircase around the line: at most 0.08 of
a spike per latency step away at a leak of 0.8, and 0.19 at 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurograph.models.dysign import kernels
from neurograph.models.layers.device import in_compiled_loops


@dataclass(frozen=True)
class RateCurve:
    """Firing rate over current.

    Attributes:
        slope: `clamp`: the curve's own derivative, 0 outside; `sigmoid`: that of the logistic
            curve through the same middle with the same slope there, so that neurons that never
            fire, or always, still learn.
    """

    threshold: float
    leak: float = 1.0
    slope: str = "clamp"

    @property
    def low(self) -> float:
        """The current at which the first spikes come."""
        return (1.0 - self.leak) * self.threshold

    @property
    def width(self) -> float:
        """How much more current makes the neuron fire in every step."""
        return self.leak * self.threshold

    def rate(self, current: Tensor) -> Tensor:
        """Where the rate settles; its derivative is as of `at`."""
        return self.at(current, ((current - self.low) / self.width).detach().clamp(0, 1))

    def at(self, current: Tensor, measured: Tensor) -> Tensor:
        """The values of `measured` with the derivatives of the curve at `current`."""
        out: Tensor = _RateAt.apply(current, self, measured)  # type: ignore[no-untyped-call]
        return out

    def derivative(self, current: Tensor) -> Tensor:
        """Of a rate by its current."""
        if self.slope == "clamp":
            between = (current > self.low) & (current < self.threshold)
            return between.to(current) / self.width
        s = torch.sigmoid(4.0 * ((current - self.low) / self.width - 0.5))
        return 4.0 * s * (1.0 - s) / self.width


class _RateAt(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, current: Tensor, curve: RateCurve, measured: Tensor) -> Tensor:
        ctx.save_for_backward(current)
        ctx.curve = curve
        return measured.view_as(measured)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (current,), curve = ctx.saved_tensors, ctx.curve
        if not in_compiled_loops(current):
            return gradients[0] * curve.derivative(current), None, None
        now, g = current.detach().contiguous(), gradients[0].contiguous()
        out = torch.empty_like(now)
        flat, real = (len(now), -1), now.numpy().dtype.type
        kernels.rate_gradient(
            now.numpy().reshape(flat),
            real(curve.low),
            real(curve.width),
            curve.slope == "sigmoid",
            g.numpy().reshape(flat),
            out.numpy().reshape(flat),
        )
        return out, None, None


def with_row_0(currents: Tensor) -> tuple[Tensor, Tensor]:
    """``(B, T, R, H)`` currents, and those of row 0 alone ``(B, T, H)``.

    Their gradients are added in place: autograd's own slices would fill a whole tensor with zeros.
    """
    both: tuple[Tensor, Tensor] = _WithRow0.apply(currents)  # type: ignore[no-untyped-call]
    return both


class _WithRow0(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, currents: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG004
        return currents.view_as(currents), currents[:, :, 0].contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        all_rows, row_0 = gradients
        total = all_rows.clone(memory_format=torch.contiguous_format)
        total[:, :, 0] += row_0
        return total
