"""Graphs in the files of networkx: GraphML, GEXF, GML, Pajek, adjacency lists."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs.tables.decode import to_utf8
from neurograph.graphs.tables.kinds import WORDS
from neurograph.graphs.tables.records import graph_table
from neurograph.graphs.tables.source import START, Source
from neurograph.graphs.tables.table import Table

Edge = tuple[Any, Any, Mapping[str, Any]]  # source, target, attributes
GEXF_NAME = re.compile(rb"https?://(www\.)?gexf\.net/[\w.]+")
DRAWN = ("id", "x", "y", "shape")
NAMES = ("graphml", "gexf", "gml", "pajek", "adjacency list", "multiline adjacency list")


def read_network(source: Source, kind: str, encoding: str | None = None) -> Table:
    """The edges of a graph that networkx reads, with their attributes; nodes beside.

    Args:
        source: the file.
        kind: one of `NAMES`.
        encoding: of the text. None: found out, else UTF-8.

    Raises:
        DataError: networkx is not installed, or cannot read the file.
    """
    nx = import_networkx(source)
    data = to_utf8(source.path, source.data(), encoding)
    if kind in ("graphml", "gexf"):
        _check_xml(source, data)
    try:
        graph = _readers(nx)[kind](data)
    except RecursionError as error:
        raise DataError(f"{source.path}: nested too deep for {WORDS[kind]}") from error
    except Exception as error:  # whatever a file brings networkx to raise: it has no base class
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise DataError(f"{source.path}: damaged, or not {WORDS[kind]} ({reason})") from error
    return table_of_network(source, graph, kind)


def table_of_network(source: Source, graph: Any, kind: str) -> Table:
    """A graph of networkx as a table of its edges."""
    edges = list(graph.edges(data=True))
    if kind == "gexf":  # which numbers its edges
        edges = [(a, b, {k: v for k, v in about.items() if k != "id"}) for a, b, about in edges]
        edges = list(_spelled(edges))
    nodes = list(graph.nodes(data=True))
    lonely = any(degree == 0 for _, degree in graph.degree())
    listed = nodes if lonely or any(attributes for _, attributes in nodes) else []
    directed = None if "adjacency" in kind else graph.is_directed()
    return graph_table(source.path, edges, listed, layout=kind, directed=directed)


def import_networkx(source: Source) -> Any:
    """The library.

    Raises:
        DataError: it is not installed.
    """
    try:
        import networkx
    except ImportError as error:
        raise DataError(
            f"{source.path}: reading this format needs networkx; pip install networkx"
        ) from error
    return networkx


def _readers(nx: Any) -> Mapping[str, Callable[[bytes], Any]]:
    kept = nx.MultiDiGraph  # keeps repeated edges, and which end came first
    return {
        "graphml": lambda data: nx.read_graphml(io.BytesIO(data), force_multigraph=True),
        "gexf": lambda data: _read_gexf(nx, data),
        "gml": lambda data: _read_gml(nx, data),
        "pajek": lambda data: _read_pajek(nx, data),
        "adjacency list": lambda data: nx.read_adjlist(io.BytesIO(data), create_using=kept),
        "multiline adjacency list": lambda data: nx.read_multiline_adjlist(
            io.BytesIO(data), create_using=kept
        ),
    }


def _read_gexf(nx: Any, data: bytes) -> Any:
    versions = ["1.2draft", "1.1draft", "1.3"]
    known = nx.readwrite.gexf.GEXF.versions
    found = [v for v in versions if v in known and known[v]["NS_GEXF"].encode() in data[:START]]
    if not found:  # a version that this networkx does not know says the same in these elements
        data = GEXF_NAME.sub(known[versions[0]]["NS_GEXF"].encode(), data)
    return nx.read_gexf(io.BytesIO(data), version=(found or versions)[0])


def _spelled(edges: Sequence[Edge]) -> Iterator[Edge]:
    """An edge for each time span that GEXF gives one edge."""
    for a, b, about in edges:
        spells = about.get("spells") or []
        plain = {key: value for key, value in about.items() if key != "spells"}
        for start, end in spells:
            span = {"start": start, "end": end}
            yield a, b, plain | {k: v for k, v in span.items() if v not in (None, "", "None")}
        if not spells:
            yield a, b, plain


def _read_pajek(nx: Any, data: bytes) -> Any:
    """By networkx, which takes the lists of neighbours that Pajek also writes for arcs."""
    lines, listed = [], False
    for line in data.decode().split("\n"):
        if line.lstrip().startswith("*"):
            listed = re.match(r"\s*\*(arcs|edges)list\b", line, re.IGNORECASE) is not None
            lines.append(re.sub(r"(?i)^(\s*\*(arcs|edges))list\b.*", r"\1", line))
        elif listed:
            first, *others = line.split() or [""]
            lines += [f"{first} {other}" for other in others]
        else:
            lines.append(line)
    graph = nx.parse_pajek("\n".join(lines))
    for _, about in graph.nodes(data=True):
        for key in DRAWN:  # the number of the vertex in the file, and where it is drawn
            about.pop(key, None)
    return graph


def _read_gml(nx: Any, data: bytes) -> Any:
    lines = data.decode().split("\n")
    try:
        return nx.parse_gml(lines)
    except nx.NetworkXError as error:
        if "label" not in str(error):
            raise
        return nx.parse_gml(lines, label="id")  # nodes without labels, or with equal ones


def _check_xml(source: Source, data: bytes) -> None:
    """Refuse what may expand without end, or read other files."""
    for sign in (b"<!DOCTYPE", b"<!ENTITY"):
        if sign in data.upper():
            raise DataError(
                f"{source.path}: XML with {sign.decode()}, which may name other files or grow "
                f"without end; take the declaration out"
            )
