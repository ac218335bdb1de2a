"""Write a part of a graph as a graph folder of its own, with its features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurograph.chip.place.node_orders import partitioned
from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs import io
from neurograph.graphs.embed.folder import load_features, present, writing
from neurograph.graphs.features import held
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.node_list import read_nodes
from neurograph.graphs.part import around, part_of

SEED = 0  # of METIS
OWN = ("kind", "schema", "method", "shape", "dtype", "sha256", "graph_sha256")  # of each file
SUGGESTED = "give --nodes FILE, or --pieces N"


def pieces_of(graph: TemporalGraph, pieces: int) -> list[Array]:
    """The nodes of as many pieces of like size, few edges between them (METIS); each ascending.

    Raises:
        DataError: more pieces than nodes, or less than one.
    """
    if not 1 <= pieces <= graph.num_nodes:
        raise DataError(f"--pieces is {pieces}; needed 1 to {graph.num_nodes:,}, one per node")
    order = partitioned(graph.adjacency(graph.num_steps - 1), seed=SEED)
    return [np.sort(nodes) for nodes in np.array_split(order, pieces)]


def make_part(
    folder: Path,
    out: Path,
    *,
    nodes: Path | None = None,
    pieces: int | None = None,
    piece: int = 1,
    hops: int = 0,
    overwrite: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> TemporalGraph:
    """The listed nodes, or one of so many pieces, and what is around them.

    Args:
        out: folder to write; every method of features of the graph is there, too.
        nodes: file of ids.
        piece: from 1.
        hops: edges around the nodes that are taken in.
        say: is told of a graph that is replaced.

    Raises:
        DataError: neither or both of `nodes` and `pieces`, no such piece, a graph's own folder for
            output.
        ExistsError: another graph is there, or something else.
        StoreError: the graph or its features are damaged, or nothing can be written.
    """
    if folder.resolve() == out.resolve():
        raise DataError(f"{out}: the graph itself is there; write its part elsewhere (-o)")
    io.check_output(out)
    graph = io.load_graph(folder)
    inside = around(graph, _asked(graph, nodes, pieces, piece), hops)
    found = part_of(graph, inside)
    if replaced := io.make_room(out, found, overwrite=overwrite):
        say(replaced)
    io.save_graph(found, out)
    for method in present(folder):
        _keep_features(folder, out, method, graph, found, inside)
    return found


def _asked(graph: TemporalGraph, nodes: Path | None, pieces: int | None, piece: int) -> Array:
    if (nodes is None) == (pieces is None):
        raise DataError(f"which part of '{graph.name}'? {SUGGESTED}, not both")
    if nodes is not None:
        return read_nodes(nodes, graph)
    assert pieces is not None
    every = pieces_of(graph, pieces)
    if not 1 <= piece <= pieces:
        raise DataError(f"--piece is {piece}; needed 1 to {pieces}")
    return every[piece - 1]


def _keep_features(
    folder: Path, out: Path, method: str, graph: TemporalGraph, part: TemporalGraph, inside: Array
) -> None:
    """The rows of these nodes, as they are."""
    store = load_features(folder, method)
    store.check_matches(graph)
    values = store.values[:1] if held(store.values) else store.values
    shape = (len(values), len(inside), store.num_features)
    facts = {name: fact for name, fact in store.meta.items() if name not in OWN}
    with writing(out, method, shape, values.dtype) as writer:
        for snapshot in values:
            writer.append(snapshot[inside])
        writer.finish(**facts, graph_sha256=part.sha256, part_of=store.sha256)
