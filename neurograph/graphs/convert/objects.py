"""Graphs from the objects of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurograph.graphs.convert.frames import frame_table
from neurograph.graphs.convert.network_table import network_table
from neurograph.graphs.convert.pyg_table import pyg_table
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.edges import import_edges

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

UNNAMED = "graph"


def from_pandas(
    edges: pd.DataFrame,
    *,
    nodes: pd.DataFrame | pd.Series[Any] | None = None,
    name: str = UNNAMED,
    **options: Any,
) -> TemporalGraph:
    """A graph of a frame with one edge per row.

    Args:
        edges: which of its columns is what is found as in a file; ``columns`` says it.
        nodes: what is known of nodes: a frame with columns node, label and part (train, val,
            test), the last two where there are any; or a series of labels whose index is the ids.
        options: of `import_edges`, such as ``columns``, ``steps``, ``window``, ``weight``, ``yes``.

    Raises:
        DoubtError: something is open, and ``yes`` is not given.
        DataError: frames or options that do not fit.
    """
    return import_edges(frame_table(edges, nodes=nodes), name=name, **options)


def from_networkx(
    graph: nx.Graph,
    *,
    time: str | None = "time",
    weight: str | None = "weight",
    label: str | None = "label",
    part: str | None = "part",
    name: str | None = None,
    **options: Any,
) -> TemporalGraph:
    """A graph of a networkx graph of any kind; all its nodes are kept.

    Args:
        time, weight: attributes of edges. None: edges have none.
        label, part: attributes of nodes: the class, and train, val or test. None: nodes have none.
        name: default the graph's own.
        options: of `import_edges`, such as ``steps``, ``window``, ``yes``.

    Raises:
        DoubtError: something is open, and ``yes`` is not given.
        DataError: a graph or options that do not fit.
    """
    table = network_table(graph, time=time, weight=weight, label=label, part=part)
    options.setdefault("static", time is None)
    options.setdefault("weight", "none" if weight is None else None)
    return import_edges(table, name=name or graph.name or UNNAMED, **options)


def from_pyg(
    data: Any,
    *,
    split: int | None = None,
    yes: bool = False,
    name: str = UNNAMED,
    **options: Any,
) -> TemporalGraph:
    """A graph of PyTorch Geometric's `Data` or `TemporalData`, or of a list of snapshots.

    Edges come from ``edge_index`` or ``src`` and ``dst``, times from ``t`` or ``time`` (of a list
    else from the order), weights from ``edge_weight``, labels from ``y``, a split from the masks,
    ids from ``node_id``. Features ``x`` are no part of a graph: ``np.save("x.npy", data.x)`` and
    ``make_features(graph, folder, given="x.npy")`` give them to it.

    Args:
        data: a mapping of such tensors, too, as `torch.load` reads one.
        split: which column of the masks, where they hold several splits.
        options: of `import_edges`, such as ``steps``, ``window``, ``by``.

    Raises:
        DoubtError: something is open, and ``yes`` is not given.
        DataError: an object or options that do not fit.
    """
    return import_edges(pyg_table(data, split=split, yes=yes), yes=yes, name=name, **options)
