"""Integer weights of one projection: what the chip's mantissa and exponent can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurograph import fixedpoint as fx
from neurograph.arrays import Array


@dataclass(frozen=True, eq=False)
class Mantissas:
    """``weight ~ mantissa * 2**exponent / gain``.

    Attributes:
        gain: units of a synaptic sum per float unit, over payload units per float unit.
        clipped: weights beyond the largest mantissa.
    """

    mantissa: Array
    exponent: int
    gain: float
    clipped: int

    @property
    def decoded(self) -> Array:
        value: Array = self.mantissa * (2.0**self.exponent / self.gain)
        return value


def mantissas(weight: Array, gain: float, bits: int, exponent: int) -> Mantissas:
    """Round `weight * gain` to mantissas of `bits` bits at one exponent.

    Mixed signs leave even mantissas of -256..254, one sign 0..255; fewer bits clear low bits.
    """
    low, high, step = mantissa_range(weight, bits)
    wanted = weight * (gain * 2.0**-exponent)
    rounded = np.rint(wanted / step) * step
    clipped = int(np.count_nonzero((rounded < low) | (rounded > high)))
    return Mantissas(np.clip(rounded, low, high).astype(np.int16), exponent, gain, clipped)


def mantissa_range(weight: Array, bits: int) -> tuple[int, int, int]:
    """Smallest and largest mantissa, and the step between them, for the signs in `weight`."""
    step = 1 << (8 - bits)
    if weight.size and weight.min() < 0 < weight.max():
        step *= 2
        return fx.WEIGHT_EVEN_MIN, fx.WEIGHT_EVEN_MAX + 2 - step, step
    top = fx.WEIGHT_MAX + 1 - step
    return (-top, 0, step) if weight.size and weight.min() < 0 else (0, top, step)


def smallest_exponent(weight: Array, gain: float, bits: int) -> int:
    """The smallest exponent at which no weight is clipped; may exceed what the chip offers."""
    low, high, _ = mantissa_range(weight, bits)
    room = max(
        weight.max(initial=0.0) / high if high else 0.0,
        weight.min(initial=0.0) / low if low else 0.0,
    )
    if room == 0.0:
        return 0
    return max(fx.WEIGHT_EXP_MIN, math.ceil(math.log2(room * gain)))
