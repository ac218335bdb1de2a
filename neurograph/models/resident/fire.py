"""Neurons over the rows of a whole graph, snapshot after snapshot; the last ones hear themselves.

A row that is new in a snapshot goes on from the lone row's states; its gradients join those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES
from neurograph.models.resident import kernels
from neurograph.models.resident.edges import Edges
from neurograph.models.resident.rows import Rows
from neurograph.models.resident_network import RECURRENCE_LAG


def fire(
    current: Tensor,
    keep: Tensor,
    cell: Cell,
    rows: Rows,
    again: tuple[Tensor, Edges] | None = None,
    *,
    spikes: Array | None = None,
) -> Tensor:
    """Spikes (0 or 1) of currents ``(rows, channels)``, already times gain.

    Takes over the memory of the currents, and in the backward pass, of which there can be one, that
    of what it kept of the forward pass: these are the largest arrays that there are.

    Args:
        cell: one that is `compiled`.
        again: the weight ``(channels, channels)``, times gain, and the edges by which the layer
            hears its own spikes, `RECURRENCE_LAG` snapshots late.
        spikes: float ``(rows, channels)``: spikes that are fired whatever the currents, which only
            say how far membranes are from their thresholds, for the gradient; not written to.
    """
    weight, edges = again or (None, None)
    fired: Tensor = _Fire.apply(current, keep, weight, cell, rows, edges, spikes)  # type: ignore[no-untyped-call]
    return fired


@dataclass(frozen=True, eq=False)
class _Given:
    """What the loops need besides arrays that change; whether `keep` is learnt."""

    cell: Cell
    rows: Rows
    edges: Edges | None
    keep: Any
    learns: bool
    real: type

    def surrogate(self) -> tuple[int, Any]:
        return SURROGATES[self.cell.surrogate][1], self.real(self.cell.alpha)

    def constants(self) -> tuple[Any, Any]:
        return self.real(self.cell.hold), self.real(self.cell.jump)


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        current: Tensor,
        keep: Tensor,
        weight: Tensor | None,
        cell: Cell,
        rows: Rows,
        edges: Edges | None,
        spikes: Array | None,
    ) -> Tensor:
        given = current.detach().contiguous().numpy()
        real = given.dtype.type
        ctx.given = _Given(cell, rows, edges, real(keep.item()), keep.requires_grad, real)
        ctx.matrix = None if weight is None else weight.detach().numpy()
        ctx.kept = _forward(given, ctx.matrix, ctx.given, spikes)
        return torch.from_numpy(ctx.kept.spikes)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        gradient, kept = gradients[0].contiguous().numpy(), ctx.kept
        del ctx.kept  # it is overwritten
        of_keep, of_matrix = _backward(gradient, ctx.matrix, kept, ctx.given)
        weight = None if of_matrix is None else torch.from_numpy(of_matrix)
        return (
            torch.from_numpy(kept.above),
            torch.as_tensor(of_keep),
            weight,
            *[None] * 4,
        )


@dataclass(frozen=True, eq=False)
class _Kept:
    """Of the forward pass, ``(rows, channels)`` each.

    Attributes:
        v: membranes before reset.
        above: what they are above their thresholds; after the backward pass the gradient of the
            currents.
    """

    v: Array
    above: Array
    spikes: Array


def _forward(
    current: Array, matrix: Array | None, given: _Given, spikes: Array | None = None
) -> _Kept:
    rows, edges = given.rows, given.edges
    own = _empty_like(current) if spikes is None else spikes.astype(current.dtype, copy=False)
    kept = _Kept(current, _empty_like(current), own)
    constants = given.keep, given.constants(), spikes is not None
    left = np.zeros((len(rows.nodes) + 1, current.shape[1]), current.dtype)
    theta = np.full_like(left, given.cell.threshold)
    known = 1
    for step in range(rows.steps):
        part = rows.of_snapshot(step)
        count, v = part.stop - part.start, kept.v[part]
        left[known:count], theta[known:count] = left[0], theta[0]
        known = count
        if matrix is not None and edges is not None and step >= RECURRENCE_LAG:
            sent = kept.spikes[rows.of_snapshot(step - RECURRENCE_LAG)] @ matrix.T
            edges.add(step, _grown(sent, count), v)
        states = left[:count], theta[:count]
        kernels.fire(v, *states, *constants, kept.above[part], kept.spikes[part])
    return kept


def _backward(
    gradient: Array, matrix: Array | None, kept: _Kept, given: _Given
) -> tuple[float, Array | None]:
    """Gradients of `keep` and of the matrix; that of the currents is where `above` was."""
    rows, edges = given.rows, given.edges
    of_matrix = None if matrix is None else np.zeros_like(matrix)
    of_spikes = gradient if matrix is None else gradient.copy()
    shape = len(rows.nodes) + 1, gradient.shape[1]
    g_left, g_theta = np.zeros(shape, gradient.dtype), np.zeros(shape, gradient.dtype)
    of_keep = 0.0
    for step in range(rows.steps - 1, -1, -1):
        part = rows.of_snapshot(step)
        count, of_current = part.stop - part.start, kept.above[part]
        kernels.fire_gradient(
            of_spikes[part],
            kept.spikes[part],
            kept.v[part],
            g_left[:count],
            g_theta[:count],
            given.keep,
            given.constants(),
            given.surrogate(),
            of_current,
        )
        if of_matrix is not None and edges is not None and step >= RECURRENCE_LAG:
            heard = np.zeros_like(of_current)
            edges.add_gradient(step, of_current, heard)
            source = rows.of_snapshot(step - RECURRENCE_LAG)
            of_sent = _shrunk(heard, source.stop - source.start)
            of_matrix += of_sent.T @ kept.spikes[source]
            of_spikes[source] += of_sent @ matrix
        if step:
            if given.learns:
                of_keep += _of_keep(of_current, kept, rows.of_snapshot(step - 1))
            known = rows.offsets[step] - rows.offsets[step - 1]
            for state in (g_left, g_theta):
                state[0] += state[known:count].sum(axis=0)
                state[known:count] = 0
    return of_keep, of_matrix


def _of_keep(of_current: Array, kept: _Kept, before: slice) -> float:
    """What the membranes that were left before a step add to the gradient of `keep`."""
    left = (1 - kept.spikes[before]) * kept.v[before]
    return float(np.vdot(_shrunk(of_current, len(left)), left))


def _empty_like(array: Array) -> Array:
    """PyTorch's memory: NumPy asks for large pages, which take several times as long to get."""
    found: Array = torch.empty_like(torch.from_numpy(array)).numpy()
    return found


def _grown(sent: Array, count: int) -> Array:
    """So many rows, the new ones as the lone one."""
    new = np.broadcast_to(sent[:1], (count - len(sent), sent.shape[1]))
    return np.concatenate([sent, new])


def _shrunk(gradient: Array, count: int) -> Array:
    """Adjoint of `_grown`."""
    held: Array = gradient[:count].copy()
    held[0] += gradient[count:].sum(axis=0)
    return held
