"""Features in a table: a row per node, perhaps a column of ids, all others numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed.given_file import MANY, GivenFile
from neurograph.graphs.embed.given_how import How
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import Table, read_table

MOSTLY = 0.5  # share of numbers in a column of texts beyond which it is one of numbers
ID_NAMES = (
    *("node", "id", "node_id", "nodeid", "txid", "user_id", "name", "index", "vertex", "address"),
    *("", "unnamed: 0"),  # what pandas calls its index
)


def of_table(graph: TemporalGraph, path: Path, how: How, doubts: Doubts) -> GivenFile:
    """The features in a table.

    Raises:
        DataError: no table, no such column, or a column that is not numbers.
    """
    table = read_table(path)
    column = _id_column(table, NodeNames(graph.node_ids), how, doubts)
    names = tuple(name for name in table.columns if name != column)
    if not names:
        raise DataError(f"{path}: one column, '{column}', which holds ids; no features")
    values = np.stack([_numbers(table, name) for name in names], axis=1)
    many = f"{len(names)} features: columns {_span(names)}"
    note = f"ids in column '{column}', {many}" if column is not None else f"no ids, {many}"
    return GivenFile(
        path=path,
        values=values,
        ids=None if column is None else table.columns[column],
        names=names,
        where=table.where,
        notes=(*table.notes, note),
    )


def _id_column(table: Table, nodes: NodeNames, how: How, doubts: Doubts) -> str | None:
    """The column of ids: named so, or a first one whose values are ids and all different."""
    if how.id_column:
        if how.id_column not in table.columns:
            known = _span(tuple(table.columns))
            raise DataError(f"{table.path}: no column '{how.id_column}'; it has: {known}")
        return how.id_column
    if how.rows:
        return None
    if table.named:
        for name in table.columns:
            if name.lower() in ID_NAMES:
                return name
    first = next(iter(table.columns))
    values = table.columns[first]
    if values.dtype == object:  # texts are no features, but for a few among numbers
        numbers = np.isfinite(_parsed(values)).mean() > MOSTLY
        return None if numbers and not (nodes.index(values) >= 0).any() else first
    if values.dtype.kind not in "if" or (values % 1 != 0).any() or not _different(values):
        return None
    if 2 * (nodes.index(values) >= 0).sum() > len(values):
        return first
    if len(table.columns) > 1 and len(values) > 1:
        doubts.ask(
            f"{table.path}: the whole numbers of column '{first}' are all different "
            f"({values[0]:g}, {values[1]:g} ...), and no ids of the graph",
            f"column '{first}' is a feature, and rows are in the order of the nodes",
            "--rows nodes",
        )
    return None


def _different(values: Array) -> bool:
    import pandas as pd

    return bool(pd.Series(values).is_unique)


def _numbers(table: Table, name: str) -> Array:
    values = table.columns[name]
    if values.dtype.kind in "ifb":
        return values.astype(np.float64)
    parsed = _parsed(values)
    bad = np.array([value is None or x != x for value, x in zip(values, parsed, strict=True)])
    if not bad.any():
        return parsed
    row = int(np.argmax(bad))
    what = "nothing stands" if values[row] is None else f"'{values[row]}' stands"
    many = f", and in {bad.sum() - 1:,} more rows no number" if bad.sum() > 1 else ""
    remedy = (
        "write a column of 0 and 1 per value, or leave the column out; a column of ids is named by "
        f"--id-column '{name}'"
        if bad.all()
        else "write a number there, or leave the column out"
    )
    raise DataError(
        f"{table.where(row)}: {what} in column '{name}'{many}; features are numbers, all of them: "
        f"{remedy}"
    )


def _parsed(values: Array) -> Array:
    """Float64, NaN where a text or a time is no number."""
    import pandas as pd

    if values.dtype.kind == "M":
        return np.full(len(values), np.nan)
    found: Array = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(np.float64)
    return found


def _span(names: tuple[str, ...]) -> str:
    if len(names) <= MANY:
        return ", ".join(names)
    return f"{names[0]}, {names[1]} ... {names[-1]}"
