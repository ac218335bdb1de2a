"""Lists of edges from outside, in any form, to a temporal graph."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble, check_size
from neurograph.graphs.io.columns import check_first_row, choose_columns
from neurograph.graphs.io.doubts import DoubtError, Doubts
from neurograph.graphs.io.edge_files import Edges, name_of, paths_of, read_edges, records
from neurograph.graphs.io.edge_weights import edge_weights, once
from neurograph.graphs.io.ends import Ends, read_ends
from neurograph.graphs.io.known import Known, KnownWish, read_known, read_parts
from neurograph.graphs.io.listed_nodes import counted_nodes, listed_nodes
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.io.not_taken import not_taken
from neurograph.graphs.io.time_steps import TimeSteps, one_step, to_steps
from neurograph.graphs.io.times import Times, numbers_but_few, parse_times
from neurograph.graphs.tables import Table
from neurograph.graphs.tables.read import Reader

PathLike = str | os.PathLike[str]


def import_edges(
    edges: Edges,
    *,
    labels: PathLike | None = None,
    columns: str | Sequence[str] | Mapping[str, str] | None = None,
    weight: str | None = None,
    bipartite: bool | None = None,
    nodes: int | PathLike | None = None,
    steps: int | None = None,
    window: str | float | None = None,
    by: str | None = None,
    keep_gaps: bool = False,
    static: bool = False,
    day_first: bool = False,
    label_columns: str | None = None,
    unlabelled: Sequence[str] = (),
    label_time: str | None = None,
    split: PathLike | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    readers: Mapping[str, Reader] | None = None,
    yes: bool = False,
    name: str | None = None,
    source: str | None = None,
    licence: str | None = None,
) -> TemporalGraph:
    """Read edges, and what is known of nodes, into a temporal graph.

    Edges may be unsorted and repeated; self edges are dropped; all of it is counted in
    ``meta["counts"]``. Which column is what is in ``meta["columns"]``, how times became steps in
    ``meta["time_rule"]``, what is not in the graph in ``meta["notes"]``, and what was guessed in
    ``meta["guesses"]``.

    Args:
        edges: a file, several with the same columns, a folder with one file per snapshot, or a
            table.
        labels: a file of nodes and classes; see `labels_of_table`, also for `label_columns`,
            `unlabelled` and `label_time`.
        columns: which column is source, target and time; see `wanted_columns`.
        weight: the column of weights, or "none" to count rows; default found by name.
        bipartite: whether sources and targets are two kinds of nodes, numbered apart.
        nodes: how many there are, or a file that lists them: nodes without edges are among them.
        steps, window, by, keep_gaps: how times become steps; see `to_steps`.
        static: leave the times out: one snapshot.
        day_first: 03/04/2011 is in April.
        split: a file that says which nodes are trained on, validated on and tested on.
        header: whether the first line of a text names its columns; default found out.
        encoding: of a text; default UTF-8, or by its mark.
        readers: of files that only a caller can read; see `read_table`.
        yes: take every guess instead of asking.

    Raises:
        DoubtError: something is open, and `yes` is not given.
        DataError: a file is missing, damaged or malformed (the line is named), or options that do
            not fit it.
    """
    doubts = Doubts(yes=yes)
    table = read_edges(edges, header=header, encoding=encoding, readers=readers)
    when = TimeWish(
        steps=steps, window=window, by=by, keep_gaps=keep_gaps, static=static, day_first=day_first
    )
    what = KnownWish(
        labels=None if labels is None else Path(labels),
        columns=label_columns,
        unlabelled=tuple(unlabelled),
        time=label_time,
        day_first=day_first,
        split=None if split is None else Path(split),
        encoding=encoding,
    )
    doubts.ask_all(table.doubts)
    try:
        found = choose_columns(table, doubts, columns=columns, weight=weight, timed=not static)
        if header is None:
            check_first_row(table, found)
        ends = read_ends(table, found, doubts, bipartite=bipartite)
        times = _times(table, found.time, when, doubts)
        timing = _steps(table, times, when, doubts)
        weights, note = edge_weights(table, found.weight, wanted=weight not in (None, "none"))
        known = read_known(table, found, ends, what, doubts, times=times)
        names = _names(table, ends, known, nodes)
        parts = read_parts(table, known, names, what, doubts)
        guesses = doubts.settle()
    except DoubtError:
        raise
    except DataError as error:
        if doubts.found and not yes:  # the error may come from a wrong guess
            raise DoubtError(tuple(doubts.found)) from error
        raise
    check_size(len(names), timing.num_steps, str(table.path))
    u, v = ends.index(names)
    if (u == v).all():
        raise DataError(f"{table.path}: no edge between two different nodes")
    notes = [*not_taken(table, found), *ends.notes, note, *timing.notes, *known.notes]
    if times is None:
        notes.insert(0, "without times: one snapshot")
    notes += parts.notes if parts else ()
    classes = known.labels_on(names)
    meta = {
        "name": name or name_of(edges),
        "source": source or "",
        "licence": licence or "",
        "generated": False,
        "files": records([*paths_of(edges), *known.files]),
        "columns": found.to_dict(),
        "time_rule": timing.rule,
        "counts": {"rows": len(table), "rows_before_an_earlier_one": _backwards(times)},
        **_said(
            layout=table.layout,
            two_kinds=list(ends.kinds or ()),
            notes=[line for line in notes if line],
            guesses=list(guesses),
            split=parts.name if parts else None,
        ),
    }
    return assemble(
        *(u, v, timing.step),
        num_nodes=len(names),
        num_steps=timing.num_steps,
        labels=classes.values,
        label_names=classes.names,
        meta=meta,
        weight=once(u, v, weights),
        ids=known.ids_of(names),
        part=parts.part if parts else None,
    )


@dataclass(frozen=True, kw_only=True)
class TimeWish:
    """How somebody wants times to become steps; see `to_steps`."""

    steps: int | None
    window: str | float | None
    by: str | None
    keep_gaps: bool
    static: bool
    day_first: bool


def _times(table: Table, name: str | None, wish: TimeWish, doubts: Doubts) -> Times | None:
    if name is not None:
        column = numbers_but_few(table.columns[name], table.where)
        return parse_times(column, day_first=wish.day_first, where=table.where, doubts=doubts)
    if wish.window is not None or (wish.steps or 1) > 1 or wish.keep_gaps:
        raise DataError(
            f"{table.path}: there are no times to cut into steps (columns "
            f"{', '.join(table.columns)}); without --steps and --window it is one snapshot; "
            f"{_where_times_are(table)}"
        )
    return None


def _where_times_are(table: Table) -> str:
    if "adj" in table.layout:
        return (
            "an adjacency list keeps no attributes of edges; networkx writes them with "
            "nx.write_edgelist(G, 'graph.edgelist', data=True)"
        )
    return "if a column is the time, name it: --columns source=...,target=...,time=..."


def _steps(table: Table, times: Times | None, wish: TimeWish, doubts: Doubts) -> TimeSteps:
    if times is None:
        return one_step(len(table))
    return to_steps(
        times,
        steps=wish.steps,
        window=wish.window,
        by=wish.by,
        keep_gaps=wish.keep_gaps,
        where=str(table.path),
        doubts=doubts,
    )


def _backwards(times: Times | None) -> int:
    """How many rows lie before the one above them."""
    if times is None:
        return 0
    return int(np.count_nonzero(times.numbers[1:] < times.numbers[:-1]))


def _names(
    table: Table, ends: Ends, known: Known, nodes: int | str | os.PathLike[str] | None
) -> NodeNames:
    """All nodes: those with an edge, with a row among what is known, and listed ones."""
    edges = ends.names
    more = list(known.nodes)

    def where(node: object) -> str:
        return table.where(ends.row_of(node))

    if nodes is not None:
        more.append(listed_nodes(nodes, edges, where))
    elif known.count is not None:
        more.append(counted_nodes(known.count, edges, where))
    return NodeNames.of(*ends.ids, *more) if more else edges


def _said(**values: Any) -> dict[str, Any]:
    """Those of these records that say anything."""
    return {name: value for name, value in values.items() if value}
