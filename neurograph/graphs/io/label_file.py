"""The classes of nodes: from a table, from the rows of edges, from the arrays of an .npz."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurograph.core.arrays import EXACT_FLOAT64, Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.label_list import LabelList
from neurograph.graphs.io.label_roles import LabelRoles, label_roles, refuse_one_hot
from neurograph.graphs.io.label_words import Classes, classes_of, lone_classes
from neurograph.graphs.io.times import Times, parse_times
from neurograph.graphs.tables import Table


def labels_of_table(
    table: Table,
    *,
    columns: str | None = None,
    unlabelled: tuple[str, ...] = (),
    label_time: str | None = None,
    day_first: bool = False,
    edge_times: Times | None = None,
    doubts: Doubts,
) -> LabelList:
    """The class of each node that a table lists.

    The columns are found by name (node, id, txId, ...; label, class, y, ...), else by place: the
    node, then its class; of a single column, row k is node k. Labels over time (a column time)
    are the last of each node, not after `label_time`, else not after the last edge.

    Args:
        columns: which is which, "node=txId,label=class,time=year"; see `label_roles`.
        unlabelled: words that mean that a node has no class, instead of the usual ones.
        label_time: a time as the file writes it.
        edge_times: of the edges.
        doubts: asked where the file leaves something open.

    Raises:
        DataError: a bad row, several classes of a node, or fewer than 2 classes.
    """
    what = str(table.path)
    roles = label_roles(table, columns, doubts)
    values, ids = table.columns[roles.label], None
    classes = classes_of(values, what=what, unlabelled=unlabelled, where=table.where, doubts=doubts)
    notes = [*classes.notes, *_left(roles, what)]
    rows = np.arange(len(table))
    if roles.time is None and label_time is not None:
        raise DataError(
            f"{what}: --label-time {label_time}, but no column is a time; name it with "
            "--label-columns node=...,label=...,time=..."
        )
    if roles.node is not None:
        ids = _ids(table, roles.node)
        if roles.time is not None:
            when = parse_times(
                table.columns[roles.time], day_first=day_first, where=table.where, doubts=doubts
            )
            end = _end(when, label_time, day_first, edge_times)
            rows, said = _last(ids, when, end, table)
            notes += said
        rows = _once(ids, classes, rows, table)
        ids = ids[rows]
    chosen = classes.values[rows]
    return _listed(
        what,
        ids,
        Classes(values=chosen, names=classes.names, notes=tuple(notes)),
        lambda row: table.where(int(rows[row])),
    )


def labels_of_rows(
    what: str,
    source: Array,
    target: Array,
    source_labels: Array,
    target_labels: Array,
    *,
    unlabelled: tuple[str, ...] = (),
    where: Callable[[int], str],
    doubts: Doubts,
) -> LabelList:
    """Classes that stand in the rows of edges, one of each end, as SocioPatterns has them.

    A node with several classes gets the more frequent one, and a note says so.

    Args:
        source, target: ids of nodes ``(rows,)``.
        source_labels, target_labels: of those nodes ``(rows,)``.
    """
    import pandas as pd

    rows = len(source)
    found = [source_labels, target_labels]
    if source_labels.dtype != target_labels.dtype:
        found = [values.astype(object) for values in found]
    classes = classes_of(
        np.concatenate(found),
        what=what,
        unlabelled=unlabelled,
        where=lambda row: where(row % rows),
        doubts=doubts,
    )
    ids = np.concatenate([end.astype(object) for end in (source, target)])
    codes, different = pd.factorize(ids)
    if (codes < 0).any():
        raise DataError(f"{where(int(np.argmax(codes < 0)) % rows)}: no node in this row")
    counts = np.zeros((len(different), len(classes.names) + 1), np.int64)
    np.add.at(counts, (codes, classes.values + 1), 1)
    known = counts[:, 1:]
    values = np.where(known.any(axis=1), known.argmax(axis=1), -1)
    notes = list(classes.notes)
    if (several := (known > 0).sum(axis=1) > 1).any():
        node = int(np.argmax(several))
        shown = ", ".join(
            f"'{name}' {count:,} times"
            for name, count in zip(classes.names, known[node], strict=True)
            if count
        )
        notes.append(
            f"{int(several.sum()):,} nodes have several classes in the rows of {what}; the more "
            f"frequent one is taken (node {different[node]}: {shown})"
        )
    return _listed(
        what,
        np.asarray(different),
        Classes(values=values.astype(np.int16), names=classes.names, notes=tuple(notes)),
        lambda row: f"{what}, node {different[row]}",
    )


def labels_of_beside(
    beside: Mapping[str, Any],
    *,
    what: str,
    unlabelled: tuple[str, ...] = (),
    doubts: Doubts,
) -> LabelList | None:
    """Classes `y` of an .npz, one per node in their order, named by `label_names` where it is.

    None where there is no `y`.

    Raises:
        DataError: `y` has several columns, values that are no classes, or too few of them.
    """
    if "y" not in beside:
        return None
    y = np.asarray(beside["y"])
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        refuse_one_hot(what, {f"y[:, {k}]": y[:, k] for k in range(y.shape[1])}, None)
    if y.ndim != 1:
        raise DataError(f"{what}: y is {y.dtype}{y.shape}; needed one class per node")

    def where(row: int) -> str:
        return f"{what}, y[{row}]"

    if "label_names" in beside and y.dtype.kind in "iuf" and not unlabelled:
        return _listed(what, None, _indexed(y, beside["label_names"], what), where)
    values = y.astype(object) if y.dtype.kind == "U" else y
    classes = classes_of(values, what=what, unlabelled=unlabelled, where=where, doubts=doubts)
    return _listed(what, None, classes, where)


def _indexed(y: Array, label_names: Any, what: str) -> Classes:
    """Classes that are indices into names: -1 and nan are none."""
    names = tuple(str(name) for name in np.atleast_1d(label_names))
    numbers = np.where(np.isnan(y), -1, y) if y.dtype.kind == "f" else y
    bad = ~((numbers >= -1) & (numbers < len(names)))
    bad[~bad] = numbers[~bad] % 1 != 0
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{what}: y[{row}] is {y[row]}; label_names has {len(names)}, needed a class from 0 to "
            f"{len(names) - 1}, or -1"
        )
    values = numbers.astype(np.int16)
    if len(np.unique(values[values >= 0])) < 2:
        raise DataError(f"{what}: y has fewer than 2 classes; a classifier needs at least 2")
    return Classes(values=values, names=names, notes=())


def _listed(
    what: str, ids: Array | None, classes: Classes, where: Callable[[int], str]
) -> LabelList:
    lone = lone_classes(classes.values, classes.names)
    return LabelList(
        what=what,
        ids=ids,
        classes=classes.values,
        names=classes.names,
        where=where,
        notes=(*classes.notes, *lone),
    )


def _ids(table: Table, name: str) -> Array:
    """Ids of nodes: int64, or objects of text."""
    values = table.columns[name]
    if values.dtype.kind == "f":
        odd = ~(np.abs(values) < EXACT_FLOAT64)
        odd[~odd] = values[~odd] % 1 != 0
        if not odd.any():
            return values.astype(np.int64)
        row = int(np.argmax(odd))
        raise DataError(f"{table.where(row)}: node id '{values[row]}' is no integer; needed an id")
    if values.dtype.kind == "O":
        empty = np.array([value is None for value in values], bool)
        if empty.any():
            raise DataError(f"{table.where(int(np.argmax(empty)))}: no node in column '{name}'")
    elif values.dtype.kind not in "iu":
        raise DataError(f"{table.path}: column '{name}' is {values.dtype}; needed ids of nodes")
    return values


def _once(ids: Array, classes: Classes, rows: Array, table: Table) -> Array:
    """The rows in which a node is listed for the first time.

    Raises:
        DataError: a node has another class in a later row.
    """
    import pandas as pd

    frame = pd.DataFrame({"node": ids[rows], "class": classes.values[rows]})
    different = frame.drop_duplicates()
    if (twice := different["node"].duplicated(keep=False)).any():
        node = different["node"][twice].iloc[0]
        first, second = (int(rows[row]) for row in different.index[different["node"] == node][:2])
        names = [_shown(classes, row) for row in (first, second)]
        raise DataError(
            f"{table.where(first)}: node {node} has class {names[0]}, and {names[1]} in a later "
            "row; one class per node; several are not supported"
        )
    kept: Array = rows[different.index.to_numpy()]
    return kept


def _shown(classes: Classes, row: int) -> str:
    number = int(classes.values[row])
    return "none" if number < 0 else f"'{classes.names[number]}'"


def _end(when: Times, label_time: str | None, day_first: bool, edge_times: Times | None) -> Any:
    """The last time whose labels count."""
    if label_time is not None:
        option = f"--label-time {label_time}"
        typed = parse_times(
            np.array([label_time], object),
            day_first=day_first,
            where=lambda _: option,
            doubts=Doubts(yes=True),
        )
        if typed.dates != when.dates:
            kind = "dates" if when.dates else "numbers"
            raise DataError(f"{option}: the labels have {kind}, e.g. {when.show(when.numbers[0])}")
        return typed.numbers[0].item()
    if edge_times is None or (edge_times.unit, edge_times.dates) != (when.unit, when.dates):
        return None
    return edge_times.numbers.max().item()


def _last(ids: Array, when: Times, end: Any, table: Table) -> tuple[Array, list[str]]:
    """The rows with the last label of each node, and what is to be said of it."""
    import pandas as pd

    frame = pd.DataFrame({"node": ids, "time": when.numbers})
    repeats = bool(frame["node"].duplicated().any())
    late = frame["time"] > end if end is not None else np.zeros(len(frame), bool)
    frame = frame[~late]
    if frame.empty:
        shown = when.show(when.numbers.min())
        raise DataError(f"{table.path}: no label is as early as that; the first is of {shown}")
    last = frame.groupby("node", sort=False)["time"].transform("max")
    rows = frame.index[frame["time"] == last].to_numpy()
    notes = []
    if repeats:
        until = when.show(frame["time"].max())
        notes.append(f"labels over time: the last one of each node until {until} is taken")
    if dropped := int(np.sum(late)):
        notes.append(f"{dropped:,} rows are later than {when.show(end)}: not taken")
    return rows, notes


def _left(roles: LabelRoles, what: str) -> list[str]:
    if not roles.left:
        return []
    return [
        f"{what}: not taken: column{'s' if len(roles.left) > 1 else ''} {', '.join(roles.left)}"
    ]
