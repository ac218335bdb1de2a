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
from neurograph.models.dysign import kernels as kernels
from neurograph.models.layers.aggregate import Dropout, Family

Fire = Callable[[Tensor], Tensor]  # of v minus threshold: 1 where it is above 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Upper:
    """A layer above the first: weights ``(channels, channels below)``, and who reads whom."""

    own: Tensor
    near: Tensor
    bias: Tensor
    family: Family


@dataclass(frozen=True, eq=False, kw_only=True)
class Drive:
    """Everything that makes the neurons of a batch fire.

    Attributes:
        currents: ``(B, T, R, H)`` into the first layer. skip: ``(B, T, O)`` into row 0 of the last.
        feedback: ``(H, O)``, or None. dropout: of spikes on their way up, the same ones in all
            latency steps of a snapshot.
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
        """``(B, T, rows, channels)`` of every layer."""
        first = tuple(self.currents.shape)
        return [first, *((*first[:2], u.family.rows, len(u.bias)) for u in self.upper)]

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


def rates(drive: Drive) -> list[Tensor]:
    """``(B, T, R, H)`` spikes per latency step of every layer and snapshot; without gradients."""
    if drive.currents.device.type == "cpu":
        return _compiled(drive, record=False)[0]
    with torch.no_grad():
        return [_per_snapshot(s, drive.latency) for s in run_stepwise(drive)]


def spikes(drive: Drive) -> tuple[list[Tensor], list[Tensor]]:
    """Every spike of every layer, bool ``(B, T K, R, H)``; and the rates, as `rates` has them."""
    if drive.currents.device.type == "cpu":
        measured, fired = _compiled(drive, record=True)
        return fired, measured
    with torch.no_grad():
        found = run_stepwise(drive)
    return [s > 0 for s in found], [_per_snapshot(s, drive.latency) for s in found]


def _compiled(drive: Drive, *, record: bool) -> tuple[list[Tensor], list[Tensor]]:
    """Rates and, if recorded, spikes of every layer."""
    currents = _array(drive.currents)
    kind, real = currents.dtype, currents.dtype.type
    (targets, steps, *_), shapes = currents.shape, [s[2:] for s in drive.shapes]
    total = sum(math.prod(shape) for shape in shapes)
    counts = np.zeros((targets, steps, total), kind)
    fired = np.zeros((targets if record else 0, steps * drive.latency, total), np.bool_)
    upper = drive.upper
    kernels.simulate(
        currents,
        _array(drive.skip),
        _table(shapes),
        _flat([_array(u.bias) for u in upper], kind),
        _flat([_array(x.T) for u in upper for x in (u.own, u.near)], kind),
        _flat([u.family.first for u in upper], np.int64),
        _flat([u.family.fanout for u in upper], np.int64),
        np.zeros((0, shapes[0][1]), kind) if drive.feedback is None else _array(drive.feedback.T),
        _flat_masks(drive, total),
        real(drive.scale),
        drive.latency,
        real(drive.leak),
        real(drive.threshold),
        counts,
        fired,
    )
    return _by_layer(counts / real(drive.latency), shapes), _by_layer(fired, shapes)


def _table(shapes: Sequence[tuple[int, ...]]) -> Array:
    """See `dysign_kernels`."""
    table = np.zeros((len(shapes), 6), np.int64)
    at = np.zeros(4, np.int64)  # state, bias, weight, family
    for n, (rows, channels) in enumerate(shapes):
        table[n] = rows, channels, *at
        inputs = shapes[n - 1][1]
        above = (channels, 2 * inputs * channels, rows) if n else (0, 0, 0)
        at += (rows * channels, *above)
    return table


def _flat_masks(drive: Drive, total: int) -> Array:
    """uint8 ``(B, T, all)``; nothing of the last layer is ever dropped."""
    masks = drive.masks
    if not masks:
        return np.ones((1, 1, total), np.uint8)
    ends = [m.to(torch.uint8).flatten(2).numpy() for m in masks]
    left = total - sum(x.shape[2] for x in ends)
    flat: Array = np.concatenate([*ends, np.ones((*ends[0].shape[:2], left), np.uint8)], axis=2)
    return flat


def _by_layer(flat: Array, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """``(B, n, rows, channels)`` of ``(B, n, all)``."""
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


def run_stepwise(drive: Drive, fire: Fire | None = None) -> list[Tensor]:
    """The same, one latency step after the other, on any device; with gradients given `fire`.

    Returns:
        Spikes ``(B, T K, R, H)`` of every layer, 0 or 1: with gradients, memory grows with K.
    """
    fire = fire or _step
    shapes, masks = drive.shapes, drive.masks
    like = drive.currents
    v = [like.new_zeros(s[0], *s[2:]) for s in shapes]
    fired: list[list[Tensor]] = [[] for _ in shapes]
    back = [like.new_zeros(shapes[0][0], shapes[-1][3]) for _ in shapes]  # oldest first
    for n in range(shapes[0][1] * drive.latency):
        t = n // drive.latency
        into = like[:, t]
        if drive.feedback is not None:
            into = _to_target(into, linear(back.pop(0), drive.feedback))
        for layer in range(len(shapes)):
            if layer:
                below = fired[layer - 1][-1]
                if masks is not None:
                    below = below * masks[layer - 1][:, t] * drive.scale
                into = _from_below(drive.upper[layer - 1], below)
            if layer == len(shapes) - 1:
                into = _to_target(into, drive.skip[:, t])
            above = drive.leak * v[layer] + into
            s = fire(above - drive.threshold)
            v[layer] = above - drive.threshold * s
            fired[layer].append(s)
        back.append(fired[-1][-1][:, 0])
    return [torch.stack(of, dim=1) for of in fired]


def _from_below(layer: Upper, below: Tensor) -> Tensor:
    """``(B, R, H)`` of the spikes ``(B, R below, H below)``."""
    own = linear(below[:, : layer.family.rows], layer.own)
    return own + linear(layer.family.mean(below[:, None])[:, 0], layer.near) + layer.bias


def _to_target(currents: Tensor, more: Tensor) -> Tensor:
    """Add ``(B, H)`` to row 0 of ``(B, R, H)``."""
    return torch.cat([currents[:, :1] + more[:, None], currents[:, 1:]], dim=1)


def _step(above: Tensor) -> Tensor:
    return (above > 0).to(above)


def _per_snapshot(spikes: Tensor, latency: int) -> Tensor:
    """``(B, T, R, H)`` means over each snapshot's latency steps."""
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
