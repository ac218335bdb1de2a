"""The classes of nodes as a source lists them, before nodes have an index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.labels import Labels
from neurograph.graphs.io.names import NodeNames, integers

STRANGE = 0.1  # share of the labelled nodes that the edges know: below it, somebody should look


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelList:
    """One class, or none, for each of some nodes.

    Attributes:
        what: the file, for errors.
        ids: int64 or objects of text ``(rows,)``, all different; None where row k is node k.
        classes: int16 ``(rows,)``, an index into `names`, -1 for none.
        names: of the classes.
        where: row to words for an error.
        notes: a line for each thing that a user should know.
    """

    what: str
    ids: Array | None
    classes: Array
    names: tuple[str, ...]
    where: Callable[[int], str]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.classes)

    def nodes_beside(self, edges: NodeNames, doubts: Doubts) -> Array:
        """Ids of the nodes that are listed, int64 or objects of text, as the edges write theirs.

        Args:
            edges: the nodes that edges have.
            doubts: asked where the edges hardly know the nodes.

        Raises:
            DataError: the list is of other nodes, or has no ids where the edges' do not count
                from 0.
        """
        if self.ids is None:
            return self._counted(edges)
        ids = self._alike(edges)
        known = int((edges.index(ids) >= 0).sum())
        if not known:
            raise DataError(
                f"{self.what}: none of its {len(self):,} nodes ({_some(ids)}) has an edge; the "
                f"edges have {_some(edges.ids)}; needed labels for the ids of the edges"
            )
        if _shifted(ids, edges.ids):
            doubts.ask(
                f"{self.what}: its nodes are {ids.min()} to {ids.max()}, those of the edges "
                f"{edges.ids[0]} to {edges.ids[-1]}; does one of them count from 1, the other "
                "from 0?",
                f"the ids are alike, and {ids.max() if ids.max() > edges.ids[-1] else ids.min()} "
                "has no edge",
                "--yes; else number both alike",
            )
        if known < STRANGE * len(self):
            doubts.ask(
                f"{self.what}: {known:,} of its {len(self):,} nodes have an edge, {_some(ids)} "
                f"beside {_some(edges.ids)} of the edges; are these the same ids?",
                "they are, and the other nodes are isolated",
                "--yes",
            )
        return ids

    def notes_beside(self, edges: NodeNames) -> tuple[str, ...]:
        """Of nodes with a label and no edge, and of nodes with an edge and no row."""
        ids = np.arange(len(self)) if self.ids is None else self._alike(edges)
        place = edges.index(ids)
        lone = int(((place < 0) & (self.classes >= 0)).sum())
        silent = len(edges) - len(np.unique(place[place >= 0]))
        lines = []
        if lone:
            lines.append(f"{_nodes(lone, 'labelled ')} {_have(lone)} no edge")
        if silent:
            lines.append(f"{_nodes(silent)} with edges {_have(silent)} no row in {self.what}")
        return tuple(lines)

    def on(self, names: NodeNames) -> Labels:
        """The class of every node of a graph.

        Args:
            names: all nodes of the graph, those that are listed here among them.
        """
        ids = np.arange(len(self)) if self.ids is None else self.ids
        values = np.full(len(names), -1, np.int16)
        values[names.index(ids)] = self.classes
        return Labels(values, self.names)

    def _counted(self, edges: NodeNames) -> Array:
        numbers = edges.ids.dtype.kind == "i"
        if numbers and edges.ids[0] >= 0 and edges.ids[-1] < len(self):
            return np.arange(len(self))
        raise DataError(
            f"{self.what}: {len(self):,} labels without ids, one per row, are of nodes 0 to "
            f"{len(self) - 1:,}, and the edges have {len(edges):,} nodes ({_some(edges.ids)}); "
            "needed a column of ids beside the labels (node,label)"
        )

    def _alike(self, edges: NodeNames) -> Array:
        """The ids as integers where those of the edges are."""
        assert self.ids is not None
        if edges.ids.dtype.kind != "i" or self.ids.dtype.kind == "i":
            return self.ids
        whole, numbers = integers(self.ids)
        odd = ~whole
        if odd.all():
            return self.ids  # another id space, which is said elsewhere
        if odd.any():
            row = int(np.argmax(odd))
            raise DataError(
                f"{self.where(row)}: node '{self.ids[row]}' is no integer, as the ids of the edges "
                f"are ({_some(edges.ids)})"
            )
        return numbers


def _shifted(ids: Array, edges: Array) -> bool:
    """Whether as many integers without gaps lie one beside those of the edges."""
    if ids.dtype.kind != "i" or edges.dtype.kind != "i" or len(ids) != len(edges):
        return False
    gapless = int(edges[-1]) - int(edges[0]) == len(edges) - 1
    apart = int(ids.min()) - int(edges[0])
    return gapless and apart in (-1, 1) and int(ids.max()) - int(edges[-1]) == apart


def _some(ids: Array) -> str:
    """The first ids, for a reader to compare."""
    return ", ".join(f"'{one}'" for one in ids[:3]) + (", ..." if len(ids) > 3 else "")


def _nodes(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}node{'' if count == 1 else 's'}"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
