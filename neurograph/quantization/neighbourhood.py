"""Some nodes of a graph and whom they hear: enough to run one layer of those nodes exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Meetings, Schedule


@dataclass(frozen=True, eq=False, kw_only=True)
class Neighbourhood:
    """Nodes that hear, and all that they hear.

    Attributes:
        nodes: int64 ``(n,)`` ids, ascending: those that hear, and whom they hear.
        rows: int64 ``(k,)``: where among them those are that hear.
    """

    nodes: Array
    rows: Array

    @classmethod
    def of(cls, hearing: Array, schedules: Iterable[Schedule]) -> Neighbourhood:
        """The neighbourhood of the nodes `hearing`, distinct ids, in any snapshot."""
        known = {id(m): m for s in schedules for m in (s.so_far, s.new)}
        heard = [m.indices[_entries(m, np.sort(hearing))] for m in known.values()]
        nodes = np.unique(np.concatenate([hearing, *heard]).astype(np.int64))
        return cls(nodes=nodes, rows=np.searchsorted(nodes, np.sort(hearing)))

    def schedule(self, whole: Schedule, latency: int) -> Schedule:
        """`whole` among these nodes, where only the rows hear; a snapshot for each update.

        Args:
            latency: updates per snapshot of `whole`.
        """
        values = [
            self._spread(np.repeat(getattr(whole, name)[:, self._hearing], latency, axis=0))
            for name in ("of_so_far", "of_new", "of_self")
        ]
        of_so_far, of_new, of_self = values
        return Schedule(
            so_far=self._so_far(whole.so_far, latency),
            new=self._new(whole.new, latency),
            of_so_far=of_so_far,
            of_new=of_new,
            of_self=of_self,
        )

    @property
    def _hearing(self) -> Array:
        hearing: Array = self.nodes[self.rows]
        return hearing

    def _spread(self, of_rows: Array) -> Array:
        """``(updates, k)`` of the rows among all nodes, 0 elsewhere."""
        spread = np.zeros((len(of_rows), len(self.nodes)), of_rows.dtype)
        spread[:, self.rows] = of_rows
        return spread

    def _so_far(self, whole: Meetings, latency: int) -> Meetings:
        met = np.repeat(whole.before[1:, self._hearing], latency, axis=0)
        before = np.concatenate([np.zeros((1, len(self.rows)), met.dtype), met])
        return self._meetings(whole.indices[_entries(whole, self._hearing)], before)

    def _new(self, whole: Meetings, latency: int) -> Meetings:
        """Pairs of a snapshot, again in each of its updates."""
        entries = _entries(whole, self._hearing)
        counts = np.diff(whole.before[:, self._hearing], axis=0)  # (T, k)
        slices = np.repeat(counts.T.ravel(), counts.T.ravel())  # of each entry, its slice's size
        starts = np.cumsum(counts.T.ravel()) - counts.T.ravel()
        first = np.repeat(starts, counts.T.ravel())
        place = first * latency + np.arange(len(entries)) - first
        indices = np.zeros(len(entries) * latency, whole.indices.dtype)
        for copy in range(latency):
            indices[place + copy * slices] = whole.indices[entries]
        each = np.repeat(counts, latency, axis=0)
        before = np.concatenate([np.zeros((1, len(self.rows)), np.int64), np.cumsum(each, axis=0)])
        return self._meetings(indices, before)

    def _meetings(self, indices: Array, before: Array) -> Meetings:
        """Of entries by row, whose neighbours are ids of the whole graph."""
        owned = np.zeros(len(self.nodes), np.int64)
        owned[self.rows] = before[-1]
        return Meetings(
            indptr=np.concatenate([[0], np.cumsum(owned)]),
            indices=np.searchsorted(self.nodes, indices),
            before=self._spread(before),
        )


def _entries(of: Meetings, nodes: Array) -> Array:
    """Where the entries of these nodes are, node by node."""
    start, owned = of.indptr[nodes], of.indptr[nodes + 1] - of.indptr[nodes]
    offset = np.arange(owned.sum()) - np.repeat(np.cumsum(owned) - owned, owned)
    entries: Array = np.repeat(start, owned) + offset
    return entries
