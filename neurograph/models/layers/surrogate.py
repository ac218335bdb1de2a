"""Surrogate gradients: what takes the place of the spike's derivative in the backward pass.

Each is a function of ``x = v - theta`` and a width ``alpha``.

Source: SpikeNet (Li et al., AAAI 2023) and the papers named below.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from neurograph.models.layers import kernels
from neurograph.models.layers.neurons.cell import SURROGATE_NAMES

Slope = Callable[[Tensor, float], Tensor]


def sigmoid(x: Tensor, alpha: float) -> Tensor:
    """Derivative of ``sigmoid(alpha x)``."""
    s = torch.sigmoid(alpha * x)
    return alpha * s * (1 - s)


def triangle(x: Tensor, alpha: float) -> Tensor:
    """``max(0, 1 - alpha |x|)`` (Bellec et al., Nature Communications 2020)."""
    return torch.clamp(1 - alpha * x.abs(), min=0)


def arctan(x: Tensor, alpha: float) -> Tensor:
    """``1 / (1 + alpha x^2)`` (Fang et al., ICCV 2021)."""
    return 1 / (1 + alpha * x * x)


def super_spike(x: Tensor, alpha: float) -> Tensor:
    """``1 / (1 + alpha |x|)^2`` (Zenke and Ganguli, Neural Computation 2018)."""
    return 1 / (1 + alpha * x.abs()) ** 2


def multi_gauss(x: Tensor, alpha: float) -> Tensor:
    """``1.15 N(0, a) - 0.15 N(a, 6a) - 0.15 N(-a, 6a)`` (Yin et al., Nature MI 2021)."""

    def normal(mean: float, sigma: float) -> Tensor:
        z = (x - mean) / sigma
        return torch.exp(-0.5 * z * z) / (sigma * math.sqrt(2 * math.pi))

    return 1.15 * normal(0, alpha) - 0.15 * (normal(alpha, 6 * alpha) + normal(-alpha, 6 * alpha))


_SLOPES: tuple[tuple[Slope, int], ...] = (  # slope, and the code by which the kernels know it
    (sigmoid, kernels.SIGMOID),
    (triangle, kernels.TRIANGLE),
    (arctan, kernels.ARCTAN),
    (super_spike, kernels.SUPER),
    (multi_gauss, kernels.MULTI_GAUSS),
)
SURROGATES: dict[str, tuple[Slope, int]] = dict(zip(SURROGATE_NAMES, _SLOPES, strict=True))
