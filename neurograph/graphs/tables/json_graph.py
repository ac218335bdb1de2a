"""Graphs in JSON: node-link and adjacency form of networkx, Cytoscape's, or rows as objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.core.json_text import check_characters
from neurograph.graphs.tables.decode import to_utf8
from neurograph.graphs.tables.json_mapping import table_of_mapping
from neurograph.graphs.tables.networks import import_networkx, table_of_network
from neurograph.graphs.tables.records import column_of, graph_table, records_table
from neurograph.graphs.tables.source import Source
from neurograph.graphs.tables.table import NoRowsError, Table

RENAMED = {"from": "source", "to": "target"}
FORMS = (
    'needed {"nodes": [{"id": ...}], "links": [{"source": ..., "target": ...}]} as '
    'networkx.node_link_data writes it, or a list of objects [{"source": ..., "target": ...}]'
)

TABLES = (
    'needed an object per row ([{"source": ..., "target": ...}, ...] or [{"node": ..., "label": '
    "...}, ...]), an entry per node, or the nodes and links of networkx.node_link_data"
)


def read_json(source: Source, encoding: str | None = None) -> Table:
    """The edges of a graph in JSON, with their attributes, nodes beside; or any table in it.

    Raises:
        DataError: damaged, or of no form that is known.
    """
    return _table(source, _content(source, encoding))


def load_lists(source: Source) -> dict[str, Array] | None:
    """The lists of an object, by name, as arrays; None where it holds anything else.

    Raises:
        DataError: damaged.
    """
    content = _content(source)
    if not isinstance(content, dict) or not all(_is_list(content, key) for key in content):
        return None
    if any(isinstance(value, (list, dict)) for values in content.values() for value in values):
        return None
    return {key: column_of(values) for key, values in content.items()}


def _content(source: Source, encoding: str | None = None) -> Any:
    data = to_utf8(source.path, source.data(), encoding)
    try:
        return _parsed(data.decode())
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _lines(source, data)
        raise DataError(f"{source.path}, line {error.lineno}: not JSON ({error.msg})") from error
    except (RecursionError, ValueError) as error:
        raise DataError(f"{source.path}: not JSON ({type(error).__name__})") from error


def _parsed(text: str) -> Any:
    """The value; unlike `parse_json`, with NaN where a weight or a time is missing."""
    value = json.loads(text)
    check_characters(text, value)
    return value


def _lines(source: Source, data: bytes) -> list[Any]:
    """An object per line."""
    records = []
    for number, line in enumerate(data.decode().split("\n"), 1):
        if line.strip():
            try:
                records.append(_parsed(line))
            except (RecursionError, ValueError) as error:
                raise DataError(f"{source.path}, line {number}: not JSON ({error})") from error
    return records


def _table(source: Source, content: Any) -> Table:
    if isinstance(content, list):
        if not content:
            raise NoRowsError(f"{source.path}: an empty list")
        _check_objects(source, content, "row")
        return records_table(source.path, content, "json")
    key = next((key for key in ("links", "edges") if _is_list(content, key)), None)
    if key is not None:
        return _node_link(source, content, content[key], key)
    if _is_list(content, "adjacency") or _is_object(content, "elements"):
        return _by_networkx(source, content)
    mapping = table_of_mapping(source.path, content) if isinstance(content, dict) else None
    if mapping is None:
        raise DataError(f"{source.path}: JSON of no form that is known; {TABLES}")
    return mapping


def _node_link(source: Source, content: Mapping[str, Any], links: Any, key: str) -> Table:
    nodes = content.get("nodes") or []
    if not isinstance(nodes, list):
        raise DataError(f"{source.path}: 'nodes' is no list; {FORMS}")
    _check_objects(source, nodes, "node")
    _check_objects(source, links, key)
    if all(
        "from" in link and "to" in link and not {"source", "target"} & set(link) for link in links
    ):
        links = [
            {RENAMED.get(k, k): v for k, v in link.items()} for link in links
        ]  # as vis.js has it
    for row, link in enumerate(links):
        if link.get("source") is None or link.get("target") is None:
            raise DataError(f"{source.path}, {key} {row}: no source or no target; {FORMS}")
    ids = [node.get("id", row) for row, node in enumerate(nodes)]
    ends = ("source", "target", "key")
    return graph_table(
        source.path,
        [(e["source"], e["target"], {k: v for k, v in e.items() if k not in ends}) for e in links],
        [
            (name, {k: v for k, v in node.items() if k != "id"})
            for name, node in zip(ids, nodes, strict=True)
        ],
        layout="json",
        directed=bool(content["directed"]) if "directed" in content else None,
    )


def _by_networkx(source: Source, content: Mapping[str, Any]) -> Table:
    nx = import_networkx(source)
    read = nx.adjacency_graph if "adjacency" in content else nx.cytoscape_graph
    if "elements" in content:  # Cytoscape itself leaves out what networkx wants
        content = {"data": [], "directed": False, "multigraph": True, **content}
    try:
        graph = read(dict(content))
    except Exception as error:  # whatever a file brings networkx to raise: it has no base class
        raise DataError(f"{source.path}: damaged ({type(error).__name__}: {error})") from error
    if "elements" in content:
        _drop(graph.edges(data=True), ("source", "target"))
        _drop(graph.nodes(data=True), ("id", "value"))
    return table_of_network(source, graph, "json")


def _drop(things: Any, keys: tuple[str, ...]) -> None:
    """Attributes that say again which node this is."""
    for *_, about in things:
        for key in keys:
            about.pop(key, None)


def _check_objects(source: Source, rows: list[Any], what: str) -> None:
    for row, value in enumerate(rows):
        if not isinstance(value, dict):
            raise DataError(f"{source.path}, {what} {row}: {str(value)[:60]}; {FORMS}")


def _is_list(content: Any, key: str) -> bool:
    return isinstance(content, dict) and isinstance(content.get(key), list)


def _is_object(content: Any, key: str) -> bool:
    return isinstance(content, dict) and isinstance(content.get(key), dict)
