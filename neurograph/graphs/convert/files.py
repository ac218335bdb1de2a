"""A graph in the files of others: two CSV tables, GraphML, node-link JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from neurograph.core.errors import DataError
from neurograph.core.files import replacing, write_text
from neurograph.core.plain import no_formula
from neurograph.core.table_file import without_formulas
from neurograph.graphs.convert.frames import to_pandas
from neurograph.graphs.convert.libraries import networkx
from neurograph.graphs.convert.networks import to_networkx
from neurograph.graphs.graph import TemporalGraph

if TYPE_CHECKING:
    import pandas as pd

EDGES, NODES = "edges.csv", "nodes.csv"
NO_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_csv(graph: TemporalGraph, folder: Path) -> None:
    """`to_pandas` as edges.csv and nodes.csv in a folder; both appear, or neither.

    Raises:
        MachineError: they cannot be written.
    """
    edges, nodes = to_pandas(graph)
    with replacing(folder / EDGES) as first, replacing(folder / NODES) as second:
        _write_frame(edges, first)
        _write_frame(nodes, second)


def write_graphml(graph: TemporalGraph, path: Path) -> None:
    """`to_networkx` as GraphML.

    Raises:
        DataError: networkx is not installed, or a name holds a character that XML cannot hold.
        MachineError: the file cannot be written.
    """
    for name in (*map(str, graph.node_ids.tolist()), *graph.label_names, graph.name):
        if NO_XML.search(name):
            raise DataError(
                f"graph '{graph.name}': XML, and so GraphML, cannot hold the name {name!r}; "
                "export to csv or networkx"
            )
    nx, found = networkx(), to_networkx(graph)
    with replacing(path) as unfinished:
        nx.write_graphml(found, str(unfinished))


def write_node_link(graph: TemporalGraph, path: Path) -> None:
    """`to_networkx` as node-link JSON, edges under "edges" (in networkx before 3.4: "links").

    Raises:
        DataError: networkx is not installed.
        MachineError: the file cannot be written.
    """
    nx, found = networkx(), to_networkx(graph)
    try:
        tree = nx.node_link_data(found, edges="edges")
    except TypeError:  # before networkx 3.4
        tree = nx.node_link_data(found)
    write_text(path, json.dumps(tree, allow_nan=False, ensure_ascii=False) + "\n")


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    frame = frame.apply(lambda column: without_formulas(column.to_numpy())).rename(
        columns=no_formula
    )
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
