"""Arrays that are given as a list of what is not zero, written out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError

INDEX, SHAPE, VALUE = ".index", ".shape", ".value"


def written_out(path: Path, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """All arrays, where ``NAME.index`` with ``NAME.shape`` stands for an array NAME.

    The index has a row per entry and a column per axis. An entry is 1, or what ``NAME.value`` says;
    several at one place are added.

    Raises:
        DataError: an index without a shape or the reverse, no integers, or outside of the shape.
    """
    sparse = [n.removesuffix(INDEX) for n in arrays if n.endswith(INDEX)]
    taken = {name + part for name in sparse for part in (INDEX, SHAPE, VALUE)}
    found = {name: array for name, array in arrays.items() if name not in taken}
    for name in sparse:
        if name in found:
            raise DataError(f"{path}: {name} and {name}{INDEX}: needed one of the two")
        found[name] = _dense(path, name, arrays)
    return found


def _dense(path: Path, name: str, arrays: Mapping[str, Array]) -> Array:
    index, shape = arrays[name + INDEX], arrays.get(name + SHAPE)
    value = arrays.get(name + VALUE, np.ones(len(index) if index.ndim else 0, np.int8))
    if shape is None:
        raise DataError(f"{path}: {name}{INDEX} without {name}{SHAPE}: needed the axes' lengths")
    given = {INDEX: index, SHAPE: shape, VALUE: value}
    if bad := [name + part for part, array in given.items() if array.dtype.kind not in "iub"]:
        raise DataError(f"{path}: {bad[0]}: needed integers")
    sizes = tuple(int(n) for n in np.atleast_1d(shape))
    if index.ndim != 2 or index.shape[1] != len(sizes) or value.shape != index.shape[:1]:
        raise DataError(
            f"{path}: {name}{INDEX} {index.shape} with {len(sizes)} axes in {name}{SHAPE} and "
            f"{value.shape} values; needed a row per entry, a column per axis, a value per row"
        )
    outside = ((index < 0) | (index >= sizes)).any(axis=1)
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"{path}: {name}{INDEX}[{at}] is {index[at].tolist()} ({int(outside.sum()):,} such); "
            f"needed below {list(sizes)}, and at least 0"
        )
    dense = np.zeros(sizes, np.int32)
    np.add.at(dense, tuple(index.T), value.astype(np.int32))
    return dense
