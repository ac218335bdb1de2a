"""A file that lists nodes by the ids that the graph's source gave them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import Table

NAMES = ("node", "node_id", "id", "name", "nodes", "ids")  # of the column that holds them
SHOWN = 5  # unknown ids in an error


def index_of(ids: Array, graph: TemporalGraph, where: Path | str) -> Array:
    """Index of each of these ids: int64.

    Args:
        ids: as the graph's source has them.
        where: they come from, for an error.

    Raises:
        DataError: some are of no node of the graph.
    """
    names = NodeNames(graph.node_ids)
    found = names.index(ids)
    unknown = [str(one) for one in np.unique(ids[found < 0].astype(np.str_))]
    if unknown:
        shown = ", ".join(f"'{one}'" for one in unknown[:SHOWN])
        more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        known = ", ".join(f"'{one}'" for one in names.ids[:3])
        raise DataError(
            f"{where}: {len(unknown):,} of {len(ids):,} ids are of no node of graph "
            f"'{graph.name}': {shown}{more}; its ids are of the kind {known}; remove them, or give "
            "the ids as the edge list has them"
        )
    return found


def read_node_ids(path: Path) -> Array:
    """The ids that a file lists, in its order: int64, or objects of text.

    One per line, or a column called as in `NAMES` of any table that `read_table` reads.

    Raises:
        DataError: the file cannot be read, has several columns of which none is called so, or has
            a row without an id.
    """
    from neurograph.graphs.tables import read_table

    table = read_table(path)
    name = _column(table)
    ids: Array = table.columns[name]
    if table.named and len(table.columns) == 1 and name.lower() not in NAMES:
        ids = np.concatenate([np.array([name], object), ids.astype(object)])  # it was no header
        return ids
    empty = np.array([one is None or one != one for one in ids]) if ids.dtype.kind in "Of" else None
    if empty is not None and empty.any():
        raise DataError(f"{table.where(int(empty.argmax()))}: needed the id of a node, found none")
    return ids


def _column(table: Table) -> str:
    """The column that holds ids of nodes."""
    if len(table.columns) == 1:
        return next(iter(table.columns))
    if "node" in table.roles:
        return table.roles["node"]
    for name in table.columns:
        if name.lower() in NAMES:
            return name
    raise DataError(
        f"{table.path}: which of the columns {', '.join(table.columns)} holds the ids of nodes? "
        "call it 'node', or keep it alone"
    )
