"""Which rows a layer has over a whole graph, snapshot by snapshot.

Until its first edge a node hears nobody, so that all of them that have the same features go the
same way. It is computed once: row 0 of each snapshot is the *lone* node, and a node gets a row of
its own in the snapshot of its first edge, where it goes on from the lone node's states. In a graph
that grows most rows are saved.

Rows of a snapshot are next to each other, nodes in the order of their first snapshot, so that the
rows of one snapshot are the first ones of the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Meetings


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of all snapshots.

    Attributes:
        nodes: int64 ``(n,)``, the node of each row of the last snapshot but the lone one.
        place: int64 ``(N,)``, row of each node within a snapshot in which it has one; 0: never.
        first: int64 ``(N,)``, the snapshot from which a node has a row.
        offsets: int64 ``(T + 1,)``, the first row of each snapshot.
    """

    nodes: Array
    place: Array
    first: Array
    offsets: Array

    @classmethod
    def of(cls, met: Meetings, features: Array | None = None) -> Rows:
        """Rows for nodes that met like that.

        Args:
            features: ``(T, N, F)``; where lone nodes differ in them, each node has rows throughout.
        """
        steps = met.steps
        apart = met.before[1:] == 0  # (T, N)
        first = apart.sum(axis=0)  # who has met once has met ever after
        if features is not None and not _alike(features, apart):
            first = np.zeros(met.nodes, np.int64)
        order = np.argsort(first, kind="stable")
        nodes = order[first[order] < steps]
        place = np.zeros(met.nodes, np.int64)
        place[nodes] = np.arange(1, len(nodes) + 1)
        counts = 1 + np.searchsorted(first[nodes], np.arange(steps), side="right")
        return cls(nodes, place, first, np.concatenate([[0], np.cumsum(counts)]))

    @property
    def steps(self) -> int:
        return len(self.offsets) - 1

    def __len__(self) -> int:
        return int(self.offsets[-1])

    def of_snapshot(self, step: int) -> slice:
        """The rows of this snapshot."""
        return slice(int(self.offsets[step]), int(self.offsets[step + 1]))

    def snapshots(self) -> Iterator[tuple[int, slice]]:
        """Each snapshot and its rows."""
        for step in range(self.steps):
            yield step, self.of_snapshot(step)

    def index(self, nodes: Array) -> Array:
        """int64 ``(nodes, T)``: where each of these nodes is in each snapshot."""
        own = np.arange(self.steps) >= self.first[nodes][:, None]
        found: Array = self.offsets[:-1] + np.where(own, self.place[nodes][:, None], 0)
        return found

    def mean(self, values: Array) -> float:
        """Mean over nodes, snapshots and channels of ``(rows, channels)``."""
        total = 0.0
        for step, part in self.snapshots():
            rows = values[part]
            total += float(rows[1:].sum(dtype=np.float64))
            total += float(rows[0].sum(dtype=np.float64)) * int((self.first > step).sum())
        return total / (self.steps * len(self.first) * int(values.shape[1]))

    def gathered(self, values: Array) -> Array:
        """float32 ``(rows, F)`` of ``(T, N, F)``; a lone node's are those of any lone one, or 0."""
        out = np.zeros((len(self), values.shape[2]), np.float32)
        for step in range(self.steps):
            rows = out[self.of_snapshot(step)]
            rows[1:] = values[step][self.nodes[: len(rows) - 1]]
            lone = np.flatnonzero(self.first > step)
            if len(lone):
                rows[0] = values[step, lone[0]]
        return out


def _alike(features: Array, apart: Array) -> bool:
    """Whether nodes that hear nobody have the same features, snapshot by snapshot."""
    for values, lone in zip(features, apart, strict=True):
        found = np.flatnonzero(lone)
        if len(found) and (values[found] != values[found[0]]).any():
            return False
    return True
