"""A row mix that changes with the snapshots: who hears whom along edges, and how loud.

Stored as what each snapshot adds, so that memory is O(E + T N), E pairs, T snapshots, N nodes::

    M_t[v, u] = of_so_far[t, v]    where v and u have met by snapshot t      (G_t)
              + of_new[t, v]       where they meet in snapshot t             (dG_t)
    M_t[v, v] = of_self[t, v]

A projection with such a mix leads from node to node: all nodes of a graph run at once, each with
one row of every layer (a *resident* network), where every other mix stays within a node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, TypeAlias, Union

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import NetworkError

ENTRY_MAX = 255  # what a synapse of one sign holds
Order = Literal["transform", "aggregate"]  # what is done first: weights, or sums along edges


@dataclass(frozen=True, eq=False, kw_only=True)
class Meetings:
    """The neighbours of every node, in the order of the snapshots in which they met.

    Attributes:
        indptr: int64 ``(N + 1,)``; node v owns the entries ``indptr[v]:indptr[v + 1]``.
        indices: int32 ``(M,)``; the neighbour of each entry.
        before: int32 ``(T + 1, N)``; how many entries of node v are earlier than snapshot t.
    """

    indptr: Array
    indices: Array
    before: Array

    def __post_init__(self) -> None:
        for name, dtype in (("indptr", np.int64), ("indices", np.int32), ("before", np.int32)):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype))
        nodes = len(self.indptr) - 1
        if self.before.ndim != 2 or self.before.shape[1] != nodes or len(self.before) < 2:
            raise NetworkError(f"meetings of {nodes} nodes, offsets {self.before.shape}")
        counts, owned = np.diff(self.before, axis=0), np.diff(self.indptr)
        if self.before[0].any() or (counts < 0).any() or (self.before[-1] != owned).any():
            raise NetworkError("meetings: offsets that do not count their entries")
        inside = not len(self.indices) or 0 <= self.indices.min() <= self.indices.max() < nodes
        if len(self.indices) != self.indptr[-1] or not inside:
            raise NetworkError(f"meetings: {len(self.indices)} entries of {nodes} nodes")

    @property
    def nodes(self) -> int:
        return len(self.indptr) - 1

    @property
    def steps(self) -> int:
        return len(self.before) - 1

    def first(self, steps: int) -> Meetings:
        """Those of the first so many snapshots."""
        before = self.before[: steps + 1]
        kept = self.step < steps
        indptr = np.concatenate([[0], np.cumsum(before[-1], dtype=np.int64)])
        return Meetings(indptr=indptr, indices=self.indices[kept], before=before)

    def met_since(self, first: int) -> Meetings:
        """Those of the snapshots from `first` on."""
        before = self.before[first:] - self.before[first]
        indptr = np.concatenate([[0], np.cumsum(before[-1], dtype=np.int64)])
        return Meetings(indptr=indptr, indices=self.indices[self.step >= first], before=before)

    def held_since(self, first: int) -> Meetings:
        """All of them, in the snapshots from `first` on: who had met before has met in that one."""
        before = self.before[first:].copy()
        before[0] = 0
        return Meetings(indptr=self.indptr, indices=self.indices, before=before)

    def among(self, nodes: Array) -> Meetings:
        """Those of some nodes, numbered as they come here; in each snapshot by rising number.

        Raises:
            NetworkError: one of them has met somebody else.
        """
        place = np.full(self.nodes, -1, np.int64)
        place[nodes] = np.arange(len(nodes))
        kept = place[self.owner] >= 0
        owner, step, other = place[self.owner[kept]], self.step[kept], place[self.indices[kept]]
        if (other < 0).any():
            raise NetworkError("meetings: some of the nodes have met others than themselves")
        order = np.lexsort((other, step, owner))
        indptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(nodes)))])
        return Meetings(indptr=indptr, indices=other[order], before=self.before[:, nodes])

    @cached_property
    def owner(self) -> Array:
        """int32 ``(M,)``: the node of each entry."""
        return np.repeat(np.arange(self.nodes, dtype=np.int32), np.diff(self.indptr))

    @cached_property
    def step(self) -> Array:
        """int32 ``(M,)``: the snapshot of each entry; ascending within a node."""
        counts = np.diff(self.before, axis=0).T.ravel()
        return np.repeat(np.tile(np.arange(self.steps, dtype=np.int32), self.nodes), counts)


@dataclass(frozen=True, eq=False, kw_only=True)
class Schedule:
    """The row mixes ``(N, N)`` of all snapshots; integers in an integer network, else floats.

    Attributes:
        so_far: each different pair once, at the snapshot in which it met first.
        new: each different pair of a snapshot.
        of_so_far: ``(T, N)``, not negative; what node v multiplies each neighbour in G_t by.
        of_new: likewise, each neighbour in dG_t.
        of_self: likewise, itself.

    Raises:
        NetworkError: shapes that do not fit, or a negative or infinite entry.
    """

    so_far: Meetings
    new: Meetings
    of_so_far: Array
    of_new: Array
    of_self: Array

    def __post_init__(self) -> None:
        if self.so_far.before.shape != self.new.before.shape:
            raise NetworkError("schedule: pairs so far and new pairs differ in nodes or snapshots")
        whole = all(np.asarray(getattr(self, name)).dtype.kind in "iu" for name in _VALUES)
        for name in _VALUES:
            held = frozen(getattr(self, name), np.int16 if whole else np.float64)
            object.__setattr__(self, name, held)
            if held.shape != (self.steps, self.nodes):
                wanted = (self.steps, self.nodes)
                raise NetworkError(f"schedule: {name} {held.shape}, needed {wanted}")
            if held.size and not (np.isfinite(held).all() and held.min() >= 0):
                raise NetworkError(f"schedule: {name} holds a negative or infinite entry")

    @property
    def nodes(self) -> int:
        return self.so_far.nodes

    @property
    def steps(self) -> int:
        return self.so_far.steps

    @property
    def shape(self) -> tuple[int, int]:
        return self.nodes, self.nodes

    @property
    def whole(self) -> bool:
        """Whether its entries are integers."""
        return self.of_self.dtype.kind == "i"

    @cached_property
    def largest(self) -> float:
        """The largest entry of any snapshot."""
        met = np.diff(self.new.before, axis=0) > 0
        apart = np.where(self.so_far.before[1:] > 0, self.of_so_far, 0)
        together = np.where(met, self.of_so_far.astype(np.float64) + self.of_new, 0)
        return float(max(apart.max(), together.max(), self.of_self.max()))

    @cached_property
    def row_total(self) -> float:
        """The largest sum of a row in any snapshot: what a node can hear at most of ones."""
        return float(self.row_sums.max())

    @cached_property
    def row_sums(self) -> Array:
        """float64 ``(T, N)``: the sum of each row."""
        so_far = self.of_so_far * self.so_far.before[1:].astype(np.float64)
        new = self.of_new * np.diff(self.new.before, axis=0).astype(np.float64)
        sums: Array = so_far + new + self.of_self
        return sums

    @cached_property
    def smallest(self) -> float:
        """The smallest entry of any snapshot that is not 0; 0 if there is none."""
        met = np.diff(self.new.before, axis=0) > 0
        live = (
            self.of_so_far[(self.so_far.before[1:] > 0) & (self.of_so_far > 0)],
            self.of_new[met & (self.of_new > 0)],
            self.of_self[self.of_self > 0],
        )
        return min((float(x.min()) for x in live if x.size), default=0.0)

    @cached_property
    def joins(self) -> bool:
        """Whether every entry is 0 or 1: it says who hears whom, and weights nobody."""
        values = (getattr(self, name) for name in _VALUES)
        return self.largest <= 1 and all(np.array_equal(x, x != 0) for x in values)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of its pairs and entries."""
        return fingerprint(*self.identity)

    @property
    def identity(self) -> tuple[Array, ...]:
        """What decides a sum, as a fingerprint takes it."""
        lists = (self.so_far, self.new)
        arrays = [getattr(m, name) for m in lists for name in ("indptr", "indices", "before")]
        return (*arrays, *(getattr(self, name) for name in _VALUES))

    def at(self, step: int) -> sp.csr_array:
        """The mix ``(N, N)`` of one snapshot; entries that are 0 are left out."""
        parts = [_live(self.so_far, self.of_so_far, step, 0), _live(self.new, self.of_new, step)]
        itself = np.arange(self.nodes, dtype=np.int32)
        parts.append((itself, itself, self.of_self[step]))
        row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        kept = value != 0
        mix = sp.csr_array((value[kept], (row[kept], column[kept])), shape=self.shape)
        mix.sum_duplicates()
        return mix

    def present(self) -> Schedule:
        """Ones where entries are not 0: how many neighbours a node hears."""
        so_far = self.of_so_far != 0  # whoever meets in a snapshot has met by then
        new = (self.of_new != 0) & ~so_far
        return self.with_values(so_far, new, self.of_self != 0)

    def union(self) -> sp.csr_array:
        """Int8 ones ``(N, N)`` where an entry is not 0 in any snapshot: what a chip must hold."""
        later = np.logical_or.accumulate(self.of_so_far[::-1] != 0, axis=0)[::-1]
        lists = self.so_far, self.new
        used = (
            later[self.so_far.step, self.so_far.owner],
            self.of_new[self.new.step, self.new.owner] != 0,
        )
        itself = np.flatnonzero(self.of_self.any(axis=0)).astype(np.int32)
        row = np.concatenate([*(m.owner[k] for m, k in zip(lists, used, strict=True)), itself])
        column = np.concatenate([*(m.indices[k] for m, k in zip(lists, used, strict=True)), itself])
        mix = sp.csr_array((np.ones(len(row), np.int8), (row, column)), shape=self.shape)
        mix.sum_duplicates()
        mix.data[:] = 1
        return mix

    def first(self, steps: int) -> Schedule:
        """The mixes of the first so many snapshots."""
        return Schedule(
            so_far=self.so_far.first(steps),
            new=self.new.first(steps),
            of_so_far=self.of_so_far[:steps],
            of_new=self.of_new[:steps],
            of_self=self.of_self[:steps],
        )

    def since(self, first: int) -> Schedule:
        """The mixes of the snapshots from `first` on."""
        return Schedule(
            so_far=self.so_far.held_since(first),
            new=self.new.met_since(first),
            of_so_far=self.of_so_far[first:],
            of_new=self.of_new[first:],
            of_self=self.of_self[first:],
        )

    def among(self, nodes: Array) -> Schedule:
        """The mixes of some nodes that hear nobody else; see `Meetings.among`."""
        return Schedule(
            so_far=self.so_far.among(nodes),
            new=self.new.among(nodes),
            of_so_far=self.of_so_far[:, nodes],
            of_new=self.of_new[:, nodes],
            of_self=self.of_self[:, nodes],
        )

    def with_values(self, of_so_far: Array, of_new: Array, of_self: Array) -> Schedule:
        """The same pairs with other entries; truth values become 0 and 1."""
        given = (of_so_far, of_new, of_self)
        so_far, new, itself = (x.astype(np.int16) if x.dtype == np.bool_ else x for x in given)
        return Schedule(
            so_far=self.so_far, new=self.new, of_so_far=so_far, of_new=new, of_self=itself
        )


