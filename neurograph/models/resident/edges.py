"""Edges over the rows of a whole graph: what rows hear of each other, and its adjoint.

Pairs are in both nodes' lists, so that the adjoint runs over the same lists, with the entry of the
node that hears.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.ir import Meetings, Schedule
from neurograph.models.resident import kernels
from neurograph.models.resident.rows import Rows

Lists = tuple[Array, Array, Array]  # indptr, indices, before: as of `Meetings`, by place


@dataclass(frozen=True, eq=False)
class Pairs:
    """Who met whom when, by place.

    Attributes:
        so_far: each pair at the snapshot in which it met first.
        new: each pair of a snapshot.
    """

    rows: Rows
    so_far: Lists
    new: Lists

    @classmethod
    def of(cls, rows: Rows, so_far: Meetings, new: Meetings) -> Pairs:
        return cls(rows, _lists(rows, so_far), _lists(rows, new))


class Edges:
    """A schedule between rows.

    Args:
        pairs: of the schedule's graph.
        schedule: of the same graph, in floats.
    """

    def __init__(self, pairs: Pairs, schedule: Schedule) -> None:
        self.pairs = pairs
        entries = schedule.of_so_far, schedule.of_new, schedule.of_self
        self._doubles = tuple(by_place(pairs.rows, x) for x in entries)

    @cached_property
    def _singles(self) -> tuple[Array, ...]:
        return tuple(x.astype(np.float32) for x in self._doubles)

    def add(self, step: int, sent: Array, heard: Array, *, first: int = 0) -> None:
        """Add what the rows of a snapshot hear.

        Args:
            sent: ``(rows, channels and others)``.
            heard: ``(rows, channels)``.
            first: where in `sent` the channels begin.
        """
        lists = self.pairs.so_far, self.pairs.new
        kernels.mix(sent, first, *lists, self._values(step, sent), step, heard)

    def add_gradient(self, step: int, gradient: Array, of_sent: Array, *, first: int = 0) -> None:
        """Adjoint of `add`: from the gradient of what is heard to that of what was sent."""
        lists = self.pairs.so_far, self.pairs.new
        values = self._values(step, gradient)
        kernels.mix_gradient(gradient, first, *lists, values, step, of_sent)

    def heard(self, sent: Array) -> Array:
        """What the rows of all snapshots hear of `sent`, ``(rows, channels)``."""
        out = np.zeros_like(sent)
        for step, part in self.pairs.rows.snapshots():
            self.add(step, sent[part], out[part])
        return out

    def _values(self, step: int, like: Array) -> tuple[Array, ...]:
        values = self._singles if like.dtype == np.float32 else self._doubles
        return tuple(x[step] for x in values)


def own_and_heard(products: Tensor, edges: Edges) -> Tensor:
    """A row's own product plus its neighbours', with the gradient.

    Args:
        products: ``(rows, 2 H)``: for the row itself, then for those that hear it.

    Returns:
        ``(rows, H)``.
    """
    found: Tensor = _OwnAndHeard.apply(products, edges)  # type: ignore[no-untyped-call]
    return found


def heard_alone(sent: Tensor, edges: Edges) -> Tensor:
    """What rows hear of their neighbours, ``(rows, channels)`` of ``(rows, channels)``."""
    found: Tensor = _HeardAlone.apply(sent, edges)  # type: ignore[no-untyped-call]
    return found


class _HeardAlone(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sent: Tensor, edges: Edges) -> Tensor:
        ctx.edges = edges
        return torch.from_numpy(edges.heard(sent.detach().contiguous().numpy()))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient, edges = gradients[0].contiguous(), ctx.edges
        out = torch.zeros_like(gradient)
        for step, part in edges.pairs.rows.snapshots():
            edges.add_gradient(step, gradient[part].numpy(), out[part].numpy())
        return out, None


class _OwnAndHeard(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, products: Tensor, edges: Edges) -> Tensor:
        ctx.edges, width = edges, products.shape[1] // 2
        given, out = products.detach().contiguous(), products[:, :width].contiguous()
        for step, part in edges.pairs.rows.snapshots():
            edges.add(step, given[part].numpy(), out[part].numpy(), first=width)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient, edges = gradients[0].contiguous(), ctx.edges
        rows, width = gradient.shape
        out = gradient.new_empty((rows, 2 * width))
        out[:, :width] = gradient
        out[:, width:] = 0
        for step, part in edges.pairs.rows.snapshots():
            edges.add_gradient(step, gradient[part].numpy(), out[part].numpy(), first=width)
        return out, None


def _lists(rows: Rows, met: Meetings) -> Lists:
    """The lists of the nodes that have rows, by place; the lone node has met nobody."""
    counts = np.diff(met.indptr)[rows.nodes]
    indptr = np.concatenate([[0, 0], np.cumsum(counts)])
    start = np.repeat(met.indptr[:-1][rows.nodes] - indptr[1:-1], counts)
    indices = rows.place[met.indices[start + np.arange(len(start))]].astype(np.int32)
    before = np.zeros((len(met.before), len(rows.nodes) + 1), np.int32)
    before[:, 1:] = met.before[:, rows.nodes]
    return indptr, indices, before


def by_place(rows: Rows, values: Array) -> Array:
    """Float64 ``(T, places)`` of ``(T, N)``; the lone node's are those of any lone one, or 0."""
    out = np.zeros((len(values), len(rows.nodes) + 1))
    out[:, 1:] = values[:, rows.nodes]
    for step in range(len(values)):
        lone = np.flatnonzero(rows.first > step)
        if len(lone):
            out[step, 0] = values[step, lone[0]]
    return out
