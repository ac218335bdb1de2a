"""Nodes of a graph that go the same way, and are computed once.

A node that has met nobody so far, and whose inputs are those of every other such node, is in the
same states as they are. Row 0 stands for all of them; a node gets a row of its own in the snapshot
in which something sets it apart, and goes on from the states of row 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, Schedule
from neurograph.runtime.engine.whole_kernels import meet

_ASKED = 5  # nodes of whom the one that is like most others stands for them


@dataclass(frozen=True, eq=False)
class Alike:
    """The rows of every snapshot.

    Attributes:
        first: int64 ``(N,)``, the snapshot from which a node has a row of its own; T: never.
        steps: T, snapshots.
    """

    first: Array
    steps: int

    @classmethod
    def of(cls, network: QNetwork, inputs: Mapping[str, Array]) -> Alike:
        """Of a network whose nodes hear each other; `inputs` as of `simulate`."""
        mixes = [j.mix for j in network.projections if isinstance(j.mix, Schedule)]
        lists = {id(m.indices): m for mix in mixes for m in (mix.so_far, mix.new)}
        first = np.full(mixes[0].nodes, network.steps)
        for met in lists.values():
            meet(met.indptr, met.indices, met.before, first)
        own = [inputs[name] for name in sorted({*_own(network, first)})]
        for step in range(network.steps):
            for values in (*(mix.of_self[step] for mix in mixes), *(x[:, step, 0] for x in own)):
                _part(values, step, first)
        return cls(first, network.steps)

    @cached_property
    def nodes(self) -> Array:
        """int64 ``(N,)``: the node of row 1, of row 2, ...; those without a row come last."""
        order: Array = np.argsort(self.first, kind="stable")
        return order

    @cached_property
    def place(self) -> Array:
        """int64 ``(N,)``: the row of each node, as soon as it has one."""
        place = np.empty(len(self.first), np.int64)
        place[self.nodes] = np.arange(1, len(place) + 1)
        return place

    @cached_property
    def counts(self) -> list[int]:
        """Rows of each snapshot."""
        found = np.searchsorted(self.first[self.nodes], np.arange(self.steps), side="right")
        return (1 + found).tolist()  # type: ignore[no-any-return]

    def at(self, step: int) -> Array:
        """int64 ``(rows,)``: the node of each row; of row 0 any that it stands for, or -1."""
        own, alike = np.split(self.nodes, [self.counts[step] - 1])
        return np.concatenate([alike[:1] if len(alike) else [-1], own])


def _own(network: QNetwork, first: Array) -> Iterator[str]:
    """Streams of which a node that is not set apart hears what itself sends."""
    lone = np.arange(network.steps)[:, None] < first
    streams = {s.name for s in network.streams}
    for j in network.projections:
        if j.source not in streams:
            continue
        if not isinstance(j.mix, Schedule) or (j.mix.of_self[lone] != 0).any():
            yield j.source


def _part(values: Array, step: int, first: Array) -> None:
    """Set apart whoever differs from the others of those that are alike so far.

    Args:
        values: of a snapshot, ``(N, ..)``.
    """
    alike = np.flatnonzero(first > step)
    if not len(alike):
        return
    given = values[alike].reshape(len(alike), -1)
    apart = np.ones(len(alike), bool)
    for one in np.linspace(0, len(alike) - 1, _ASKED).astype(int):
        if not apart.any():
            return
        differ = (given != given[one]).any(axis=1)
        apart = min(apart, differ, key=np.count_nonzero)
    first[alike[apart]] = step
