"""Several tables of the same columns as one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.table import Table


def join_tables(tables: Sequence[Table], path: Path | None = None) -> Table:
    """The rows of all tables, one behind the other.

    Args:
        tables: with the same names of columns, in any order; those without names have as many.
        path: of the whole. Default: of the first.

    Raises:
        DataError: no tables, or columns that differ; names both files.
    """
    if not tables:
        raise DataError("no tables to join")
    model = next((table for table in tables if table.named), tables[0])
    aligned = [_aligned(table, model) for table in tables]
    ends = list(accumulate(map(len, tables)))

    def where(row: int) -> str:
        place = bisect_right(ends, row)
        return tables[place].where(row - (ends[place] - len(tables[place])))

    return Table(
        path=path or tables[0].path,
        columns={
            name: _stacked(name, [columns[name] for columns in aligned], tables)
            for name in model.columns
        },
        named=model.named,
        where=where,
        layout=model.layout,
        roles=model.roles,
        beside={name: value for table in reversed(tables) for name, value in table.beside.items()},
        notes=tuple(f"{table.path.name}: {note}" for table in tables for note in table.notes),
        doubts=tuple(doubt for table in tables for doubt in table.doubts),
    )


def _aligned(table: Table, model: Table) -> dict[str, Array]:
    """Its columns by the model's names."""
    if table.named and set(table.columns) == set(model.columns):
        return dict(table.columns)
    if not (table.named and model.named) and len(table.columns) == len(model.columns):
        return dict(zip(model.columns, table.columns.values(), strict=True))
    raise DataError(
        f"{table.path} has columns {', '.join(table.columns)}, {model.path} has "
        f"{', '.join(model.columns)}; needed the same in both"
    )


def _stacked(name: str, columns: Sequence[Array], tables: Sequence[Table]) -> Array:
    kinds = {values.dtype.kind for values in columns}
    if len(kinds) == 1 or kinds == {"i", "f"}:
        return np.concatenate(columns)
    if "M" in kinds or "b" in kinds:
        files = ", ".join(
            f"{table.path.name} {values.dtype}"
            for table, values in zip(tables, columns, strict=True)
        )
        raise DataError(f"column '{name}' holds different things: {files}")
    return np.concatenate([_texts(values) for values in columns])


def _texts(values: Array) -> Array:
    return values if values.dtype == object else values.astype(str).astype(object)
