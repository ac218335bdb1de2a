"""What files say of nodes beside their edges: classes, a split, how many they are, their ids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.columns import EdgeColumns, words
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.ends import Ends
from neurograph.graphs.io.ids import clean_ids
from neurograph.graphs.io.label_file import (
    labels_of_beside,
    labels_of_rows,
    labels_of_table,
)
from neurograph.graphs.io.label_list import LabelList
from neurograph.graphs.io.label_table import read_labels
from neurograph.graphs.io.labels import Labels, no_labels
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.io.sides import marked
from neurograph.graphs.io.split_file import (
    Parts,
    named_parts,
    part_column,
    part_of_arrays,
    part_of_table,
    read_split,
)
from neurograph.graphs.io.times import Times
from neurograph.graphs.tables import Table

PART_WORDS = ("train", "val", "valid", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class KnownWish:
    """Files of what is known, and how somebody wants them read; see `labels_of_table`."""

    labels: Path | None
    columns: str | None
    unlabelled: tuple[str, ...]
    time: str | None
    day_first: bool
    split: Path | None
    encoding: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """What is known of nodes.

    Attributes:
        labels: None where no node has one.
        nodes: ids of nodes that need no edge to exist.
        count: of nodes, where their ids are 0 to count - 1.
        ids: of the nodes 0 to count - 1, as the source has them: int64 or text.
        files: that this was read from.
        notes: a line for each thing that a user should know.
    """

    labels: LabelList | None = None
    nodes: tuple[Array, ...] = ()
    count: int | None = None
    ids: Array | None = None
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def labels_on(self, names: NodeNames) -> Labels:
        """The class of every node of a graph."""
        return no_labels(len(names)) if self.labels is None else self.labels.on(names)

    def ids_of(self, names: NodeNames) -> Array | None:
        """The source's ids of the nodes of a graph, None where they count from 0."""
        if not names.plain:
            return names.ids
        return self.ids if self.ids is not None and len(self.ids) == len(names) else None


def read_known(
    table: Table,
    columns: EdgeColumns,
    ends: Ends,
    wish: KnownWish,
    doubts: Doubts,
    *,
    times: Times | None = None,
) -> Known:
    """Read what is known of nodes: from files, from beside the edges, from their rows.

    Raises:
        DataError: two sources of labels, or one that does not fit the edges.
    """
    edges = ends.names
    labels, notes = _labels(table, columns, ends, wish, doubts, times)
    count = _count(table, edges)
    nodes: tuple[Array, ...] = ()
    if labels is not None:
        labels = marked(labels, ends, edges, doubts)
        nodes = (labels.nodes_beside(edges, doubts),)
        notes += [*labels.notes, *labels.notes_beside(edges)]
    elif ends.kinds is None:
        nodes = _listed(table)
    return Known(
        labels=labels,
        nodes=nodes,
        count=count,
        ids=_ids(table, count),
        files=tuple(path for path in (wish.labels, wish.split) if path is not None),
        notes=tuple(notes),
    )


def _listed(table: Table) -> tuple[Array, ...]:
    """Ids of a table of nodes that says nothing else of them."""
    nodes = table.beside.get("nodes")
    if not isinstance(nodes, Table) or "node" not in nodes.roles:
        return ()
    name = nodes.roles["node"]
    return (clean_ids(nodes.columns[name], name, nodes.where),)


def read_parts(
    table: Table, known: Known, names: NodeNames, wish: KnownWish, doubts: Doubts
) -> Parts | None:
    """The split that a file brings, or the arrays beside the edges; None where none does.

    Args:
        names: all nodes of the graph.

    Raises:
        DataError: it does not fit the nodes.
    """
    if wish.split is not None:
        ids = known.ids_of(names)
        names = names if ids is None else NodeNames(ids)
        return read_split(wish.split, names, encoding=wish.encoding, doubts=doubts)
    what = str(table.path)
    part = part_of_arrays(table.beside, names, what=what, doubts=doubts)
    nodes = table.beside.get("nodes")
    if part is None and isinstance(nodes, Table) and _has_parts(nodes):
        part = part_of_table(nodes, names, doubts=doubts)
    return None if part is None else named_parts(part, what, table.path.name)


