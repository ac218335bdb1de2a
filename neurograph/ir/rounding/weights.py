"""Integer weights of one projection: what the chip's mantissas and exponents can hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import Mix, Projection, QProjection, Schedule, WeightGrid
from neurograph.ir.rounding.edges import (
    by_entries,
    edge_gain,
    rounded_entries,
    weight_of_all,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Rounded:
    """A projection in integers.

    Attributes:
        pieces: the integer projections that add up to it: one; or one per sign, and those of the
            outliers.
        decoded: float64 ``(target channels, source channels)``: what they hold, in float units.
        inside: bool, the same shape: weights that no end of the mantissas' range clips.
        gain: along edges, where the integers are the entries: units of a sum per float unit, over
            payload units per float unit.
    """

    pieces: tuple[QProjection, ...]
    decoded: Array
    inside: Array
    gain: float = 1.0


def round_projection(projection: Projection, grid: WeightGrid, gain: Array) -> Rounded:
    """Round to the nearest mantissas.

    Args:
        gain: float64 ``(target channels,)``, units of a synaptic sum per float unit, over payload
            units per float unit.
    """
    if by_entries(projection):
        return _round_entries(projection, grid, gain)
    pieces: list[QProjection] = []
    decoded = np.zeros(projection.weight.shape)
    inside = np.ones(projection.weight.shape, bool)
    for name, weight, exponent in _magnitudes(projection, grid):
        mantissa, within = mantissas(weight, gain, grid.bits, exponent, split=grid.split)
        decoded += mantissa * (2.0**exponent / gain)[:, None]
        inside &= within
        for sign, half in _signs(mantissa, split=grid.split):
            pieces.append(_quantized(projection, f"{name}{sign}", half, exponent))
    return Rounded(pieces=tuple(pieces), decoded=decoded, inside=inside)


def _round_entries(projection: Projection, grid: WeightGrid, gain: Array) -> Rounded:
    """A projection along edges, a piece per exponent; its weights stay what they are."""
    assert isinstance(projection.mix, Schedule)
    per_unit = edge_gain(projection, gain)
    factor = per_unit * weight_of_all(projection)
    ones = (projection.weight != 0).astype(np.int16)
    exponents = (grid.exponent, *grid.fine)
    pieces = []
    for number, mix in enumerate(rounded_entries(projection.mix, factor, grid.bits, exponents)):
        name = f"{projection.name}{_fine(number)}"
        if number == 0 or mix.largest:  # a piece without entries needs no projection
            pieces.append(_quantized(projection, name, ones, exponents[number], mix=mix))
    return Rounded(
        pieces=tuple(pieces),
        decoded=projection.weight,
        inside=np.ones(projection.weight.shape, bool),
        gain=per_unit,
    )


def _fine(number: int) -> str:
    """What a piece adds to a projection's name."""
    return ("", ".fine")[number] if number < 2 else f".fine{number}"


def mantissas(
    weight: Array, gain: Array, bits: int, exponent: int, *, split: bool
) -> tuple[Array, Array]:
    """Round ``weight * gain`` to mantissas of `bits` bits at one exponent.

    Mixed signs leave even mantissas of -256..254, one sign 0..255; fewer bits clear low bits.
    Where signs are split, both have a range of one sign.

    Returns:
        int16 mantissas, and whether each is within the range, so that nothing clipped it.
    """
    low, high, step = mantissa_range(weight, bits, split=split)
    wanted = weight * (gain * 2.0**-exponent)[:, None]
    rounded = np.rint(wanted / step) * step
    if high > 0 and not (rounded > 0).any():  # -256 is a mantissa of mixed signs alone
        low = max(low, -high)
    held = np.clip(rounded, low, high)
    return held.astype(np.int16), held == rounded


def mantissa_range(weight: Array, bits: int, *, split: bool = False) -> tuple[int, int, int]:
    """Smallest and largest mantissa, and the step between them, for the signs in `weight`."""
    step = 1 << (8 - bits)
    top = fx.WEIGHT_MAX + 1 - step
    if split:
        return -top, top, step
    if weight.size and weight.min() < 0 < weight.max():
        return fx.WEIGHT_EVEN_MIN, fx.WEIGHT_EVEN_MAX + 2 - 2 * step, 2 * step
    return (-top, 0, step) if weight.size and weight.min() < 0 else (0, top, step)


def smallest_exponent(weight: Array, gain: Array, bits: int, *, split: bool = False) -> int:
    """The smallest exponent at which no weight is clipped; may exceed what the chip offers."""
    low, high, _ = mantissa_range(weight, bits, split=split)
    wanted = weight * gain[:, None]
    needed = max(
        wanted.max(initial=0.0) / high if high else 0.0,
        wanted.min(initial=0.0) / low if low else 0.0,
    )
    if needed == 0.0:
        return 0
    return max(fx.WEIGHT_EXP_MIN, math.ceil(math.log2(needed)))


def apart(weight: Array, cut: float | None) -> tuple[Array, Array]:
    """Weights up to the magnitude `cut`, and those beyond; zeros elsewhere."""
    large = np.zeros(weight.shape, bool) if cut is None else np.abs(weight) > cut
    return np.where(large, 0.0, weight), np.where(large, weight, 0.0)


def _magnitudes(projection: Projection, grid: WeightGrid) -> Iterator[tuple[str, Array, int]]:
    """Name, weights and exponent of the bulk, and of the outliers if they are apart."""
    small, large = apart(projection.weight, grid.cut)
    yield projection.name, small, grid.exponent
    if grid.cut is not None:
        yield f"{projection.name}.large", large, grid.large


def _signs(mantissa: Array, *, split: bool) -> Iterator[tuple[str, Array]]:
    """The mantissas, or those of each sign; a sign that no weight has needs no projection."""
    if not split or not (mantissa.min(initial=0) < 0 < mantissa.max(initial=0)):
        yield "", mantissa
        return
    yield "+", np.maximum(mantissa, 0)
    yield "-", np.minimum(mantissa, 0)


def _quantized(
    projection: Projection, name: str, weight: Array, exponent: int, *, mix: Mix | None = None
) -> QProjection:
    return QProjection(
        name=name,
        source=projection.source,
        target=projection.target,
        mix=whole_mix(projection.mix) if mix is None else mix,
        weight=weight,
        exponent=exponent,
        delay=projection.delay,
        kernel=projection.kernel,
    )


def whole_mix(mix: Mix) -> Mix:
    """A mix of integers, of one whose entries all are whole."""
    if not isinstance(mix, Schedule) or mix.whole:
        return mix
    values = (mix.of_so_far, mix.of_new, mix.of_self)
    return mix.with_values(*(x.astype(np.int16) for x in values))


_SUFFIX = re.compile(r"(\.fine\d*)?(\.large)?[+-]?")


def pieces_of(projections: Iterable[QProjection], name: str) -> list[QProjection]:
    """The integer projections that `round_projection` made of the float projection `name`."""
    of = [(j, j.name.removeprefix(name)) for j in projections if j.name.startswith(name)]
    return [j for j, suffix in of if _SUFFIX.fullmatch(suffix)]
