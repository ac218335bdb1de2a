"""An array as JSON values: few bytes where it repeats itself, as one-hot rows do."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.core.arrays import Array

KINDS = ("int8", "int16", "int32", "int64", "float32", "float64")


def pack(array: Array) -> dict[str, Any]:
    """Dtype, shape, and the bytes: little-endian, row by row, deflated, in base 64."""
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    squeezed = zlib.compress(plain.tobytes(), 6)
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "deflated": base64.b64encode(squeezed).decode("ascii"),
    }


def unpack(given: Mapping[str, Any]) -> Array:
    """The array that `pack` was given.

    Raises:
        ValueError, TypeError, KeyError: it is damaged.
    """
    if given["dtype"] not in KINDS:
        raise ValueError(f"dtype '{given['dtype']}'; known: {', '.join(KINDS)}")
    shape, dtype = tuple(given["shape"]), np.dtype(given["dtype"]).newbyteorder("<")
    if not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"shape {shape}")
    size = dtype.itemsize * int(np.prod(shape, dtype=object))
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(base64.b64decode(given["deflated"], validate=True), size + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(raw) != size:
        raise ValueError(f"{len(raw):,} bytes for {dtype.name}{shape}")
    found: Array = np.frombuffer(raw, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    return found
