"""A file of labels, whose first line is a header or not by the ids of the edges."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.label_file import labels_of_beside, labels_of_table
from neurograph.graphs.io.label_list import LabelList
from neurograph.graphs.io.label_roles import OPTION, is_node_name
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import (
    Table,
    load_arrays,
    open_source,
    read_table,
    table_of_arrays,
)


def read_labels(
    path: Path,
    edges: NodeNames,
    *,
    columns: str | None = None,
    unlabelled: tuple[str, ...] = (),
    encoding: str | None = None,
    doubts: Doubts,
    **how: Any,
) -> tuple[LabelList, list[str]]:
    """Labels from any file that is a table, or from the arrays of an .npz that has `y`.

    Args:
        edges: the nodes that have one.
        how: what else `labels_of_table` takes.

    Returns:
        The labels, and what is to be said of the first line.

    Raises:
        DataError: as `labels_of_table`.
    """
    arrays = _arrays_with_y(path) if columns is None else {}
    found = labels_of_beside(arrays, what=str(path), unlabelled=unlabelled, doubts=doubts)
    if found is not None:
        return found, []
    table, notes = (
        (table_of_arrays(path, arrays), [])
        if arrays
        else _read_table(path, edges, columns, doubts, encoding)
    )
    of_table = labels_of_table(
        _nodes_of(table), columns=columns, unlabelled=unlabelled, doubts=doubts, **how
    )
    return of_table, notes


def _arrays_with_y(path: Path) -> dict[str, Array]:
    """`y`, its `label_names`, and ids of its nodes as `node`, where an .npz has them."""
    if ".npz" not in {suffix.lower() for suffix in path.suffixes[-2:]}:
        return {}
    arrays = load_arrays(open_source(path))
    if "y" not in arrays:
        return {}
    taken: dict[str, Array] = {key: arrays[key] for key in ("y", "label_names") if key in arrays}
    ids = [x for name, x in arrays.items() if is_node_name(name) and x.shape == arrays["y"].shape]
    return {"node": ids[0], "label": taken["y"]} if ids else taken


def _read_table(
    path: Path, edges: NodeNames, columns: str | None, doubts: Doubts, encoding: str | None
) -> tuple[Table, list[str]]:
    """The table, and a note where the edges said whether its first line is a row.

    Where all of a file are texts, a first line can be both. It is a row if its node has an edge;
    it names the columns if somebody types its words, or if it is the only one whose node has none.
    """
    read = partial(read_table, path, encoding=encoding, rest=True)
    table = read()
    if not table.doubts:
        return table, []
    named = read(header=True)
    names = list(named.columns)
    if columns is not None:
        typed = {part.rpartition("=")[2].strip() for part in columns.split(",")}
        return named if typed <= set(names) else table, []
    header = _has_header(table, edges)
    if header is None:
        row, first = _typed([*map(str, range(len(names)))]), _typed(names)
        for doubted, guess, _ in table.doubts:
            doubts.ask(doubted, guess, f"{row}; if it does: {first}")
    if not header:
        return table, []
    return named, [f"{path}: its first line ({', '.join(names)}) names the columns: no such node"]


def _nodes_of(file: Table) -> Table:
    """What a file says of nodes: of a graph's file, the nodes beside its edges.

    Raises:
        DataError: a graph whose nodes have nothing that may be a class.
    """
    if not {"source", "target"} <= file.roles.keys():
        return file
    nodes = file.beside.get("nodes")
    if not isinstance(nodes, Table) or len(nodes.columns) < 2:
        raise DataError(
            f"{file.path}: a list of edges, and its nodes have no attributes; needed nodes and "
            "their classes"
        )
    return nodes


def _typed(names: list[str]) -> str:
    """The option by which the first of these is the node, the last its class."""
    node = f"node={names[0]}," if len(names) > 1 else ""
    return f"{OPTION} {node}label={names[-1]}"


def _has_header(table: Table, edges: NodeNames) -> bool | None:
    """Whether the first row is none; None where no column is of nodes that have edges."""
    for values in table.columns.values():
        known = edges.index(values) >= 0
        if known[0]:
            return False
        if len(known) > 1 and bool(np.all(known[1:])):
            return True
    return None
