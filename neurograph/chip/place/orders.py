"""Orders in which a replica's neurons can be put on cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.memory import whole_words
from neurograph.chip.place.demand import UNLIMITED, ResourceDemand
from neurograph.core.arrays import Array

BLOCKS = 512  # of a replica, at most so many (or one per population) are put in order

Order = Array  # int64 (ranges, 2): first neuron and end of each, every neuron once


def natural(wanted: ResourceDemand) -> Order:
    """Populations in order, neuron by neuron."""
    return np.array([[0, wanted.neurons]])


def by_traffic(
    network: AnyNetwork, wanted: ResourceDemand, sent: Mapping[str, Array]
) -> tuple[Order, ...]:
    """Orders that keep rows together which talk to each other.

    The first starts with the busiest row for its size, mostly one that hears many others, and
    goes on with what talks most to all before, for its size, so that its end is what can best
    live elsewhere. The second has the same start in its middle.
    """
    blocks = _blocks(network, wanted, sent)
    grown = _grown(blocks)
    return blocks.ranges(grown), blocks.ranges(_around(grown, blocks.size))


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Rows of populations, some together where there are many.

    Attributes:
        start: int64 ``(blocks + 1,)``, first neuron of each.
        size: float64 ``(blocks,)``, share of a core that each needs.
        talk: float64 ``(blocks, blocks)``, spikes from any to any other, both ways together.
    """

    start: Array
    size: Array
    talk: Array

    def ranges(self, order: Array) -> Order:
        """The blocks in this order, those that follow each other as one range."""
        cut = np.flatnonzero(np.diff(order) != 1) + 1
        first, last = np.concatenate([[0], cut]), np.concatenate([cut, [len(order)]]) - 1
        return np.stack([self.start[order[first]], self.start[order[last] + 1]], axis=1)


def _blocks(network: AnyNetwork, wanted: ResourceDemand, sent: Mapping[str, Array]) -> _Blocks:
    most = max(1, BLOCKS // len(wanted.prints))
    starts: list[int] = []
    member: dict[str, Array] = {}  # per population, the block of each of its rows
    for f, at in zip(wanted.prints, wanted.start, strict=False):
        many = min(f.rows, most)
        block_of = np.arange(f.rows) * many // f.rows
        first_row = np.flatnonzero(np.diff(block_of, prepend=-1))
        member[f.population] = block_of + len(starts)
        starts += (at + first_row * f.channels).tolist()
    start = np.array([*starts, wanted.neurons])
    return _Blocks(
        start=start, size=_size(wanted, start), talk=_talk(network, member, sent, len(starts))
    )


def _size(wanted: ResourceDemand, start: Array) -> Array:
    neurons = np.diff(start)
    need = wanted.need
    size = np.bincount(need.line, minlength=len(need.lists))  # neurons of a row
    listed = (need.lists * whole_words(size, need.dense) / size)[need.line]
    memory = np.add.reduceat(need.own + listed, start[:-1])
    share = np.maximum(neurons / wanted.room.neurons, memory / wanted.room.memory)
    return share if wanted.room.neurons != UNLIMITED or memory.any() else neurons.astype(float)


def _talk(
    network: AnyNetwork, member: Mapping[str, Array], sent: Mapping[str, Array], blocks: int
) -> Array:
    talk = np.zeros((blocks, blocks))
    for j in network.projections:
        if j.source in member:
            spikes = np.asarray(sent[j.source], float)[:, j.weight.any(axis=0)].sum(axis=1)
            mix = sp.coo_array(j.mix)
            at = member[j.source][mix.col], member[j.target][mix.row]
            np.add.at(talk, at, spikes[mix.col])
    talk += talk.T
    np.fill_diagonal(talk, 0.0)
    return talk


def _grown(blocks: _Blocks) -> Array:
    """Blocks in the order in which they are drawn to those before, for their size."""
    size = np.maximum(blocks.size, np.finfo(float).tiny)
    busy = blocks.talk.sum(axis=1) / size
    drawn = np.zeros(len(size))
    left = np.ones(len(size), bool)
    order = np.empty(len(size), np.int64)
    for at in range(len(size)):
        wish = np.where(left, drawn / size, -1.0)
        if wish.max() <= 0.0:  # nothing is drawn to those before: start anew
            wish = np.where(left, busy, -1.0)
        order[at] = chosen = int(wish.argmax())
        left[chosen] = False
        drawn += blocks.talk[chosen]
    return order


def _around(order: Array, size: Array) -> Array:
    """The same with the first in the middle, the others in turn on the lighter side."""
    sides: tuple[list[int], list[int]] = [], [int(order[0])]
    weight = [0.0, float(size[order[0]]) / 2]
    for block in order[1:].tolist():
        lighter = int(weight[1] < weight[0])
        sides[lighter].append(block)
        weight[lighter] += float(size[block])
    return np.array([*reversed(sides[0]), *sides[1]])
