"""The edges and nodes of a networkx graph as tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.convert.column import objects_column
from neurograph.graphs.tables import Table

if TYPE_CHECKING:
    import networkx as nx

NESTED = (list, tuple, dict, set, frozenset, np.ndarray)
ENDS = {True: ("source", "target"), False: ("u", "v")}  # of an edge with a direction or without
NODE = "node"
DEFAULTS = {"time": "time", "weight": "weight", "label": "label", "part": "part"}
Attributes = Sequence[Mapping[str, Any]]


def network_table(
    graph: nx.Graph,
    *,
    time: str | None = "time",
    weight: str | None = "weight",
    label: str | None = "label",
    part: str | None = "part",
) -> Table:
    """Two columns of ends and one for each attribute of edges; a table of nodes beside.

    Args:
        graph: of any of networkx's kinds; a node that is no number is called by its text.
        time, weight: the attribute of edges that is one. None: no attribute is.
        label, part: the attribute of nodes that is the class, and the part of a split; likewise.

    Raises:
        DataError: no edge, two nodes of the same text, or nothing has an attribute of that name.
    """
    at = Path(f"networkx {type(graph).__name__} {graph.name}".strip())
    ends, attributes = _edges(graph, at)
    names = _names(list(graph.nodes()), at)

    def where(row: int) -> str:
        return f"{at}, edge {ends[row][0]!r} - {ends[row][1]!r} {dict(attributes[row])}"

    notes: list[str] = []
    sides = ENDS[graph.is_directed()]
    taken = _columns(attributes, where, "edges", sides, notes)
    roles = _roles({"time": time, "weight": weight}, taken, at, "edges")
    if (column := roles.get("weight")) is not None:
        taken[column] = _filled(taken[column], column, notes)
    columns = {
        name: objects_column((names[edge[place]] for edge in ends), where)
        for place, name in enumerate(sides)
    }
    nodes = _node_table(graph, names, at, {"label": label, "part": part}, notes)
    return Table(
        path=at,
        columns={**columns, **taken},
        named=True,
        where=where,
        layout="networkx",
        roles={"source": sides[0], "target": sides[1], **roles},
        beside={"nodes": nodes},
        notes=tuple(f"{at}: {note}" for note in notes),
    )


def _edges(graph: nx.Graph, at: Path) -> tuple[list[tuple[Any, Any]], Attributes]:
    rows = list(graph.edges(data=True))
    if not rows:
        raise DataError(f"{at}: {graph.number_of_nodes():,} nodes and no edge")
    return [(u, v) for u, v, _ in rows], [attributes for _, _, attributes in rows]


def _names(nodes: Sequence[Hashable], at: Path) -> dict[Hashable, Any]:
    """Integers where all nodes are such, else the text of each."""
    if all(isinstance(node, int | np.integer) and not isinstance(node, bool) for node in nodes):
        return {node: node for node in nodes}
    found: dict[str, Hashable] = {}
    for node in nodes:
        other = found.setdefault(str(node), node)
        if other is not node:
            raise DataError(
                f"{at}: nodes {other!r} and {node!r} have the same text; nodes are told apart "
                "by it: networkx.relabel_nodes renames one"
            )
    return {node: str(node) for node in nodes}


def _columns(
    rows: Attributes, where: Callable[[int], str], what: str, own: Sequence[str], notes: list[str]
) -> dict[str, Array]:
    """One column per attribute; None or NaN where a row has it not. What is nested is noted.

    Args:
        own: names of columns that are no attributes.
    """
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        if any(isinstance(value, NESTED) for value in values):
            notes.append(f"attribute '{name}' of {what} holds several values each: not taken")
            continue
        found[f"{name} (attribute)" if name in own else str(name)] = objects_column(values, where)
    return found


def _roles(
    asked: Mapping[str, str | None], columns: Mapping[str, Array], at: Path, what: str
) -> dict[str, str]:
    """Role -> column; a usual name that nothing has is no role, any other one is a mistake."""
    found = {}
    for role, name in asked.items():
        if name is not None and name in columns:
            found[role] = name
        elif name is not None and name != DEFAULTS[role]:
            there = ", ".join(columns) or "none"
            raise DataError(f"{at}: no {what} have the attribute '{name}'; there are: {there}")
    return found


def _filled(weight: Array, name: str, notes: list[str]) -> Array:
    """An edge without weight weighs 1, as everywhere in networkx."""
    if weight.dtype.kind != "f" or not (lacking := np.isnan(weight)).any():
        return weight
    notes.append(f"{np.count_nonzero(lacking):,} edges have no '{name}': each counts 1")
    return np.where(lacking, 1.0, weight)


def _node_table(
    graph: nx.Graph,
    names: Mapping[Hashable, Any],
    at: Path,
    asked: Mapping[str, str | None],
    notes: list[str],
) -> Table:
    nodes = list(graph.nodes(data=True))

    def where(row: int) -> str:
        return f"{at}, node {nodes[row][0]!r} {nodes[row][1]}"

    columns = _columns([attributes for _, attributes in nodes], where, "nodes", [NODE], notes)
    roles = _roles(asked, columns, at, "nodes")
    if spare := [name for name in columns if name not in roles.values()]:
        notes.append(f"attributes of nodes not taken: {', '.join(spare)}")
    kept = {column: columns[column] for column in roles.values()}
    ids = objects_column((names[node] for node, _ in nodes), where)
    return Table(
        path=at,
        columns={NODE: ids, **kept},
        named=True,
        where=where,
        layout="networkx",
        roles={"node": NODE} | ({"label": roles["label"]} if "label" in roles else {}),
    )
