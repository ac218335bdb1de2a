"""How a Dy-SIGN runs: soft-reset neurons, feedback, latency steps; compiled, and step by step.

Row by row, at latency step k of snapshot t, for layers 1 to L,

    u_l <- leak u_l + I_l;   s_l = 1[u_l > threshold];   u_l <- u_l - threshold s_l

    I_1 = A_1(x) + W_fb s_L, L latency steps ago  (row 0)
    I_l = A_l(s_{l-1})                            A_l(s) = W_self s_v + W_nbr mean s_u + b
    I_L = A_L(s_{L-1}) + W_c x                    (row 0)

Feedback is L steps late because every connection of the chip takes one step, and the layers on the
way up start one step after another. The membranes go on from snapshot to snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import linear

from neurograph.core.arrays import Array
from neurograph.models.dysign import kernels
from neurograph.models.layers.device import in_compiled_loops
from neurograph.models.layers.dropout import Dropout
from neurograph.models.layers.neighbour_groups import NeighbourGroups

Fire = Callable[[Tensor], Tensor]  # of v minus threshold: 1 where it is above 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Upper:
    """A layer above the first.

    Attributes:
        self_weight: ``(channels, channels below)``, by which a row reads itself.
        neighbour_weight: of the same shape, by which it reads its neighbours' mean.
        bias: ``(channels,)``.
        groups: the neighbours of every row.
    """

    self_weight: Tensor
    neighbour_weight: Tensor
    bias: Tensor
    groups: NeighbourGroups


@dataclass(frozen=True, eq=False, kw_only=True)
class DynamicsInput:
    """Everything that makes the neurons of a batch fire.

    Attributes:
        currents: ``(nodes, T, rows, H)`` into the first layer.
        skip: ``(nodes, T, O)`` into row 0 of the last.
        upper: the layers above the first.
        feedback: ``(H, O)``, or None.
        dropout: of spikes on their way up, the same ones in all latency steps of a snapshot.
        latency: steps per snapshot, K.
        leak: share of the membrane kept per latency step.
        threshold: above which a membrane fires.
    """

    currents: Tensor
    skip: Tensor
    upper: tuple[Upper, ...]
    feedback: Tensor | None
    dropout: Dropout
    latency: int
    leak: float
    threshold: float

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """``(nodes, T, rows, channels)`` of every layer."""
        first = tuple(self.currents.shape)
        return [first, *((*first[:2], u.groups.rows, len(u.bias)) for u in self.upper)]

    @cached_property
    def masks(self) -> list[Tensor] | None:
        """Of every layer but the last, 0 where a spike is dropped; None if none is."""
        if not self.dropout.share:
            return None
        like = self.currents
        return [
            self.dropout.of_layer(n).mask(like.new_empty(shape))
            for n, shape in enumerate(self.shapes[:-1], 1)
        ]

    @property
    def scale(self) -> float:
        return 1.0 / (1.0 - self.dropout.share)


def rates(given: DynamicsInput) -> list[Tensor]:
    """Spikes per latency step ``(nodes, T, rows, H)`` of every layer; without gradients."""
    if in_compiled_loops(given.currents):
        return _compiled(given, record=False)[0]
    with torch.no_grad():
        return [_per_snapshot(s, given.latency) for s in run_stepwise(given)]


def spikes(given: DynamicsInput) -> tuple[list[Tensor], list[Tensor]]:
    """Every spike, bool ``(nodes, T K, rows, H)`` per layer; and the rates, as of `rates`."""
    if in_compiled_loops(given.currents):
        measured, fired = _compiled(given, record=True)
        return fired, measured
    with torch.no_grad():
        found = run_stepwise(given)
    return [s > 0 for s in found], [_per_snapshot(s, given.latency) for s in found]


def _compiled(given: DynamicsInput, *, record: bool) -> tuple[list[Tensor], list[Tensor]]:
    """Rates and, if recorded, spikes of every layer."""
    currents = _array(given.currents)
    kind, real = currents.dtype, currents.dtype.type
    (nodes, steps, *_), shapes = currents.shape, [s[2:] for s in given.shapes]
    total = sum(math.prod(shape) for shape in shapes)
    counts = np.zeros((nodes, steps, total), kind)
    fired = np.zeros((nodes if record else 0, steps * given.latency, total), np.bool_)
    upper = given.upper
    kernels.simulate(
        currents,
        _array(given.skip),
        _table(shapes),
        _flat([_array(u.bias) for u in upper], kind),
        _flat([_array(x.T) for u in upper for x in (u.self_weight, u.neighbour_weight)], kind),
        _flat([u.groups.first for u in upper], np.int64),
        _flat([u.groups.fanout for u in upper], np.int64),
        np.zeros((0, shapes[0][1]), kind) if given.feedback is None else _array(given.feedback.T),
        _flat_masks(given, total),
        real(given.scale),
        given.latency,
        real(given.leak),
        real(given.threshold),
        counts,
        fired,
    )
    return _by_layer(counts / real(given.latency), shapes), _by_layer(fired, shapes)


def _table(shapes: Sequence[tuple[int, ...]]) -> Array:
    """See `kernels`."""
    table = np.zeros((len(shapes), 6), np.int64)
    at = np.zeros(4, np.int64)  # state, bias, weight, groups
    for n, (rows, channels) in enumerate(shapes):
        table[n] = rows, channels, *at
        inputs = shapes[n - 1][1]
        above = (channels, 2 * inputs * channels, rows) if n else (0, 0, 0)
        at += (rows * channels, *above)
    return table


def _flat_masks(given: DynamicsInput, total: int) -> Array:
    """uint8 ``(nodes, T, all)``; nothing of the last layer is ever dropped."""
    masks = given.masks
    if not masks:
        return np.ones((1, 1, total), np.uint8)
    ends = [m.to(torch.uint8).flatten(2).numpy() for m in masks]
    left = total - sum(x.shape[2] for x in ends)
    flat: Array = np.concatenate([*ends, np.ones((*ends[0].shape[:2], left), np.uint8)], axis=2)
    return flat


def _by_layer(flat: Array, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """``(nodes, n, rows, channels)`` of ``(nodes, n, all)``."""
    if not len(flat):
        return []
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parts = zip(np.split(flat, ends, axis=2), shapes, strict=True)
    return [torch.from_numpy(x.reshape(*flat.shape[:2], *shape)) for x, shape in parts]


def _flat(parts: Sequence[Array], dtype: npt.DTypeLike) -> Array:
    flat: Array = np.concatenate([np.zeros(0, dtype), *(x.ravel() for x in parts)])
    return flat.astype(dtype)


def _array(tensor: Tensor) -> Array:
    return np.ascontiguousarray(tensor.detach().numpy())


def run_stepwise(given: DynamicsInput, fire: Fire | None = None) -> list[Tensor]:
    """The same, one latency step after the other, on any device; with gradients given `fire`.

    Returns:
        Spikes ``(nodes, T K, rows, H)`` of every layer, 0 or 1. With gradients, memory grows
        with K.
    """
    fire = fire or _step
    shapes, masks = given.shapes, given.masks
    like = given.currents
    v = [like.new_zeros(s[0], *s[2:]) for s in shapes]
    fired: list[list[Tensor]] = [[] for _ in shapes]
    back = [like.new_zeros(shapes[0][0], shapes[-1][3]) for _ in shapes]  # oldest first
    for n in range(shapes[0][1] * given.latency):
        t = n // given.latency
        into = like[:, t]
        if given.feedback is not None:
            into = _to_row_0(into, linear(back.pop(0), given.feedback))
        for layer in range(len(shapes)):
            if layer:
                below = fired[layer - 1][-1]
                if masks is not None:
                    below = below * masks[layer - 1][:, t] * given.scale
                into = _from_below(given.upper[layer - 1], below)
            if layer == len(shapes) - 1:
                into = _to_row_0(into, given.skip[:, t])
            above = given.leak * v[layer] + into
            s = fire(above - given.threshold)
            v[layer] = above - given.threshold * s
            fired[layer].append(s)
        back.append(fired[-1][-1][:, 0])
    return [torch.stack(of, dim=1) for of in fired]


def _from_below(layer: Upper, below: Tensor) -> Tensor:
    """``(nodes, rows, H)`` of the spikes ``(nodes, rows below, H below)``."""
    from_self = linear(below[:, : layer.groups.rows], layer.self_weight)
    mean = layer.groups.mean(below[:, None])[:, 0]
    return from_self + linear(mean, layer.neighbour_weight) + layer.bias


def _to_row_0(currents: Tensor, more: Tensor) -> Tensor:
    """Add ``(nodes, H)`` to row 0 of ``(nodes, rows, H)``."""
    return torch.cat([currents[:, :1] + more[:, None], currents[:, 1:]], dim=1)


def _step(above: Tensor) -> Tensor:
    return (above > 0).to(above)


def _per_snapshot(spikes: Tensor, latency: int) -> Tensor:
    """``(nodes, T, rows, H)`` means over each snapshot's latency steps."""
    shape = (len(spikes), -1, latency, *spikes.shape[2:])
    return spikes.reshape(shape).mean(2)


class RateFire(torch.autograd.Function):
    """A spike with the derivative ``1/threshold``, that of a firing rate between 0 and 1."""

    @staticmethod
    def forward(ctx: Any, above: Tensor, threshold: float) -> Tensor:
        ctx.threshold = threshold
        return _step(above)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] / ctx.threshold, None
