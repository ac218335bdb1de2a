"""Sparse adjacency matrices in an .npz, as scipy and collections of graphs write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError

PREFIXES = ("", "adj_")  # scipy.sparse.save_npz; cora_ml.npz and others like it
COMPRESSED = ("csr", "csc")


def with_edges(path: Path, arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """Arrays in which a compressed matrix has become source, target and weight; else as given.

    Raises:
        DataError: a matrix that is not square, or whose arrays do not fit each other.
    """
    for prefix in PREFIXES:
        names = [f"{prefix}{part}" for part in ("indptr", "indices", "data", "shape")]
        if all(name in arrays for name in names):
            gone = {*names, f"{prefix}format"}
            rest = {name: array for name, array in arrays.items() if name not in gone}
            form = str(arrays.get(f"{prefix}format", np.array(b"csr")).astype(str))
            return _edges(path, form, *(arrays[name] for name in names)) | rest
    return arrays


def _edges(
    path: Path, form: str, indptr: Array, indices: Array, data: Array, shape: Array
) -> dict[str, Array]:
    if form not in COMPRESSED:
        raise DataError(
            f"{path}: a sparse matrix of form {form}; needed coo, {', '.join(COMPRESSED)}"
        )
    if shape.shape != (2,) or shape[0] != shape[1]:
        told = " by ".join(map(str, shape.reshape(-1).tolist()))
        raise DataError(f"{path}: a sparse matrix of {told}; needed one row and column per node")
    counts = np.diff(indptr)
    fits = len(indptr) == shape[0] + 1 and counts.min(initial=0) >= 0
    if not fits or not counts.sum() == len(indices) == len(data):
        raise DataError(f"{path}: damaged: indptr, indices and data do not fit each other")
    ends = np.repeat(np.arange(len(counts)), counts), indices.astype(np.int64)
    source, target = ends if form == "csr" else ends[::-1]
    columns = {"source": source, "target": target}
    return columns if (data == 1).all() else columns | {"weight": data}
