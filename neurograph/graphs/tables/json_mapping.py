"""An object of JSON whose keys are ids, or names of columns, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.graphs.tables.names import is_word, unique_names
from neurograph.graphs.tables.records import column_of, records_table
from neurograph.graphs.tables.table import Table

LAYOUT = "json mapping"  # says nothing of edges


def table_of_mapping(path: Path, content: Mapping[str, Any]) -> Table | None:
    """The table that an object is; None where it is none.

    An id and its value (``{"a": "red"}``), its values (``{"a": [0, 1]}``) or its fields
    (``{"a": {"label": "red"}}``); or usual names of columns and their values, in a list or by id.
    """
    values = list(content.values())
    if values and not any(isinstance(value, (list, dict)) for value in values):
        return _keyed(path, {key: [value] for key, value in content.items()})
    if _are(values, list) and len(set(map(len, values))) == 1 and values[0]:
        if any(map(is_word, content)):
            rows = [dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)]
            return records_table(path, rows, LAYOUT)
        return _keyed(path, content)
    if _are(values, dict):
        return _nested(path, content)
    return None


def _nested(path: Path, content: Mapping[str, Mapping[str, Any]]) -> Table:
    """Fields by id, or ids by field, as pandas writes a frame."""
    rows: dict[str, dict[str, Any]] = {}
    if any(map(is_word, content)):
        for field, entries in content.items():
            for key, value in entries.items():
                rows.setdefault(key, {})[field] = value
    else:
        rows = {key: dict(fields) for key, fields in content.items()}
    if list(rows) == [str(row) for row in range(len(rows))] and len(content) > 1:
        return records_table(path, list(rows.values()), LAYOUT)  # the keys count the rows
    fields = list(dict.fromkeys(field for row in rows.values() for field in row))
    key, *names = unique_names(["node", *fields])
    records = [
        {key: one, **{name: row.get(field) for name, field in zip(names, fields, strict=True)}}
        for one, row in rows.items()
    ]
    return records_table(path, records, LAYOUT)


def _keyed(path: Path, content: Mapping[str, list[Any]]) -> Table | None:
    """Keys and their values as columns without names."""
    columns = [list(content), *zip(*content.values(), strict=True)]
    if any(isinstance(value, (list, dict)) for column in columns for value in column):
        return None
    keys = list(content)
    return Table(
        path=path,
        columns={str(place): column_of(column) for place, column in enumerate(columns)},
        named=False,
        where=lambda row: f"{path}, entry '{keys[row]}'",
        layout=LAYOUT,
    )


def _are(values: list[Any], kind: type) -> bool:
    return bool(values) and all(isinstance(value, kind) for value in values)
