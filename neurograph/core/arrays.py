"""Read-only arrays and their fingerprints: what every noun that holds numbers is made of."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

EXACT_FLOAT32 = 1 << 24  # every integer up to here is a float32, so sums below it are exact
EXACT_FLOAT64 = 1 << 53


def exact_dtype(bound: float) -> type[np.generic]:
    """The fastest type that adds integers exactly while no partial sum exceeds `bound`."""
    if bound > EXACT_FLOAT64:
        return np.int64
    return np.float32 if bound <= EXACT_FLOAT32 else np.float64


def frozen(array: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> Array:
    """A C-contiguous read-only copy of `array`; a read-only array of that dtype is kept as is."""
    given = np.asarray(array, dtype=dtype)
    if not given.flags.writeable and given.flags.c_contiguous:
        return given
    copy = np.array(given, order="C")
    copy.setflags(write=False)
    return copy


def fingerprint(*parts: Array | str | bytes) -> str:
    """SHA-256 over shapes, dtypes and bytes of arrays, and over texts, in this order."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()