_VALUES = ("of_so_far", "of_new", "of_self")


def _live(
    of: Meetings, values: Array, step: int, first: int | None = None
) -> tuple[Array, Array, Array]:
    """Rows, columns and values of the entries from snapshot `first` (default: `step`) to `step`."""
    start = of.indptr[:-1] + of.before[step if first is None else first]
    counts = of.indptr[:-1] + of.before[step + 1] - start
    row = np.repeat(np.arange(of.nodes, dtype=np.int32), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return row, of.indices[np.repeat(start, counts) + within], values[step][row]


Mix: TypeAlias = Union[sp.csr_array, Schedule]  # noqa: UP007  who hears whom: the same in all snapshots, or by schedule


class Mixing(Protocol):
    """A projection, as far as its mix."""

    @property
    def name(self) -> str: ...
    @property
    def mix(self) -> Mix: ...


class Rows(Protocol):
    """A layer, as far as its rows."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> int: ...


def resident_nodes(projections: Iterable[Mixing]) -> int | None:
    """How many nodes run at once, if a projection leads from node to node; else None."""
    found = [j.mix.nodes for j in projections if isinstance(j.mix, Schedule)]
    return found[0] if found else None


def check_schedules(layers: Iterable[Rows], projections: Iterable[Mixing], steps: int) -> None:
    """Raise NetworkError unless all schedules are of one graph, whose nodes have one row each."""
    scheduled = [j for j in projections if isinstance(j.mix, Schedule)]
    if not scheduled:
        return
    nodes = resident_nodes(scheduled)
    for j in scheduled:
        assert isinstance(j.mix, Schedule)
        if (j.mix.nodes, j.mix.steps) != (nodes, steps):
            raise NetworkError(
                f"{j.name}: a schedule of {j.mix.nodes} nodes and {j.mix.steps} snapshots, needed "
                f"{nodes} and {steps}, as the rest of the network has"
            )
    if wide := [f"{x.name} ({x.rows})" for x in layers if x.rows != 1]:
        raise NetworkError(
            f"{', '.join(wide)}: rows of a layer of a network whose nodes hear each other; needed "
            "1 per node"
        )


def still(name: str, mix: Mix) -> sp.csr_array:
    """The mix of a projection within a node.

    Raises:
        NetworkError: a schedule.
    """
    if isinstance(mix, Schedule):
        raise NetworkError(f"{name}: a schedule of edges, needed a mix that never changes")
    return mix


def mix_identity(mix: Mix) -> tuple[Array, ...]:
    """What of a mix decides a sum, as a fingerprint takes it."""
    return mix.identity if isinstance(mix, Schedule) else (mix.indptr, mix.indices, mix.data)


def largest_row(mix: Mix) -> float:
    """The largest sum of a row."""
    if isinstance(mix, Schedule):
        return mix.row_total
    return float(mix.sum(axis=1).max())


def row_totals(mix: Mix) -> Array:
    """int64 ``(rows,)``: the largest sum of each row of a mix of integers; 1 row by schedule."""
    if isinstance(mix, Schedule):
        return np.array([mix.row_total]).astype(np.int64)
    return np.asarray(mix.sum(axis=1, dtype=np.int64))
