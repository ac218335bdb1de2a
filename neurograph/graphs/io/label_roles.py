"""Which columns of a file of labels hold the nodes, their classes, and when they had them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.tables import Table

OPTION = "--label-columns"
ROLES = ("node", "label", "time")
NAMES = {  # in the order in which they are looked for
    "node": "node nodeid id ids txid vertex vertexid name nodename user userid username author "
    "authorid person i address account member index indexlevel0",
    "label": "label labels class classes classid classname y target ci category group community "
    "department dept nodelabel groundtruth truth type modularityclass",
    "time": "time t timestamp date datetime ts year day month step snapshot period when",
}
SHOWN = 5  # columns in a question
MANY = 20  # rows of which each has a text of its own: names, no classes
SIBLINGS = NAMES["label"].split()[:6]


@dataclass(frozen=True, kw_only=True)
class LabelRoles:
    """Names of the columns; no node: row k is node k.

    Attributes:
        left: columns that are not taken.
    """

    node: str | None
    label: str
    time: str | None = None
    left: tuple[str, ...] = ()


def label_roles(table: Table, columns: str | None, doubts: Doubts) -> LabelRoles:
    """Roles as typed, else by name, else by place.

    Args:
        columns: "node=txId,label=class,time=year", "txId,class", or places from 0 (node=0,label=2).
        doubts: asked where several columns may be the class, or the first is no id.

    Raises:
        DataError: no such column, or several classes per node.
    """
    found = _typed(table, columns) if columns else _guessed(table, doubts)
    used = {found.node, found.label, found.time}
    left = tuple(name for name in table.columns if name not in used)
    return LabelRoles(node=found.node, label=found.label, time=found.time, left=left)


def is_node_name(name: str) -> bool:
    """Whether a column or an array of this name holds ids of nodes."""
    return _named([name], "node") is not None


def refuse_one_hot(path: object, columns: Mapping[str, Array], node: str | None) -> None:
    """Raise DataError where 0 and 1 in several columns tell the class of a node, or its classes."""
    if len(columns) < 2 or not all(map(_is_binary, columns.values())):
        return
    sums = np.sum([values.astype(np.float64) for values in columns.values()], axis=0)
    some = ", ".join(list(columns)[:3]) + (", ..." if len(columns) > 3 else "")
    if (sums > 1).any():
        raise DataError(
            f"{path}: {len(columns)} columns of 0 and 1 ({some}) name several classes of a node; "
            "one class per node; several are not supported (multi-label)"
        )
    index = f".set_index({node!r})" if node is not None else ""
    raise DataError(
        f"{path}: {len(columns)} columns of 0 and 1 ({some}) are a class written one-hot; needed "
        f"one column with the class; in pandas: frame{index}.idxmax(axis=1).rename('label')"
        ".to_csv('labels.csv')"
    )


def _typed(table: Table, columns: str) -> LabelRoles:
    parts = [part.strip() for part in columns.split(",")]
    roles: dict[str, str] = {}
    for part in parts:
        role, equal, name = part.partition("=")
        if equal and role not in ROLES:
            raise DataError(f"{OPTION} {columns}: '{role}' is none of {', '.join(ROLES)}")
        if equal:
            roles[role] = _column(table, name)
    if not roles and len(parts) <= len(ROLES):
        names = ("label",) if len(parts) == 1 else ROLES
        roles = dict(zip(names, (_column(table, part) for part in parts), strict=False))
    if len(roles) != len(parts) or "label" not in roles or len({*roles.values()}) != len(roles):
        raise DataError(f"{OPTION} is '{columns}'; needed e.g. node=id,label=class")
    node = roles.get("node")
    if node is None and len(table.columns) > 1:
        others = [name for name in table.columns if name not in roles.values()]
        node = _named(others, "node") or (others[0] if others else None)
    return LabelRoles(node=node, label=roles["label"], time=roles.get("time"))


def _column(table: Table, typed: str) -> str:
    """A column by its name, or by its place where columns have no names."""
    names = list(table.columns)
    if typed in names:
        return typed
    alike = [name for name in names if name.strip().lower() == typed.lower()]
    if len(alike) == 1:
        return alike[0]
    if typed.isdecimal() and int(typed) < len(names):
        return names[int(typed)]
    raise DataError(f"{table.path}: no column '{typed}'; it has: {', '.join(names)}")


def _guessed(table: Table, doubts: Doubts) -> LabelRoles:
    names = list(table.columns)
    known = _named(names, "node") if table.named else None
    if known is None and all(map(_is_binary, table.columns.values())):
        refuse_one_hot(table.path, table.columns, None)
    if len(names) == 1:
        return LabelRoles(node=None, label=names[0])
    node = known or _unnamed_node(table, names)
    if node is None:
        return LabelRoles(node=None, label=str(_named(names, "label")))
    others = [name for name in names if name != node]
    others = _without_names(table, others)
    if len(others) == 1:
        return _pair(table, node, others[0], doubts)
    refuse_one_hot(table.path, {name: table.columns[name] for name in others}, node)
    return _of_several(table, node, others, doubts)


def _unnamed_node(table: Table, names: list[str]) -> str | None:
    """The column of nodes; None where one is named as classes, and no other can be ids."""
    label = _named(names, "label") if table.named else None
    if label != names[0]:
        return names[0]
    able = [name for name in names if name != label and table.columns[name].dtype.kind in "iO"]
    return next((name for name in able if not _repeats(table.columns[name])), None)


def _without_names(table: Table, others: list[str]) -> list[str]:
    """Columns but those with another text in each of many rows, as Gephi's Label has.

    Raises:
        DataError: no other column is left.
    """
    rows = len(table)
    texts = [name for name in others if table.columns[name].dtype == object and rows >= MANY]
    different = {name: len(set(table.columns[name].tolist()) - {None}) for name in texts}
    own = [name for name, count in different.items() if count in (0, rows)]
    left = [name for name in others if name not in own]
    if not left:
        raise DataError(
            f"{table.path}: column '{own[0]}' has another text for each of {rows:,} nodes "
            f"({_first(table, own[0])}): names, no classes; needed a column of classes: "
            f"{OPTION} node=...,label=..."
        )
    return left


def _pair(table: Table, node: str, label: str, doubts: Doubts) -> LabelRoles:
    """Of two columns, unless they stand the other way round."""
    if not table.named and _repeats(table.columns[node]) and not _repeats(table.columns[label]):
        doubts.ask(
            f"{table.path}: the first column repeats ({_first(table, node)}), the second does not "
            f"({_first(table, label)}); which one holds the nodes?",
            "the second",
            f"{OPTION} node={label},label={node}",
        )
        return LabelRoles(node=label, label=node)
    return LabelRoles(node=node, label=label)


def _of_several(table: Table, node: str, others: list[str], doubts: Doubts) -> LabelRoles:
    time = None
    if _repeats(table.columns[node]):  # else a year is a fact of the node, not of its class
        time = _named(others, "time") if table.named else _time_between(table, node, others)
    others = [name for name in others if name != time]
    label = _named(others, "label") if table.named else None
    if label is None:
        label = others[0]
        certain = len(others) == 1
    else:
        certain = not any(_sibling(name, label) for name in others if name != label)
    unnamed_time = time is not None and not table.named
    if not certain or unnamed_time:
        shown = "; ".join(f"{name}: {_first(table, name)}" for name in [*table.columns][:SHOWN])
        shown += "; ..." if len(table.columns) > SHOWN else ""
        roles = f"node={node},label={label}" + (f",time={time}" if time is not None else "")
        reason = "" if certain else " One class per node; several are not supported"
        doubts.ask(
            f"{table.path}: which column holds the class ({shown})?{reason}",
            f"nodes in {node}, classes in {label}"
            + (f", times in {time}" if time is not None else ""),
            f"{OPTION} {roles}",
        )
    return LabelRoles(node=node, label=label, time=time)


def _time_between(table: Table, node: str, others: list[str]) -> str | None:
    """Of columns without names, one that tells the rows of a node apart: integers."""
    for name in others:
        values = table.columns[name]
        if values.dtype.kind in "iuM":
            import pandas as pd

            pairs = pd.DataFrame({"node": table.columns[node], "time": values})
            if not pairs.duplicated().any():
                return name
    return None


def _named(names: list[str], role: str) -> str | None:
    """The column whose name says that it has this role: the first word of the list that occurs."""
    plain = {_plain(name): name for name in reversed(names)}
    return next((plain[word] for word in NAMES[role].split() if word in plain), None)


def _sibling(name: str, label: str) -> bool:
    """Whether two columns are called alike: label and label2, class_a and class_b."""
    one, two = _plain(name).rstrip("0123456789"), _plain(label).rstrip("0123456789")
    return one == two or one in SIBLINGS or one.startswith(two)


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _repeats(values: Array) -> bool:
    import pandas as pd

    return bool(pd.Series(values).duplicated().any())


def _is_binary(values: Array) -> bool:
    if values.dtype.kind == "b":
        return True
    return values.dtype.kind in "iuf" and bool(np.isin(values, (0, 1)).all())


def _first(table: Table, name: str) -> str:
    """The first values of a column."""
    return ", ".join(str(value) for value in table.columns[name][:3]) + ", ..."
