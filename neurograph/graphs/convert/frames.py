"""Graphs from pandas frames, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurograph.core.errors import DataError
from neurograph.graphs.convert.column import series_column
from neurograph.graphs.convert.rows import EdgeRows, node_columns
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.tables import Table

if TYPE_CHECKING:
    import pandas as pd

FRAME, NODES = Path("the frame of edges"), Path("the frame of nodes")


def to_pandas(graph: TemporalGraph) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A frame of edges and one of nodes, in the ids, times and class names of the source.

    Edges have source, target, time (where there is more than one step, or its time is known) and
    weight (where edges have weights), each pair once per step. Nodes have node, label and part
    (where the graph has labels, and a split); None stands for none.
    """
    import pandas as pd

    edges = EdgeRows.of(graph).columns(graph)
    return pd.DataFrame(edges), pd.DataFrame(node_columns(graph))


def frame_table(
    edges: pd.DataFrame, *, nodes: pd.DataFrame | pd.Series[Any] | None = None
) -> Table:
    """The columns of a frame of edges; of one of nodes beside it.

    Args:
        nodes: a frame with a column of ids, and of labels or parts or both; or a series of labels
            whose index is the ids.

    Raises:
        DataError: no frame, no rows, two columns of one name, or a value that is no number, text
            or time.
    """
    table = _table(edges, FRAME)
    return table if nodes is None else _with_nodes(table, _nodes_table(nodes))


def _with_nodes(table: Table, nodes: Table) -> Table:
    return replace(table, beside={"nodes": nodes})


def _nodes_table(nodes: pd.DataFrame | pd.Series[Any]) -> Table:
    import pandas as pd

    if isinstance(nodes, pd.Series):
        pairs = {"node": nodes.index.to_numpy(), "label": nodes.to_numpy(object)}
        frame = pd.DataFrame(pairs).infer_objects()
    else:
        frame = nodes
    table = _table(frame, NODES)
    return replace(table, roles={"node": "node"}) if "node" in table.columns else table


def _table(frame: pd.DataFrame, path: Path) -> Table:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{path} is a {type(frame).__name__}; needed a pandas DataFrame")
    names = [str(name) for name in frame.columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{path}: two columns are called '{twice[0]}'; rename one")

    def where(row: int) -> str:
        values = ", ".join(f"{name}={x}" for name, x in zip(names, frame.iloc[row], strict=True))
        return f"{path}, row {row} ({values})"

    notes = []
    if not isinstance(frame.index, pd.RangeIndex):
        notes.append(f"{path}: its index is not taken; frame.reset_index() makes it a column")
    columns = {name: series_column(frame.iloc[:, place], where) for place, name in enumerate(names)}
    numbered = names == [str(place) for place in range(len(names))]
    return Table(path=path, columns=columns, named=not numbered, where=where, notes=tuple(notes))
