"""Which row of a given file is which node's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed.given_file import GivenFile
from neurograph.graphs.embed.given_how import IDS, NODES, How
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.names import NodeNames

NAMED = 3  # nodes that an error names


@dataclass(frozen=True, eq=False, kw_only=True)
class NodeRows:
    """Where each node stands in a file.

    Attributes:
        row: int64 ``(N,)``; -1 where a node has no row.
        notes: what was done with the others.
    """

    row: Array
    notes: tuple[str, ...] = ()


def rows_of_nodes(file: GivenFile, graph: TemporalGraph, how: How, doubts: Doubts) -> NodeRows:
    """The row of every node.

    Args:
        file: whose values are on the axes (step, row, feature).

    Raises:
        DataError: an id twice, features of unknown nodes, or not of all.
    """
    rows = file.values.shape[0] if sp.issparse(file.values) else file.values.shape[1]
    if file.ids is not None:
        return _by_id(file, graph, how, file.ids, "id")
    if how.rows == IDS:
        return _by_id(file, graph, how, np.arange(rows), "number")
    _ask_order(file, graph, how, doubts)
    row = np.arange(graph.num_nodes)
    return _with_known(file, graph, how, np.where(row < rows, row, -1), rows)


def _by_id(file: GivenFile, graph: TemporalGraph, how: How, ids: Array, what: str) -> NodeRows:
    found = NodeNames(graph.node_ids).index(ids)
    taken = np.flatnonzero(found >= 0)
    lost = np.flatnonzero(found < 0)
    if not len(taken):
        raise DataError(
            f"{file.path}: no {what} of its {len(ids):,} rows is a node's: it has "
            f"{_some(ids)}, the graph {_some(graph.node_ids)}; a file of another graph?"
        )
    row = np.full(graph.num_nodes, -1, np.int64)
    row[found[taken]] = taken
    _check_once(file, ids, taken, row, found)
    by_number = what == "number"
    if len(lost) and not (how.unknown or by_number):
        raise DataError(
            f"{_where(file, int(lost[0]))}: {len(lost):,} of {len(ids):,} rows are of nodes that "
            f"the graph lacks: {_some(ids[lost])}; to leave such rows out: --unknown drop"
        )
    notes = (f"{len(lost):,} rows of nodes that the graph lacks are left out",) if len(lost) else ()
    left = _with_known(file, graph, how, row, len(ids))
    return NodeRows(row=left.row, notes=(*notes, *left.notes))


def _check_once(file: GivenFile, ids: Array, taken: Array, row: Array, found: Array) -> None:
    """Raise DataError where two rows are of one node."""
    if len(taken) == np.count_nonzero(row >= 0):
        return
    _, firsts = np.unique(found[taken], return_index=True)
    again = int(np.delete(taken, firsts)[0])
    times = np.count_nonzero(found == found[again])
    raise DataError(
        f"{_where(file, again)}: node {ids[again]} has {times} rows; needed one per node, or an "
        "array (steps, nodes, features) in an .npy"
    )


def _ask_order(file: GivenFile, graph: TemporalGraph, how: How, doubts: Doubts) -> None:
    """Note a doubt where rows have no ids, and the nodes' own are no numbers without gaps."""
    ids = graph.node_ids
    if how.rows == NODES or (ids.dtype.kind == "i" and (np.diff(ids) == 1).all()):
        return
    doubts.ask(
        f"{file.path}: its rows have no ids, and the nodes are called {_some(ids)}; whose is "
        "which?",
        f"row 0 is of {ids[0]}, row 1 of {ids[1]}: the order of the ids",
        "--rows nodes",
    )


def _with_known(file: GivenFile, graph: TemporalGraph, how: How, row: Array, rows: int) -> NodeRows:
    """Nodes without a row, or with one that the file calls unknown, are zero or an error."""
    if file.known is not None and len(file.known) == rows:
        row = np.where((row >= 0) & file.known[np.maximum(row, 0)], row, -1)
    lacking = np.flatnonzero(row < 0)
    if not len(lacking):
        return NodeRows(row=row)
    what = f"{len(lacking):,} of {graph.num_nodes:,} nodes"
    if how.missing != "zero":
        raise DataError(
            f"{file.path}: no features of {what}: {_some(graph.node_ids[lacking])}; to give them "
            "zeros: --missing zero"
        )
    return NodeRows(row=row, notes=(f"{what} have no features and get zeros",))


def _some(ids: Array) -> str:
    shown = ", ".join(str(i) for i in ids[:NAMED].tolist())
    return f"{shown} ..." if len(ids) > NAMED else shown


def _where(file: GivenFile, row: int) -> str:
    return file.where(row) if file.where else f"{file.path}, row {row}"
