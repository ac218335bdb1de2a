"""The readout in exact integers, wherever it runs: two base-256 digits times a power of two."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Readout
from neurograph.ir.readout import DIGIT_BASE

_DIGIT_MAX = DIGIT_BASE // 2 - 1
_INTEGER_MAX = DIGIT_BASE * _DIGIT_MAX + _DIGIT_MAX  # what two digits hold with either sign


def round_readout(readout: Readout, steps: int, latency: int) -> Readout:
    """The readout on the finest power-of-two grid on which its integers have two digits."""
    grid = ReadoutGrid.of(readout, steps, latency)
    unit = latency * grid.scale
    return Readout(source=readout.source, weight=grid.weight * unit, bias=grid.bias * unit)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadoutGrid:
    """A readout in integers.

    Attributes:
        weight: int64 ``(classes, inputs)``.
        bias: int64 ``(classes,)``.
        scale: a power of two.
    """

    weight: Array
    bias: Array
    scale: float

    @staticmethod
    def of(readout: Readout, steps: int, latency: int) -> ReadoutGrid:
        # the bias is shared out over the steps' clock neurons, so it has that much more room
        per_spike, per_update = readout.weight / latency, readout.bias / latency
        largest = max(_largest(per_spike), _largest(per_update) / steps)
        fraction, exponent = math.frexp(largest / _INTEGER_MAX)
        scale = math.ldexp(1.0, exponent - (fraction == 0.5)) if largest else 1.0
        return ReadoutGrid(
            weight=np.rint(per_spike / scale).astype(np.int64),
            bias=np.rint(per_update / scale).astype(np.int64),
            scale=scale,
        )


def _largest(values: Array) -> float:
    return float(np.abs(values).max(initial=0.0))
