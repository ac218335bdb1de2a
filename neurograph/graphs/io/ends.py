"""The ends of every edge as indices of nodes, in one space of ids or in two."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.io.columns import EdgeColumns
from neurograph.graphs.io.columns.words import FILLERS, ends_by_name, tokens
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.ids import (
    are_plain,
    ask_about_odd,
    check_texts,
    clean_ids,
    no_id,
    odd_ids,
)
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import Table

APART = 1.25  # ratio of the largest ids of two columns, each without gaps, that seem two spaces
ALIKE = 0.8  # share of ids in both columns that seem one space
CHANCE = 5  # edges from a node to the node of the same id that two spaces should have by chance


@dataclass(frozen=True, eq=False, kw_only=True)
class Side:
    """One end of every edge: different ids, and which of them each row has.

    Attributes:
        ids: int64 or objects of text, all different.
        code: int64 ``(rows,)``, index into `ids`.
    """

    ids: Array
    code: Array

    @classmethod
    def of(cls, table: Table, name: str, doubts: Doubts) -> Side:
        import pandas as pd

        column = clean_ids(table.columns[name], name, table.where)
        if column is table.columns[name]:
            code, ids = table.factors(name)
        else:
            code, ids = pd.factorize(column)
        if (lacking := code < 0).any():
            raise no_id(name, table.where(int(np.argmax(lacking))))
        if ids.dtype == object:
            ids = check_texts(ids, name, str(table.path))
            if odd := odd_ids(ids):
                row = int(np.argmax(code == np.flatnonzero(ids == odd[0])[0]))
                ask_about_odd(odd, name, table.where(row), doubts)
        return cls(ids=ids, code=code)

    def marked(self, kind: str) -> Side:
        ids = np.array([f"{kind}:{one}" for one in self.ids.tolist()], object)
        return Side(ids=ids, code=self.code)


@dataclass(frozen=True, eq=False, kw_only=True)
class Ends:
    """Both ends of every edge.

    Attributes:
        source, target: of every edge.
        kinds: what sources and targets are called, where their ids are two spaces.
        notes: a line for each thing that a user should know.
    """

    source: Side
    target: Side
    kinds: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[Array, Array]:
        """The different ids of each end."""
        return self.source.ids, self.target.ids

    @cached_property
    def names(self) -> NodeNames:
        """The nodes that have an edge."""
        return NodeNames.of(*self.ids)

    def row_of(self, node: object) -> int:
        """The first row in which an edge has this node."""
        rows = [
            int(np.argmax(side.code == np.flatnonzero(side.ids == node)[0]))
            for side in (self.source, self.target)
            if (side.ids == node).any()
        ]
        return min(rows)

    def index(self, names: NodeNames) -> tuple[Array, Array]:
        """Source and target of every edge as indices into `names`: int64 ``(rows,)`` each."""
        u, v = (names.index(side.ids)[side.code] for side in (self.source, self.target))
        return u, v


def read_ends(
    table: Table, columns: EdgeColumns, doubts: Doubts, *, bipartite: bool | None = None
) -> Ends:
    """Read the ids of both ends; two spaces get a mark in front: "user:3", "item:3".

    Args:
        bipartite: whether sources and targets are of two kinds; None where the names and the ids
            shall say it, and else nobody but the user can.
        doubts: asked where ids look like two spaces, and no name says so.

    Raises:
        DataError: a row has no id, or one that cannot be one.
    """
    source, target = (Side.of(table, name, doubts) for name in (columns.source, columns.target))
    mixed = (source.ids.dtype == object) != (target.ids.dtype == object)
    ids = [_texts(side.ids) if mixed else side.ids for side in (source, target)]
    source, target = (
        Side(ids=one, code=s.code) for one, s in zip(ids, (source, target), strict=True)
    )
    if source.ids.dtype == object:
        both = {*source.ids.tolist(), *target.ids.tolist()}
        if not are_plain(both):  # else no two of different texts can become one
            check_texts(np.array(sorted(both), object), columns.source, str(table.path))
    if bipartite is False or not set(source.ids.tolist()) & set(target.ids.tolist()):
        return Ends(source=source, target=target)
    two_kinds = bipartite or columns.two_kinds
    if not two_kinds and table.named and _called_apart(columns) and source.ids.dtype != object:
        two_kinds = _ask_by_names(source, target, columns, str(table.path), doubts)
    elif not two_kinds and _look_apart(source, target):
        two_kinds = True
        doubts.ask(
            f"{table.path}: sources are all of {_span(source)}, targets all of {_span(target)}: "
            "two kinds of nodes, numbered apart?",
            "sources and targets are two kinds of nodes",
            "--bipartite; else --no-bipartite",
        )
    if not two_kinds:
        told = f"ids of '{columns.source}' and '{columns.target}' are taken as one kind of nodes"
        apart = table.named and bipartite is None and _called_apart(columns)
        notes = (f"{told}; if they are two: --bipartite",) if apart else ()
        return Ends(source=source, target=target, notes=notes)
    kinds = _kinds(columns) if table.named else ("source", "target")
    note = (
        f"sources and targets are two kinds of nodes: id {source.ids[0]} is written "
        f"{kinds[0]}:{source.ids[0]} or {kinds[1]}:{source.ids[0]}; if they are one kind: "
        "--no-bipartite"
    )
    return Ends(
        source=source.marked(kinds[0]), target=target.marked(kinds[1]), kinds=kinds, notes=(note,)
    )


def _look_apart(source: Side, target: Side) -> bool:
    """Whether each end has all numbers from one on, up to different ones, as two tables have.

    In one space of that many edges hardly any would lead from a node to itself; in two spaces, as
    many as chance gives have equal ids.
    """
    if source.ids.dtype == object or target.ids.dtype == object:
        return False
    lows, highs = ([f(side.ids) for side in (source, target)] for f in (np.min, np.max))
    if lows[0] != lows[1] or lows[0] not in (0, 1):
        return False
    if any(
        high - lows[0] + 1 != len(s.ids) for high, s in zip(highs, (source, target), strict=True)
    ):
        return False
    if max(highs) < APART * min(highs) or len(source.code) < 20:
        return False
    shares = [np.zeros(max(highs) + 1) for _ in range(2)]
    for share, side in zip(shares, (source, target), strict=True):
        share[side.ids] = np.bincount(side.code, minlength=len(side.ids)) / len(side.code)
    by_chance = len(source.code) * float(shares[0] @ shares[1])
    equal = np.count_nonzero(source.ids[source.code] == target.ids[target.code])
    return by_chance < CHANCE or bool(equal > by_chance / 4)


def _ask_by_names(
    source: Side, target: Side, columns: EdgeColumns, path: str, doubts: Doubts
) -> bool:
    """Ask whether ends with names that differ are of two kinds, unless they share their ids."""
    both = np.intersect1d(source.ids, target.ids)
    if len(both) >= ALIKE * max(len(source.ids), len(target.ids)):
        return False
    doubts.ask(
        f"{path}: columns '{columns.source}' and '{columns.target}' have {len(both):,} ids in "
        f"common, e.g. {both[0]}: two kinds of nodes, numbered apart?",
        "sources and targets are two kinds of nodes",
        "--bipartite; else --no-bipartite",
    )
    return True


def _called_apart(columns: EdgeColumns) -> bool:
    """Whether the names of both ends are words that have nothing to do with each other."""
    if ends_by_name([columns.source, columns.target]) is not None:
        return False
    one, other = (set(tokens(name)) - FILLERS for name in (columns.source, columns.target))
    long = all(any(len(word) > 2 for word in words) for words in (one, other))
    return long and not one & other


def _kinds(columns: EdgeColumns) -> tuple[str, str]:
    """What the names call sources and targets: user and item for user_id and item_id."""
    found = []
    for name in (columns.source, columns.target):
        words = [word for word in tokens(name) if word not in FILLERS]
        found.append("_".join(words) or name)
    return (found[0], found[1]) if found[0] != found[1] else ("source", "target")


def _span(side: Side) -> str:
    return f"{side.ids.min()} to {side.ids.max()}"


def _texts(ids: Array) -> Array:
    return ids if ids.dtype == object else ids.astype(np.str_).astype(object)
