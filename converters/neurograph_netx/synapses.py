"""Integer weights as the projections that hold them exactly: mantissas, exponents, delays, signs.

Where netx loses weights without a word (an entry above the range of its sign, odd weights above
127 beside negative ones), the file counts: every sum is the sum of its integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import QProjection
from neurograph.ir.quantized import weight_range


@dataclass(frozen=True, eq=False, kw_only=True)
class Synapses:
    """Synapses ``mix x weight`` in whatever integers.

    Attributes:
        name: of the projections that they become, and of the layer in errors.
        source: where they begin.
        target: where they end.
        mix: ``(target rows, source rows)``.
        weight: int64 ``(target channels, source channels)``.
        delay: int64 of the same shape, steps.
    """

    name: str
    source: str
    target: str
    mix: sp.csr_array
    weight: Array
    delay: Array


def projections(synapses: Synapses) -> Iterator[QProjection]:
    """One per value of the delay; two where neither sign mode holds the weights of both signs.

    Raises:
        NetworkError: a weight that no sign mode holds.
    """
    of = synapses
    values = np.unique(of.delay[of.weight != 0]).tolist() or [0]
    for delay in values:
        weight = np.where(of.delay == delay, of.weight, 0)
        late = f" late {delay}" if len(values) > 1 else ""
        for sign, mantissa, exponent in _held(of.name, weight):
            yield QProjection(
                name=f"{of.name}{late}{sign}",
                source=of.source,
                target=of.target,
                mix=of.mix,
                weight=mantissa,
                exponent=exponent,
                delay=delay,
            )


def _held(name: str, weight: Array) -> Iterator[tuple[str, Array, int]]:
    """Name's end, mantissas and exponent of one or two matrices whose sum is `weight`.

    Odd weights of mixed signs are doubled and their sum is halved, which is exact.
    """
    for scaled, exponent in ((weight, 0), (2 * weight, -1)):
        if _fits(scaled):
            yield "", scaled, exponent
            return
    halved = weight >> 1
    if np.array_equal(2 * halved, weight) and _fits(halved):
        yield "", halved, 1
        return
    parts = {"+": np.maximum(weight, 0), "-": np.minimum(weight, 0)}
    for part in parts.values():
        if not _fits(part):
            low, high = weight_range(weight)
            i, j = np.unravel_index(np.argmax(np.abs(part)), part.shape)
            mode = "mixed" if low < 0 < high else "inhibitory" if low < 0 else "excitatory"
            raise NetworkError(
                f"{name}: weight[{i},{j}] = {part[i, j]}, the sign mode '{mode}' holds {low} to "
                f"{high}, and a sign alone {fx.WEIGHT_MAX} in magnitude; train with a smaller "
                "weight_scale"
            )
    for sign, part in parts.items():
        yield sign, part, 0


def _fits(weight: Array) -> bool:
    low, high = weight_range(weight)
    odd = low < 0 < high and (weight & 1).any()
    return bool(weight.min(initial=0) >= low and weight.max(initial=0) <= high and not odd)
