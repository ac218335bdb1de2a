"""Layers in plain PyTorch, on any device: what `compiled` computes, under the same names."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurograph.models.layers.dropout import Dropout
from neurograph.models.layers.neighbour_groups import NeighbourGroups
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES


def slot_currents(products: Tensor, where: Tensor, groups: NeighbourGroups) -> Tensor:
    """See `aggregate.slot_currents`; by indexing."""
    by_self, by_neighbours = products.chunk(2, dim=1)
    index = where.long()
    return by_self[index[:, :, : groups.rows]] + groups.mean(by_neighbours[index])


def self_and_mean(spikes: Tensor, groups: NeighbourGroups, dropout: Dropout) -> Tensor:
    """See `aggregate.self_and_mean`; by slicing, the same spikes are dropped."""
    kept = _kept(spikes, dropout)
    return torch.stack([kept[:, :, : groups.rows], groups.mean(kept)], dim=3)


def self_and_sum(spikes: Tensor, groups: NeighbourGroups, dropout: Dropout) -> Tensor:
    """See `aggregate.self_and_sum`; by slicing, the same spikes are dropped."""
    kept = _kept(spikes, dropout)
    return torch.stack([kept[:, :, : groups.rows], groups.sum(kept)], dim=3)


def _kept(spikes: Tensor, dropout: Dropout) -> Tensor:
    return spikes * dropout.mask(spikes) / (1 - dropout.share) if dropout.share else spikes


def fire(current: Tensor, keep: Tensor, cell: Cell, spikes: Tensor | None = None) -> Tensor:
    """Spikes (0 or 1) of currents ``(nodes, T, rows, C)``, step after step by autograd; any cell.

    Args:
        spikes: given, in place of those that the membranes make.
    """
    keep = keep.to(current)
    v = torch.zeros_like(current[:, 0])
    theta = torch.full_like(v, cell.threshold)
    fired = []
    for t, step in enumerate(current.unbind(1)):
        v = cell.charge(v, step, keep)
        above = v - theta
        s = _Spike.apply(above, above > 0 if spikes is None else spikes[:, t], cell)  # type: ignore[no-untyped-call]
        v = cell.reset(v, s, theta)
        theta = cell.adapt(theta, s)
        fired.append(s)
    return torch.stack(fired, dim=1)


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, above: Tensor, fired: Tensor, cell: Cell) -> Tensor:
        ctx.save_for_backward(above)
        ctx.cell = cell
        return fired.to(above)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (above,) = ctx.saved_tensors
        slope = SURROGATES[ctx.cell.surrogate][0]
        return gradients[0] * slope(above, ctx.cell.alpha), None, None
