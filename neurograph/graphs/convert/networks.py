"""To networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurograph.graphs.convert.libraries import networkx
from neurograph.graphs.convert.rows import EdgeRows, node_columns
from neurograph.graphs.graph import TemporalGraph

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(graph: TemporalGraph) -> nx.MultiGraph | nx.Graph:
    """A MultiGraph with an edge per pair and step; a Graph where there is one step only.

    Nodes are the source's ids, with attributes label and part; edges have time and weight: each
    where the graph has it.

    Raises:
        DataError: networkx is not installed.
    """
    nx = networkx()
    found = nx.Graph() if graph.num_steps == 1 else nx.MultiGraph()
    found.graph["name"] = graph.name
    nodes = node_columns(graph)
    ids = nodes.pop("node").tolist()
    found.add_nodes_from(zip(ids, _attributes(nodes, len(ids)), strict=True))
    edges = EdgeRows.of(graph).columns(graph)
    source, target = edges.pop("source").tolist(), edges.pop("target").tolist()
    found.add_edges_from(zip(source, target, _attributes(edges, len(source)), strict=True))
    return found


def _attributes(columns: dict[str, Any], rows: int) -> list[dict[str, Any]]:
    """One dictionary per row, without what is None."""
    lists = {name: values.tolist() for name, values in columns.items()}
    return [
        {name: values[row] for name, values in lists.items() if values[row] is not None}
        for row in range(rows)
    ]
