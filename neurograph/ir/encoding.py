"""Compiled passes over features: payloads, and the means of what rounding left."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.ir.payloads import FINE


@numba.njit(cache=True, nogil=True, error_model="numpy")
def round_values(values, scale, low, high, out):
    """Fill `out` with integers of float32 `values`, both ``(n,)``, clipped to low and high."""
    for i in range(len(values)):
        out[i] = np.int32(min(max(np.rint(values[i] * scale), low), high))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def round_with_means(slots, scale, low, high, unit, out, means):
    """The same for float32 ``(slots, channels)``, and fill `means` ``(slots,)``.

    Args:
        unit: of a mean, per FINE-th of a payload unit, summed over the channels.
    """
    half, fine = np.float32(0.5), np.float32(FINE)
    channels = slots.shape[1]
    rounded = np.empty(channels, np.float32)
    for i in range(len(slots)):  # short loops over few arrays: only such are vectorised
        for c in range(channels):
            rounded[c] = min(max(np.rint(slots[i, c] * scale), low), high)
        total = np.int64(0)
        for c in range(channels):
            error = min(max(slots[i, c] * scale - rounded[c], -half), half)
            total += np.int32(np.rint(error * fine))
        for c in range(channels):
            out[i, c] = np.int32(rounded[c])
        means[i] = np.int32(np.rint(total * unit))
