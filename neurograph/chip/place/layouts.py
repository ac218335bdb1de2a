"""How replicas share the cores: one after another, ends together, or whole ones in groups of tiles.

A layout is a function of the output axons of every neuron, because those fill cores too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from neurograph.chip.place.demand import ResourceDemand
from neurograph.chip.place.filling import fill
from neurograph.chip.place.mesh import Mesh
from neurograph.chip.place.orders import Order
from neurograph.core.arrays import Array

EVERY = 1 << 30  # more cores than any placement has


@dataclass(frozen=True, eq=False)
class Assignment:
    """Replicas on cores that have no places yet.

    Attributes:
        home: int32 ``(replicas, neurons)``, the core of each neuron.
        together: cores that should start on a tile of their own, group by group.
    """

    home: Array
    cores: int
    together: tuple[Array, ...] = field(default=())

    def replicas_on(self, cores: int) -> int:
        """How many replicas lie on the first so many cores alone."""
        return int((self.home.max(axis=1) < cores).sum())


LayoutRule = Callable[[Array], Assignment]


@dataclass(frozen=True, eq=False)
class Layouts:
    """How so many replicas of a network share the cores: a method per rule."""

    demand: ResourceDemand
    replicas: int

    def in_a_row(self, order: Order) -> LayoutRule:
        """Copy after replica; one may begin on the core on which the last one ended."""

        def layout(out: Array) -> Assignment:
            home = self._empty()
            runs = _runs(range(self.replicas), order)
            cores, _, _ = fill(self.demand, runs, _fresh(runs), home, out, 0, EVERY)
            return Assignment(home, cores)

        return layout

    def apart(self, order: Order) -> LayoutRule:
        """Copy after replica, each from a core of its own on."""

        def layout(out: Array) -> Assignment:
            home = self._empty()
            runs = _runs(range(self.replicas), order)
            starts = np.arange(self.replicas) * len(order)
            cores, _, _ = fill(self.demand, runs, _fresh(runs, starts), home, out, 0, EVERY)
            return Assignment(home, cores)

        return layout

    def ends_together(self, order: Order) -> LayoutRule:
        """Every replica fills cores of its own; what is left of them shares cores."""

        def layout(out: Array) -> Assignment:
            alone = Layouts(self.demand, 1).in_a_row(order)(out[:1])
            full = np.concatenate([alone.home[0, a:b] for a, b in order]) < alone.cores - 1
            body, end = _parted(order, int(full.sum()))
            runs = np.concatenate(
                [_runs(range(self.replicas), body), _runs(range(self.replicas), end)]
            )
            starts = np.arange(self.replicas + 1) * len(
                body
            )  # of every replica, and of what is left
            home = self._empty()
            cores, _, _ = fill(self.demand, runs, _fresh(runs, starts), home, out, 0, EVERY)
            if not len(body):
                return Assignment(home, cores)
            begun = [*home[:, body[0, 0]].tolist(), int(home[0, end[0, 0]])]
            groups = tuple(np.arange(a, b) for a, b in pairwise(begun))
            return Assignment(home, cores, groups)

        return layout

    def whole_in_tiles(self, order: Order, mesh: Mesh) -> LayoutRule:
        """As many whole replicas in every group of tiles as it holds; others fill what is left."""

        def layout(out: Array) -> Assignment:
            alone = Layouts(self.demand, 1).in_a_row(order)(out[:1]).cores
            tiles = -(-alone // mesh.cores_per_tile)
            room = min(tiles * mesh.cores_per_tile, mesh.cores_per_chip)
            home = self._empty()
            whole = max(1, self.whole_replicas(order, out, room))
            cores, ready, spare = 0, 0, self.replicas  # replicas from `spare` on are for filling
            filler = _runs([], order)
            groups = []
            while ready < spare or len(filler):
                while len(filler) < 2 * len(order) and spare > ready + whole:
                    spare -= 1
                    filler = np.concatenate([filler, _runs([spare], order)])
                now = range(ready, min(ready + whole, spare))
                runs = np.concatenate([_runs(now, order), filler])
                used, run, neuron = fill(self.demand, runs, _fresh(runs), home, out, cores, room)
                groups.append(np.arange(cores, cores + used))
                cores, ready, filler = cores + used, now.stop, runs[run:].copy()
                filler[:1, 1] = neuron
            return Assignment(home, cores, tuple(groups))

        return layout

    def whole_replicas(self, order: Order, out: Array, cores: int) -> int:
        """How many of so many replicas these cores hold."""
        runs = _runs(range(self.replicas), order)
        _, run, _ = fill(self.demand, runs, _fresh(runs), self._empty(), out, 0, cores)
        return run // len(order)

    def _empty(self) -> Array:
        return np.empty((self.replicas, self.demand.neurons), np.int32)


def _runs(replicas: Iterable[int], order: Order) -> Array:
    """int64 ``(replicas * ranges, 3)``: the ranges of each replica, replica after replica."""
    which = np.array(list(replicas), np.int64)
    return np.column_stack([np.repeat(which, len(order)), np.tile(order, (len(which), 1))])


def _fresh(runs: Array, starts: Array | None = None) -> Array:
    fresh = np.zeros(len(runs), bool)
    if starts is not None:
        fresh[starts] = True
    return fresh


def _parted(order: Order, neurons: int) -> tuple[Order, Order]:
    """An order cut after so many neurons."""
    begun = np.cumsum(order[:, 1] - order[:, 0]) - (order[:, 1] - order[:, 0])
    cut = np.clip(order[:, 0] + neurons - begun, order[:, 0], order[:, 1])
    body = np.column_stack([order[:, 0], cut])
    end = np.column_stack([cut, order[:, 1]])
    return body[body[:, 0] < body[:, 1]], end[end[:, 0] < end[:, 1]]
