"""Tables in numpy's files: arrays of an .npz, the columns of an .npy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.core.machine import unreadable
from neurograph.core.numpy_file import NumpyFileError, ObjectsError, read_numpy
from neurograph.graphs.tables.source import Source
from neurograph.graphs.tables.sparse import with_edges
from neurograph.graphs.tables.table import Table

BESIDE = ("y", "label_names", "train", "val", "valid", "test", "x", "num_nodes", "node_id")
PAIRS = ("edge_index", "edges", "edge_list", "edgelist")
EDGES = ("u", "src", "source", "sources", "row", "i", "from", "user_id", "v", "dst", "target")


def read_arrays(source: Source) -> Table:
    """The columns of an .npz or .npy.

    Arrays of one dimension and one length are columns, an edge_index ``(2, E)`` or edges
    ``(E, 2 or 3)`` two or three of them; all else is beside.

    Raises:
        DataError: damaged, pickled objects, or nothing that is a column.
    """
    arrays = load_arrays(source)
    return table_of_arrays(source.path, arrays)


def load_arrays(source: Source) -> dict[str, Array]:
    """Arrays by name; that of an .npy is called "".

    Raises:
        DataError: damaged, or an array holds Python objects (it is named).
    """
    try:
        with source.open() as handle:
            return read_numpy(handle)
    except ObjectsError as error:
        raise objects(source.path, error.args[0] or "the array") from error
    except NumpyFileError as error:
        damaged = DataError(f"{source.path}: truncated or not a file of numpy ({error})")
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise unreadable(source.path, cause, damaged) from error


def objects(path: Path, name: str) -> DataError:
    """The error about an array of Python objects."""
    return DataError(
        f"{path}: {name} holds Python objects, which are not read from a file; save texts as "
        f"np.array(values, str), numbers as np.array(values, float)"
    )


def table_of_arrays(path: Path, arrays: Mapping[str, Array], layout: str = "") -> Table:
    """Arrays by name as a table, and what is beside.

    Raises:
        DataError: no array is a column.
    """
    arrays = with_edges(path, arrays)
    columns: dict[str, Array] = {}
    roles: dict[str, str] = {}
    beside: dict[str, Any] = {}
    pair = next((name for name in (*PAIRS, "") if name in arrays), None)
    if pair is not None and (fields := arrays[pair].dtype.names):
        columns = {name: arrays[pair][name] for name in fields}
    elif pair is not None:
        columns, roles = _pair(path, pair, arrays[pair])
    length = len(next(iter(columns.values()))) if columns else _length(path, arrays)
    for name, array in arrays.items():
        if name == pair:
            continue
        if name in BESIDE or array.ndim == 0 or len(array) != length:
            beside[name] = array
        elif array.ndim == 1:
            columns[name] = array
        elif array.ndim == 2 and name.startswith("edge_") and array.shape[1] <= 64:
            names = (
                [name] if array.shape[1] == 1 else [f"{name}_{i}" for i in range(array.shape[1])]
            )
            columns |= {column: array[:, i] for i, column in enumerate(names)}
        else:
            beside[name] = array
    if "y" not in beside and np.ndim(beside.get("labels", 0)) == 1:
        beside["y"] = beside.pop("labels")
    if not columns:
        raise DataError(f"{path}: no columns; it holds {_shapes(arrays)}; {_needed()}")
    return Table(
        path=path,
        columns={name: _values(path, name, values) for name, values in columns.items()},
        named=pair != "" or bool(arrays[""].dtype.names),
        where=lambda row: f"{path}, row {row}",
        layout=layout,
        roles=roles,
        beside=beside,
    )


def _pair(path: Path, name: str, array: Array) -> tuple[dict[str, Array], dict[str, str]]:
    """Columns of an array of edges, whichever way it lies."""
    if array.ndim == 1 and name == "":
        return {"0": array}, {}
    if array.ndim != 2 or min(array.shape) < 1:
        raise DataError(f"{path}: {name or 'the array'} {array.shape}; {_needed()}")
    across = name == "edge_index" or (array.shape[0] in (2, 3, 4) and array.shape[1] > 4)
    if name == "edge_index" and array.shape[0] != 2:
        across = array.shape[1] != 2
    rows = array if across else array.T
    if name == "edge_index" and len(rows) != 2:
        raise DataError(f"{path}: edge_index {array.shape}, needed (2, E)")
    if name == "":
        return {str(i): row for i, row in enumerate(rows)}, {}
    names = ["source", "target", *(f"{name}_{i}" for i in range(2, len(rows)))]
    return dict(zip(names, rows, strict=True)), {"source": "source", "target": "target"}


def _length(path: Path, arrays: Mapping[str, Array]) -> int:
    """Of the columns: that of an array with a usual name of an end, else the commonest."""
    flat = {name: len(a) for name, a in arrays.items() if a.ndim == 1 and name not in BESIDE}
    if not flat:
        raise DataError(f"{path}: no columns; it holds {_shapes(arrays)}; {_needed()}")
    ends = [flat[name] for name in EDGES if name in flat]
    return ends[0] if ends else Counter(flat.values()).most_common(1)[0][0]


def _values(path: Path, name: str, values: Array) -> Array:
    """As `Table` has them: int64, float64, bool, datetime64[ns], texts."""
    kind = values.dtype.kind
    if kind == "b":
        return values
    if kind == "i" or (kind == "u" and (not len(values) or values.max() < 1 << 63)):
        return values.astype(np.int64)
    if kind == "f":
        return values.astype(np.float64)
    if kind == "M":
        return values.astype("datetime64[ns]")
    if kind in "SU" or kind == "u":
        texts = (
            values.astype(np.str_) if kind != "S" else np.char.decode(values, "utf-8", "replace")
        )
        return np.array([text or None for text in texts.tolist()], object)
    raise DataError(
        f"{path}, column '{name}': {values.dtype} values; needed numbers, times or texts"
    )


def _shapes(arrays: Mapping[str, Array]) -> str:
    return ", ".join(f"{name or 'an array'} {array.shape}" for name, array in arrays.items())


def _needed() -> str:
    return "needed arrays u, v, t of one length, or edge_index (2, E), or edges (E, 2 or 3)"
