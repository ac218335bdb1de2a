"""Nodes beside those with an edge: a number of them, or a file that lists them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.ids import clean_ids, no_id
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import read_table

NAMES = ("node", "id", "node_id", "nodeid", "name")  # of the column of ids
MOST_NODES = int(np.iinfo(np.int32).max)


def listed_nodes(
    nodes: int | str | os.PathLike[str], edges: NodeNames, where: Callable[[object], str]
) -> Array:
    """Ids that `nodes` adds to those of the edges: int64 or objects of text.

    Args:
        nodes: how many, for ids that count from 0; or a file with an id per line, or with a
            column of ids: node, id, or the first.
        where: the row in which an edge has a node, for errors.

    Raises:
        DataError: fewer than the edges have, or a number where ids do not count from 0.
    """
    if isinstance(nodes, str) and nodes.strip().isdecimal() and not Path(nodes).exists():
        nodes = int(nodes)
    if isinstance(nodes, int | np.integer):
        return counted_nodes(int(nodes), edges, where)
    listed = read_table(Path(nodes))
    by_name = [name for name in listed.columns if name.lower() in NAMES]
    name = by_name[0] if listed.named and by_name else next(iter(listed.columns))
    ids = clean_ids(listed.columns[name], name, listed.where)
    if len(ids) == 1 and len(edges) > 1 and ids.dtype.kind == "i":
        raise DataError(
            f"{listed.where(0)}: one number; if it says how many nodes there are: --nodes {ids[0]}"
        )
    if ids.dtype == object and (lacking := ids == None).any():  # noqa: E711
        raise no_id(name, listed.where(int(np.argmax(lacking))))
    return ids


def counted_nodes(count: int, edges: NodeNames, where: Callable[[object], str]) -> Array:
    """The ids 0 to `count` - 1.

    Raises:
        DataError: an edge has another id.
    """
    if edges.ids.dtype.kind != "i":
        raise DataError(
            f"{where(edges.ids[0])}: {count:,} nodes are given by number, and ids are names "
            f"('{edges.ids[0]}'); needed a file that lists them: --nodes FILE"
        )
    if not 1 <= count <= MOST_NODES:
        raise DataError(f"the number of nodes is given as {count}; needed 1 to {MOST_NODES:,}")
    if edges.ids[0] < 0 or edges.ids[-1] >= count:
        worst = edges.ids[0] if edges.ids[0] < 0 else edges.ids[-1]
        needed = f"needed at least {worst + 1}" if worst >= 0 else "needed ids that count from 0"
        raise DataError(
            f"{where(worst)}: node {worst}, but the number of nodes is given as {count}; {needed}, "
            "or a file that lists them: --nodes FILE"
        )
    return np.arange(count, dtype=np.int64)
