"""Which axis of a given array is which: told by the graph's nodes and steps, or asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import numpy as np
import scipy.sparse as sp

from neurograph.core.errors import DataError
from neurograph.graphs.embed.given_file import GivenFile
from neurograph.graphs.embed.given_how import AXES, FEATURE, IDS, NODE, STEP, How
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.doubts import Doubts

Order = tuple[str, ...]
USUAL: dict[int, tuple[Order, ...]] = {  # by number of axes, the likeliest first
    1: ((NODE,),),
    2: ((NODE, FEATURE),),
    3: ((STEP, NODE, FEATURE), (NODE, STEP, FEATURE)),
}


def in_order(file: GivenFile, graph: TemporalGraph, how: How, doubts: Doubts) -> GivenFile:
    """The same with values ``(1 or T, rows, F)``; sparse ones stay ``(rows, F)``.

    Raises:
        DataError: no order of the axes fits the graph.
    """
    values = file.values
    order = _order(file, graph, how, doubts)
    if sp.issparse(values):
        return file if order[0] == NODE else replace(file, values=sp.csr_array(values.T))
    here = [axis for axis in AXES if axis in order]
    turned = np.transpose(values, [order.index(axis) for axis in here])
    if FEATURE not in order:
        turned = turned[..., None]
    return replace(file, values=turned if STEP in order else turned[None])


def _order(file: GivenFile, graph: TemporalGraph, how: How, doubts: Doubts) -> Order:
    shape = file.values.shape
    if how.axes:
        if len(how.axes) != len(shape) or not _fits(how.axes, file, graph, how):
            raise _unfit(file, graph, f"--axes {','.join(how.axes)}")
        return how.axes
    fitting = [order for order in USUAL.get(len(shape), ()) if _fits(order, file, graph, how)]
    if not fitting:
        raise _unfit(file, graph, "", _remedy(file, graph, how))
    if len(fitting) > 1:
        doubts.ask(
            f"{file.path}: shape {shape} for {graph.num_nodes} nodes at as many steps: which axis "
            "is which?",
            f"axes {', '.join(fitting[0])}",
            f"--axes {','.join(fitting[0])}",
        )
    return fitting[0]


def _fits(order: Order, file: GivenFile, graph: TemporalGraph, how: How) -> bool:
    """Whether the axes are as long as the graph has steps and nodes."""
    size = dict(zip(order, file.values.shape, strict=True))
    if size.get(STEP, graph.num_steps) != graph.num_steps:
        return False
    by_id = file.ids is not None or how.rows == IDS or how.unknown or how.missing
    return bool(by_id) or size[NODE] == graph.num_nodes


def _remedy(file: GivenFile, graph: TemporalGraph, how: How) -> str:
    """What to type to have it so, if anything fits; else empty."""
    shape, ids = file.values.shape, graph.node_ids
    if len(shape) not in USUAL:
        return ""
    if file.names:
        return "its rows have no ids; if a column holds them: --id-column NAME"
    rows = shape[1] if len(shape) == 3 and shape[0] == graph.num_steps else shape[0]
    if ids.dtype.kind == "i" and ids.min() >= 0 and rows > ids.max():
        return (
            f"ids go up to {ids.max():,}: if the number of a row is an id, --rows ids leaves out "
            f"the rows of the {rows - len(ids):,} ids without a node"
        )
    for order in _all_orders(len(shape)):
        if _fits(order, file, graph, how):
            return f"if its axes are {', '.join(order)}: --axes {','.join(order)}"
    return ""


def _all_orders(axes: int) -> Iterator[Order]:
    for order in permutations(AXES, axes):
        if NODE in order:
            yield order


def _unfit(file: GivenFile, graph: TemporalGraph, given: str, remedy: str = "") -> DataError:
    nodes, steps = graph.num_nodes, graph.num_steps
    against = f" against {given}" if given else ""
    return DataError(
        f"{file.path}: shape {file.values.shape}{against}; needed ({nodes}, F), which holds for "
        f"all steps, or ({steps}, {nodes}, F): steps, nodes, features"
        f"{'; ' if remedy else ''}{remedy}"
    )
