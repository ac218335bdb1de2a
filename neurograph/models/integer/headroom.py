"""Room for weights to grow in: a scheme fills the chip's range, and training moves weights."""

from __future__ import annotations

from dataclasses import replace

from neurograph.core import fixedpoint as fx
from neurograph.ir import NeuronScale, Scheme, WeightGrid


def with_room(scheme: Scheme) -> Scheme:
    """`scheme` at half its scales: sums may double before a state can leave its 24 bits.

    Exponents are one lower, so that mantissas stay what they were; where an exponent is the
    chip's lowest already, mantissas halve.
    """
    return replace(
        scheme,
        populations={name: _halved(p) for name, p in scheme.populations.items()},
        projections={name: _lowered(j) for name, j in scheme.projections.items()},
    )


def _halved(given: NeuronScale) -> NeuronScale:
    scale = given.scale
    return replace(
        given, scale=tuple(s / 2 for s in scale) if isinstance(scale, tuple) else scale / 2
    )


def _lowered(grid: WeightGrid) -> WeightGrid:
    lowest = fx.WEIGHT_EXP_MIN
    return replace(grid, exponent=max(grid.exponent - 1, lowest), large=max(grid.large - 1, lowest))
