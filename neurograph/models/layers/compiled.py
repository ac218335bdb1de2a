"""Layers by the compiled loops of `kernels`, with their gradients; on a CPU.

`plain` has the same functions under the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.layers import kernels
from neurograph.models.layers.dropout import Dropout
from neurograph.models.layers.neighbour_groups import NeighbourGroups
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES


def slot_currents(products: Tensor, where: Tensor, groups: NeighbourGroups) -> Tensor:
    """See `aggregate.slot_currents`."""
    currents: Tensor = _SlotCurrents.apply(products, where, groups)  # type: ignore[no-untyped-call]
    return currents


class _SlotCurrents(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, products: Tensor, where: Tensor, groups: NeighbourGroups) -> Tensor:
        out = products.new_empty((*where.shape[:2], groups.rows, products.shape[1] // 2))
        ctx.where, ctx.groups, ctx.shape = where, groups, products.shape
        kernels.slot_currents(
            products.detach().contiguous().numpy(),
            where.numpy(),
            groups.first,
            groups.fanout,
            out.numpy(),
        )
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        out = gradients[0].new_zeros(ctx.shape)
        kernels.slot_currents_gradient(
            gradients[0].contiguous().numpy(),
            ctx.where.numpy(),
            ctx.groups.first,
            ctx.groups.fanout,
            out.numpy(),
        )
        return out, None, None


def self_and_mean(spikes: Tensor, groups: NeighbourGroups, dropout: Dropout) -> Tensor:
    """See `aggregate.self_and_mean`."""
    return _self_and_neighbours(spikes, groups, dropout, groups.fanout)


def self_and_sum(spikes: Tensor, groups: NeighbourGroups, dropout: Dropout) -> Tensor:
    """See `aggregate.self_and_sum`."""
    return _self_and_neighbours(spikes, groups, dropout, np.ones_like(groups.fanout))


def _self_and_neighbours(
    spikes: Tensor, groups: NeighbourGroups, dropout: Dropout, divisor: Array
) -> Tensor:
    found: Tensor = _SelfAndNeighbours.apply(spikes, groups, dropout, divisor)  # type: ignore[no-untyped-call]
    return found


class _SelfAndNeighbours(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, spikes: Tensor, groups: NeighbourGroups, dropout: Dropout, divisor: Array
    ) -> Tensor:
        out = spikes.new_empty((*spikes.shape[:2], groups.rows, 2, spikes.shape[3]))
        ctx.groups, ctx.dropout, ctx.divisor, ctx.shape = groups, dropout, divisor, spikes.shape
        kernels.self_and_mean(
            spikes.detach().contiguous().numpy(),
            dropout.keys,
            dropout.limit,
            groups.first,
            groups.fanout,
            divisor,
            out.numpy(),
        )
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        out = gradients[0].new_empty(ctx.shape)
        kernels.self_and_mean_gradient(
            gradients[0].contiguous().numpy(),
            ctx.dropout.keys,
            ctx.dropout.limit,
            ctx.groups.first,
            ctx.groups.fanout,
            ctx.divisor,
            out.numpy(),
        )
        return out, None, None, None


def fire(current: Tensor, keep: Tensor, cell: Cell) -> Tensor:
    """Spikes (0 or 1) of currents ``(nodes, T, rows, C)``; only of cells that are `compiled`."""
    spikes: Tensor = _Fire.apply(current, keep, cell)  # type: ignore[no-untyped-call]
    return spikes


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, current: Tensor, keep: Tensor, cell: Cell) -> Tensor:
        u = current.detach().contiguous()
        spikes = torch.empty_like(u)
        real, flat = u.numpy().dtype.type, (u.shape[0], u.shape[1], -1)
        ctx.scalars = real(keep.item()), (real(cell.threshold), real(cell.hold), real(cell.jump))
        ctx.cell = cell
        kernels.fire(u.numpy().reshape(flat), *ctx.scalars, spikes.numpy().reshape(flat))
        ctx.save_for_backward(u, spikes)
        return spikes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        u, spikes = ctx.saved_tensors
        g_u = torch.empty_like(u)
        g_keep = np.empty(len(u), u.numpy().dtype)
        flat = (u.shape[0], u.shape[1], -1)
        arrays = (u, spikes, gradients[0].contiguous(), g_u)
        current, fired, gradient, out = (a.numpy().reshape(flat) for a in arrays)
        surrogate = SURROGATES[ctx.cell.surrogate][1], current.dtype.type(ctx.cell.alpha)
        kernels.fire_gradient(current, fired, *ctx.scalars, surrogate, gradient, out, g_keep)
        return g_u, torch.as_tensor(g_keep.sum()), None
