"""A file that lists nodes by the ids that the graph's source gave them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import Table, read_table

NAMES = ("node", "node_id", "nodeid", "id", "name", "nodes", "ids")  # of the column of ids
SHOWN = 5  # unknown ids in an error


def read_nodes(path: Path, graph: TemporalGraph) -> Array:
    """The nodes that a file lists, one per line or in a column called as in `NAMES`.

    Returns:
        Their indices in the order of the file, int64; the same one as often as it is there.

    Raises:
        DataError: the file cannot be read, has several columns of which none is called so, a row
            without an id, or ids that are of no node.
    """
    table, names = read_table(path, rest=True), NodeNames(graph.node_ids)
    ids = _ids(table)
    if ids is None:  # names with blanks in them, perhaps
        ids = _whole_rows(table)
        if (names.index(ids) < 0).any():
            raise DataError(
                f"{path}: which of the columns {', '.join(table.columns)} holds the ids of nodes? "
                "call it 'node', or keep it alone"
            )
    return find_ids(ids, graph, str(path))


def find_ids(ids: Array, graph: TemporalGraph, where: str) -> Array:
    """Index of each of these ids, int64.

    Args:
        where: they come from, for an error.

    Raises:
        DataError: some are of no node.
    """
    found = NodeNames(graph.node_ids).index(ids)
    if (found < 0).any():
        raise DataError(f"{where}: {_unknown(ids, found < 0, graph)}")
    return found


def _ids(table: Table) -> Array | None:
    """The column that holds ids; None where none is the only one, or says so."""
    called = [name for name in table.columns if name.lower() in NAMES]
    if len(table.columns) == 1:
        called = [*table.columns]
    elif "node" in table.roles:
        called = [table.roles["node"]]
    if not called:
        return None
    ids: Array = table.columns[called[0]]
    if ids.dtype == object and (empty := np.array([one is None for one in ids])).any():
        raise DataError(f"{table.where(int(empty.argmax()))}: needed the id of a node, found none")
    return ids


def _whole_rows(table: Table) -> Array:
    """Each row as one text, its fields with a blank between."""
    rows = zip(*(column.tolist() for column in table.columns.values()), strict=True)
    return np.array([" ".join(str(one) for one in row if one is not None) for row in rows], object)


def _unknown(ids: Array, unknown: Array, graph: TemporalGraph) -> str:
    """Which ids are of no node, and what the ids of nodes look like."""
    texts = [f"'{one}'" for one in dict.fromkeys(ids[unknown].tolist())]
    shown = ", ".join(texts[:SHOWN])
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    like = ", ".join(f"'{one}'" for one in graph.node_ids[:3])
    noun = "id is" if len(texts) == 1 else "ids are"
    return (
        f"{len(texts):,} {noun} of no node of graph '{graph.name}': {shown}{more}; its ids are "
        f"like {like}; remove them, or write them as the edges have them"
    )
