"""A file of features as it is: an array or a sparse matrix, and who its rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.core.machine import unreadable
from neurograph.core.numpy_file import ObjectsError, map_npy
from neurograph.graphs.embed.given_how import How
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.tables.arrays import load_arrays, objects
from neurograph.graphs.tables.source import Source, open_source

NUMBERS = "biuf"  # kinds of dtypes
ARRAYS = ("x", "features", "feat", "X", "attr_matrix", "node_feat")  # what features are called
IDS_OF = ("node_id", "node_ids", "ids", "nodes")  # what ids beside them are called
MANY = 8  # names of columns that a line shows


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenFile:
    """What a file of features holds.

    Attributes:
        values: numbers or bool, of one to three axes, possibly memory-mapped; or sparse
            ``(rows, F)``.
        ids: of its rows, int64 or objects of text; None where it says none.
        known: bool per row, whether its features are known; None: all are.
        names: of the features; empty where they have none.
        where: row number to words for an error; None where there is nothing to add.
        notes: what was taken for what.
    """

    path: Path
    values: Any
    ids: Array | None = None
    known: Array | None = None
    names: tuple[str, ...] = ()
    where: Callable[[int], str] | None = None
    notes: tuple[str, ...] = ()

    def name_of(self, feature: int) -> str:
        """Of a feature, by its number if it has no name."""
        return f"'{self.names[feature]}'" if self.names else str(feature)


def read_given(graph: TemporalGraph, path: Path, how: How, doubts: Doubts) -> GivenFile:
    """What the user's file holds.

    Raises:
        DataError: no such file, damaged, of another kind than its ending says, or without numbers.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    source = open_source(path)
    if source.ending == "npy":
        file = _of_npy(source)
    elif source.ending == "npz":
        file = _of_npz(source, how)
    else:
        from neurograph.graphs.embed.given_table import of_table

        file = of_table(graph, path, how, doubts)
    if file.values.dtype.kind not in NUMBERS:
        raise DataError(
            f"{path}: values of type {file.values.dtype}; needed numbers: integers, floats or bool"
        )
    return file


def _of_npy(source: Source) -> GivenFile:
    path = source.path
    if path.suffix.lower() != ".npy":  # packed
        return GivenFile(path=path, values=load_arrays(source)[""])
    try:
        return GivenFile(path=path, values=map_npy(path))
    except ObjectsError as error:
        raise objects(path, "the array") from error
    except (OSError, ValueError) as error:
        damaged = DataError(f"{path}: not a readable .npy file ({error})")
        raise unreadable(path, error, damaged) from error


def _of_npz(source: Source, how: How) -> GivenFile:
    path, arrays = source.path, load_arrays(source)
    if not how.array and (sparse := _sparse(source, arrays)) is not None:
        values = sparse
    else:
        name = how.array or _named(path, arrays)
        if name not in arrays:
            raise DataError(f"{path}: no array '{name}'; it has: {shapes(arrays)}")
        values = arrays[name]
    rows = values.shape[0] if values.ndim else 0
    of_rows = {name: a for name, a in arrays.items() if a.shape == (rows,)}
    known = of_rows.get("x_known")
    ids = next((of_rows[name] for name in IDS_OF if name in of_rows), None)
    return GivenFile(
        path=path,
        values=values,
        ids=None if ids is None else _as_ids(ids),
        known=known if known is not None and known.dtype == bool else None,
    )


def _named(path: Path, arrays: Mapping[str, Array]) -> str:
    if len(arrays) == 1:
        return next(iter(arrays))
    found = [name for name in ARRAYS if name in arrays]
    if found:
        return found[0]
    raise DataError(
        f"{path}: which array holds features? It has: {shapes(arrays)}; say which: --array NAME"
    )


def shapes(arrays: Mapping[str, Array]) -> str:
    """Names and shapes of arrays, in a line."""
    shown = [f"{name} {array.shape}" for name, array in list(arrays.items())[:MANY]]
    return ", ".join(shown) + (" ..." if len(arrays) > MANY else "")


def _sparse(source: Source, arrays: Mapping[str, Array]) -> sp.csr_array | None:
    """What scipy.sparse.save_npz wrote, or arrays x_indptr, x_indices, x_data and x_shape.

    Planetoid's files have x_binary in place of x_data where all of it is 1.
    """
    try:
        if {"format", "shape", "data"} <= set(arrays):
            with source.open() as handle:
                return sp.csr_array(sp.load_npz(handle))
        for prefix in ("x_", "attr_", "feature_", ""):
            if {f"{prefix}indptr", f"{prefix}indices"} <= set(arrays):
                return _csr(source.path, arrays, prefix)
    except (ValueError, TypeError, KeyError, IndexError, NotImplementedError) as error:
        raise DataError(f"{source.path}: not a sparse matrix ({error})") from error
    return None


def _csr(path: Path, arrays: Mapping[str, Array], prefix: str) -> sp.csr_array:
    indptr, indices = arrays[f"{prefix}indptr"], arrays[f"{prefix}indices"]
    data, shape = arrays.get(f"{prefix}data"), arrays.get(f"{prefix}shape")
    if data is None:
        if not np.all(arrays.get(f"{prefix}binary", False)):
            raise DataError(
                f"{path}: {prefix}indptr and {prefix}indices without {prefix}data; it has: "
                f"{shapes(arrays)}"
            )
        data = np.ones(len(indices), np.float32)
    size = None if shape is None else tuple(int(n) for n in shape)
    matrix = sp.csr_array((data, indices, indptr), shape=size)
    matrix.check_format(full_check=True)
    return matrix


def _as_ids(values: Array) -> Array:
    """Integers as they are, all else as texts."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    return values.astype(np.str_).astype(object)
