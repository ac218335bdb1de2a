"""What a chip's field holds, checked where a Lava process is made: Lava itself would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import Schedule
from neurograph.ir.quantized import weight_range
from neurograph.ir.values import integer


def check_integer(where: str, what: str, value: Any, low: int, high: int | None = None) -> None:
    """Raise BackendError unless `value` is an integer of this range."""
    integer(where, what, value, low, high, error=BackendError)


def check_integers(where: str, what: str, value: Any, low: int, high: int) -> None:
    """Like `check_integer`, for a number or each entry of an array; names the first bad one."""
    if not np.ndim(value):
        check_integer(where, what, value, low, high)
        return
    # entries of a list as they are: True among integers would become 1
    given = value if isinstance(value, np.ndarray) else np.array(value, object)
    integers = given.dtype.kind in "iu"
    doubtful = (given < low) | (given > high) if integers else np.ones(given.shape, bool)
    for at in np.argwhere(doubtful):
        place = ",".join(map(str, at))
        check_integer(where, f"{what}[{place}]", given[tuple(at)], low, high)


def check_shape(where: str, what: str, value: Any, shape: tuple[int, ...]) -> None:
    """Raise BackendError unless `value` is one number or, unless that is (), has this shape."""
    if (given := np.shape(value)) and given != tuple(shape):
        array = f" or an array {tuple(shape)}" if shape else ""
        raise BackendError(f"{where}: {what} has shape {given}, needed one number{array}")


def is_float(value: Any) -> bool:
    """True if a parameter is meant for floating point: it then needs no chip's range."""
    return np.asarray(value).dtype.kind == "f"


def number_or_share(where: str, what: str, value: Any, limit: int) -> None:
    """A decay: an integer 0 to `limit` in fixed point, a float 0 to 1 in floating point."""
    check_shape(where, what, value, ())
    if is_float(value):
        if not 0.0 <= value <= 1.0:
            raise BackendError(
                f"{where}: {what} is {value!r}; floating point needs a share 0 to 1, "
                f"fixed point an integer 0 to {limit:,}"
            )
        return
    check_integer(where, what, value, 0, limit)


def floats(**given: Any) -> tuple[str, ...]:
    """Names of the parameters that are given as floats, for `need_integers`."""
    return tuple(name for name, value in given.items() if is_float(value))


def need_integers(where: str, names: tuple[str, ...]) -> None:
    """Raise BackendError if there are `floats`; Lava would cut their fractions off.

    To be called when a fixed-point model is made: what it raises then, Lava hands to the user.
    """
    if names:
        raise BackendError(
            f"{where}: {', '.join(names)} given in floating point, and a fixed-point model was "
            "selected; give integers, or select the tag 'floating_pt'"
        )


def check_weights(where: str, weights: Array, mix: Any) -> sp.csr_array:
    """The row mix as CSR, if both are what a chip, or floating point, can hold.

    Raises:
        BackendError: naming the first value that is not, and how many there are.
    """
    check_weight(where, weights)
    rows = sp.csr_array(mix)
    if rows.ndim != 2 or (rows.nnz and (rows.data.min() < 0 or np.any(rows.data % 1))):
        raise BackendError(f"{where}: mix needs non-negative integers (rows out, rows in)")
    held = sp.csr_array(rows.astype(np.int64))
    held.sum_duplicates()
    held.eliminate_zeros()
    return held


def check_weight(where: str, weights: Array) -> None:
    """Raise BackendError unless a chip, or floating point, holds these weights."""
    if weights.ndim != 2 or not weights.size:
        raise BackendError(f"{where}: weights {weights.shape}, needed (channels out, channels in)")
    if is_float(weights):
        if not np.isfinite(weights).all():
            raise BackendError(f"{where}: a weight is not a finite number")
    else:
        check_integer_weights(where, weights)


def check_entries(where: str, mix: Schedule, weights: Array) -> None:
    """Raise BackendError for a schedule of floats beside integer weights."""
    if not mix.whole and not is_float(weights):
        raise BackendError(
            f"{where}: a schedule of floats beside integer weights; give integers, or weights in "
            "floating point"
        )


def check_integer_weights(where: str, weights: Array) -> None:
    """Raise BackendError unless the chip holds these weights as they are."""
    if weights.dtype.kind not in "iu":
        raise BackendError(f"{where}: weights are {weights.dtype}, integers needed")
    low, high = weight_range(weights)
    mixed = low < 0 < high
    bad = np.argwhere((weights < low) | (weights > high) | (mixed & (weights % 2 != 0)))
    if len(bad):
        i, j = bad[0]
        raise BackendError(
            f"{where}: weight [{i},{j}] = {weights[i, j]} ({len(bad)} such), the chip holds "
            f"{low} to {high}{', even values only' if mixed else ''}: quantise for this chip"
        )


def check_bias(where: str, bias_mant: Any, bias_exp: Any) -> None:
    """Raise BackendError unless mantissa and exponent of a bias are what their fields hold."""
    for what, given, low, high in (
        ("bias_mant", bias_mant, -fx.BIAS_MANT_MAX, fx.BIAS_MANT_MAX),
        ("bias_exp", bias_exp, 0, fx.BIAS_EXP_MAX),
    ):
        values = np.atleast_1d(np.asarray(given))
        bad = values[(values < low) | (values > high) | (values % 1 != 0)]
        if values.dtype.kind not in "iu":
            bad = values
        if bad.size:
            check_integer(where, what, bad.flat[0], low, high)