def _labels(
    table: Table,
    columns: EdgeColumns,
    ends: Ends,
    wish: KnownWish,
    doubts: Doubts,
    times: Times | None,
) -> tuple[LabelList | None, list[str]]:
    if wish.labels is not None:
        if "y" in table.beside:
            raise DataError(
                f"{table.path} has labels (y), and {wish.labels} is given too; choose one"
            )
        listed, notes = read_labels(
            wish.labels,
            ends.names,
            columns=wish.columns,
            unlabelled=wish.unlabelled,
            encoding=wish.encoding,
            label_time=wish.time,
            day_first=wish.day_first,
            edge_times=times,
            doubts=doubts,
        )
        if columns.classes:
            aside = f"columns {', '.join(columns.classes)} are not taken"
            notes.append(f"{aside}: labels are those of {wish.labels}")
        return listed, notes
    if "y" in table.beside:
        what = str(table.path)
        return labels_of_beside(
            table.beside, what=what, unlabelled=wish.unlabelled, doubts=doubts
        ), []
    listed_nodes, notes = _that_may_be_labels(table.beside.get("nodes"), wish)
    if listed_nodes is not None and not (wish.columns or _has_labels(listed_nodes)):
        node = listed_nodes.roles.get("node", next(iter(listed_nodes.columns), None))
        left = [name for name in listed_nodes.columns if name != node]
        if left:
            notes.append(
                f"{table.path}: of its nodes are not taken: {', '.join(left)}; one is their class "
                f"by --label-columns label={left[0]}"
            )
    elif listed_nodes is not None:
        found = labels_of_table(
            listed_nodes,
            columns=wish.columns,
            unlabelled=wish.unlabelled,
            label_time=wish.time,
            day_first=wish.day_first,
            edge_times=times,
            doubts=doubts,
        )
        return found, notes
    if columns.classes is None:
        return None, notes
    first, second = columns.classes
    listed = labels_of_rows(
        str(table.path),
        *(side.ids[side.code] for side in (ends.source, ends.target)),
        *(table.columns[name] for name in columns.classes),
        unlabelled=wish.unlabelled,
        where=table.where,
        doubts=doubts,
    )
    return listed, [f"labels are in the rows of edges: columns {first} and {second}"]


def _has_parts(nodes: Table) -> bool:
    """Whether a table of nodes has a column of parts, or columns train_mask and test_mask."""
    if part_column(nodes) is not None:
        return True
    return {"train", "test"} <= {words.tokens(name)[0] for name in _masks(nodes)}


def _masks(nodes: Table) -> list[str]:
    """Columns that are called train, val, test, or train_mask and so on."""
    told = {name: words.tokens(name) for name in nodes.columns}
    return [name for name, said in told.items() if said and said[0] in PART_WORDS]


def _that_may_be_labels(nodes: object, wish: KnownWish) -> tuple[Table | None, list[str]]:
    """A table of nodes without the columns that are a part of a split, or a name of each node.

    GEXF and Gephi have a label in which every node has a name of its own.
    """
    if not isinstance(nodes, Table):
        return None, []
    node = nodes.roles.get("node")
    own = [] if node is None or wish.columns else [n for n in nodes.columns if n != node]
    same = [name for name in own if _all_same(nodes.columns[name])]
    own = [name for name in own if _all_different(nodes.columns[name])]
    notes = [
        f"{nodes.path}: column '{name}' is another name of each node: taken as no class"
        for name in own
        if not np.array_equal(nodes.columns[name], nodes.columns[str(node)])
    ]
    notes += [
        f"{nodes.path}: column '{name}' is the same for each node: taken as no class"
        for name in same
        if nodes.columns[name][0] is not None
    ]
    left = {part_column(nodes), *own, *same, *(_masks(nodes) if _has_parts(nodes) else ())}
    columns = {name: x for name, x in nodes.columns.items() if name not in left}
    roles = {role: name for role, name in nodes.roles.items() if name in columns}
    return replace(nodes, columns=columns, roles=roles), notes


def _all_different(values: Array) -> bool:
    """Whether these are texts or whole numbers, each another one."""
    return values.dtype.kind in "Oiu" and 2 < len(values) == len(set(values.tolist()) - {None})


def _all_same(values: Array) -> bool:
    """Whether these are one value, or nothing."""
    return len(set(values.tolist())) == 1


def _has_labels(nodes: Table) -> bool:
    """Whether a table of nodes has a column that is named as their class, or is nothing else."""
    named = any(set(words.tokens(name)) & words.CLASSES for name in nodes.columns)
    return named or len(nodes.columns) == 2


def _count(table: Table, edges: NodeNames) -> int | None:
    """How many nodes the arrays beside the edges have; None where they do not say it."""
    if "num_nodes" in table.beside:
        given = np.asarray(table.beside["num_nodes"])
        if given.size != 1 or given.dtype.kind not in "iu":
            raise DataError(f"{table.path}: num_nodes is {given}; needed one integer")
        count = int(given.reshape(-1)[0])
        if len(labels := np.atleast_1d(table.beside.get("y", ()))) > count:
            raise DataError(
                f"{table.path}: y has {len(labels)} labels, some for unknown nodes; nodes are 0 to "
                f"{count - 1}"
            )
        return count
    if "y" not in table.beside or edges.ids.dtype.kind != "i" or edges.ids[0] < 0:
        return None
    return max(len(np.atleast_1d(table.beside["y"])), int(edges.ids[-1]) + 1)


def _ids(table: Table, count: int | None) -> Array | None:
    """`node_id`, the source's id of each node of an archive."""
    ids = table.beside.get("node_id")
    if ids is None or count is None:
        return None
    ids = np.asarray(ids)
    if ids.shape != (count,):
        raise DataError(f"{table.path}: node_id {ids.shape}, needed one id per node ({count},)")
    if len(np.unique(ids)) != count:
        raise DataError(
            f"{table.path}: node_id has {len(np.unique(ids))} different ids, {count} nodes"
        )
    return ids
