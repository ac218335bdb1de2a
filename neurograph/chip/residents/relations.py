"""Who hears whom in a graph, over several projections at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import Meetings, Projection, QProjection, Schedule


@dataclass(frozen=True, eq=False)
class Relation:
    """Pairs of a node that hears and a node that is heard.

    Attributes:
        nodes: of the graph.
        itself: whether every node hears itself, in all snapshots.
        schedules: by which nodes hear others, ones where they do.
    """

    nodes: int
    itself: bool
    schedules: tuple[Schedule, ...]

    @classmethod
    def of(cls, nodes: int, projections: Iterable[Projection | QProjection]) -> Relation:
        """Of what any of these projections carries."""
        mixes = [j.mix for j in projections]
        itself = any(not isinstance(mix, Schedule) and mix.nnz for mix in mixes)
        schedules = [mix for mix in mixes if isinstance(mix, Schedule)]
        return cls(nodes, itself, tuple(_merged(schedules)))

    @cached_property
    def union(self) -> sp.csr_array:
        """Int8 ones ``(N, N)`` where a node hears another in any snapshot."""
        pairs = [s.union() for s in self.schedules]
        return _ones(sum(pairs, self._self))

    @cached_property
    def life(self) -> sp.csr_array:
        """int32 ``(N, N)``: in how many snapshots a node hears another.

        Where a pair is in several schedules, those of each are added up, to no more than all.
        """
        steps = max((s.steps for s in self.schedules), default=1)
        pairs = [_life(s) for s in self.schedules]
        total = sp.csr_array(sum(pairs, self._self * np.int32(steps)), dtype=np.int32)
        total.data = np.minimum(total.data, steps)
        return total

    @cached_property
    def pairs(self) -> Array:
        """float64 ``(steps,)``: how many there are in each snapshot; 1 if they never change."""
        heard = [s.row_sums.sum(axis=1) for s in self.schedules]
        found: Array = np.sum(heard, axis=0) + np.full(1, float(self.nodes * self.itself))
        return found

    def at(self, step: int) -> sp.csr_array:
        """Int8 ones ``(N, N)`` where a node hears another in one snapshot."""
        return _ones(sum((s.at(step) for s in self.schedules), self._self))

    @property
    def _self(self) -> sp.csr_array:
        diagonal = sp.csr_array(sp.eye_array(self.nodes, dtype=np.int8))
        return diagonal if self.itself else sp.csr_array((self.nodes, self.nodes), dtype=np.int8)


def _merged(schedules: Sequence[Schedule]) -> list[Schedule]:
    """Ones where any of those of the same pairs has an entry: a schedule per list of pairs."""
    groups: list[list[Schedule]] = []
    for s in schedules:
        like = (g for g in groups if _same(g[0].so_far, s.so_far) and _same(g[0].new, s.new))
        group = next(like, None)
        if group is None:
            groups.append([s])
        else:
            group.append(s)
    return [_any(group) for group in groups]


def _any(group: Sequence[Schedule]) -> Schedule:
    heard = [
        np.any([getattr(s, name) != 0 for s in group], axis=0)
        for name in ("of_so_far", "of_new", "of_self")
    ]
    return group[0].with_values(*heard).present()


def _same(a: Meetings, b: Meetings) -> bool:
    names = ("indptr", "indices", "before")
    return a is b or all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)


def _life(schedule: Schedule) -> sp.csr_array:
    """Of a schedule of ones that counts no pair twice in a snapshot."""
    so_far, new = schedule.so_far, schedule.new
    left = np.cumsum(schedule.of_so_far[::-1], axis=0, dtype=np.int32)[::-1]  # from a snapshot on
    itself = np.arange(schedule.nodes)
    row = np.concatenate([so_far.owner, new.owner, itself])
    column = np.concatenate([so_far.indices, new.indices, itself])
    live: list[Array] = [
        left[so_far.step, so_far.owner],
        schedule.of_new[new.step, new.owner],
        schedule.of_self.sum(axis=0),
    ]
    found = sp.csr_array((np.concatenate(live).astype(np.int32), (row, column)), schedule.shape)
    found.sum_duplicates()
    found.eliminate_zeros()
    return found


def _ones(matrix: sp.csr_array) -> sp.csr_array:
    """Int8 ones where `matrix` stores an entry."""
    matrix = sp.csr_array(matrix)
    matrix.sum_duplicates()
    return sp.csr_array(
        (np.ones(matrix.nnz, np.int8), matrix.indices, matrix.indptr), shape=matrix.shape
    )
