"""Values of Python, as JSON and networkx have them, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.names import unique_names
from neurograph.graphs.tables.parse import Coded
from neurograph.graphs.tables.table import NoRowsError, Table
from neurograph.graphs.tables.values import typed

Nodes = Sequence[tuple[Any, Mapping[str, Any]]]  # id, attributes
Edges = Sequence[tuple[Any, Any, Mapping[str, Any]]]  # source, target, attributes


def graph_table(
    path: Path,
    edges: Edges,
    nodes: Nodes,
    *,
    layout: str,
    directed: bool | None = None,
    where: Callable[[int], str] | None = None,
) -> Table:
    """Edges as a table; the nodes, where they have attributes or no edge, beside it.

    Args:
        path: of the file.
        edges: each with its attributes.
        nodes: each with its attributes.
        layout: as in `Table`.
        directed: whether edges have a direction, where the file says so.
        where: as in `Table`. None: "graph.json, edge 7".

    Raises:
        DataError: no edges, or an attribute that is no number, text or truth value.
    """
    if not edges:
        raise NoRowsError(f"{path}: no edges")
    keys = _keys(attributes for _, _, attributes in edges)
    names = unique_names(["source", "target", *keys])
    rows = [[a, b, *(attributes.get(key) for key in keys)] for a, b, attributes in edges]
    columns = _columns(path, "edge", names, rows)
    beside: dict[str, Any] = {} if directed is None else {"directed": directed}
    if nodes:
        beside["nodes"] = _node_table(path, nodes, layout)
    return Table(
        path=path,
        columns=columns,
        named=True,
        where=where or (lambda row: f"{path}, edge {row}"),
        layout=layout,
        roles={"source": names[0], "target": names[1]},
        beside=beside,
    )


def records_table(path: Path, records: Sequence[Mapping[str, Any]], layout: str) -> Table:
    """Rows that are dictionaries, as a table.

    Raises:
        DataError: a value that is no number, text or truth value.
    """
    names = _keys(records)
    rows = [[record.get(name) for name in names] for record in records]
    return Table(
        path=path,
        columns=_columns(path, "row", names, rows),
        named=True,
        where=lambda row: f"{path}, row {row}",
        layout=layout,
    )


def _node_table(path: Path, nodes: Nodes, layout: str) -> Table:
    keys = _keys(attributes for _, attributes in nodes)
    names = unique_names(["node", *keys])
    rows = [[node, *(attributes.get(key) for key in keys)] for node, attributes in nodes]
    return Table(
        path=path,
        columns=_columns(path, "node", names, rows),
        named=True,
        where=lambda row: f"{path}, node {row}",
        layout=layout,
        roles={"node": names[0]},
    )


def _keys(records: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(key) for record in records for key in record))


def _columns(
    path: Path, what: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        for row, value in enumerate(values):
            if not (value is None or isinstance(value, (str, int, float, np.generic))):
                raise DataError(
                    f"{path}, {what} {row}, '{name}': {str(value)[:60]}; needed a number or a text"
                )
        columns[name] = column_of(values)
    return columns


def column_of(values: Sequence[Any]) -> Array:
    """Values of one attribute as `Table` has them; texts where kinds are mixed or one lacks."""
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return np.array(values, bool)
    if kinds == {int} and all(-(1 << 63) <= value < 1 << 63 for value in values):
        return np.array(values, np.int64)
    if kinds <= {int, float} and all(abs(value) < 1 << 53 for value in values if value == value):
        return np.array(values, np.float64)
    texts = ["" if value is None else _text(value) for value in values]
    codes: dict[str, int] = {}
    for text in texts:
        codes.setdefault(text, len(codes))
    return typed(Coded(np.array([codes[text] for text in texts]), list(codes)), "")[0]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
