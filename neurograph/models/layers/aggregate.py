"""Aggregation over the sampled tree: from nodes to slots, and from each layer's rows to the next.

Each function has a compiled path for a CPU and a plain PyTorch one for any device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.models.layers import kernels


@dataclass(frozen=True, eq=False)
class Family:
    """Which rows of the layer below each row averages over: a run of `fanout` from `first`."""

    first: Array
    fanout: Array

    @classmethod
    def of(cls, tree: TreeSpec, layer: int) -> Family:
        """The rows that `layer` (1-based) computes, and their draws in the layer below."""
        ends = np.asarray(tree.neighbour_mix(layer).indptr, np.int64)
        return cls(first=ends[:-1] + 1, fanout=np.diff(ends))

    @property
    def rows(self) -> int:
        return len(self.first)

    def mean(self, below: Tensor) -> Tensor:
        """``(B, T, rows, C)`` means of ``(B, T, rows below, C)``."""
        return torch.stack([part.mean(2) for part in self._parts(below)], dim=2)

    def sum(self, below: Tensor) -> Tensor:
        """``(B, T, rows, C)`` sums of ``(B, T, rows below, C)``."""
        return torch.stack([part.sum(2) for part in self._parts(below)], dim=2)

    def _parts(self, below: Tensor) -> tuple[Tensor, ...]:
        parts: tuple[Tensor, ...] = below[:, :, 1:].split(self.fanout.tolist(), dim=2)  # type: ignore[no-untyped-call]
        return parts


def slot_currents(products: Tensor, where: Tensor, family: Family) -> Tensor:
    """Own product plus the mean of the children's.

    Args:
        products: ``(M, 2 H)`` of every node in use: by the own weights, then the neighbours'.
        where: int32 ``(B, T, slots)``, row of `products` of each slot.

    Returns:
        ``(B, T, rows, H)``.
    """
    if products.device.type == "cpu":
        currents: Tensor = _SlotCurrents.apply(products, where, family)  # type: ignore[no-untyped-call]
        return currents
    return slot_currents_plain(products, where, family)


def slot_currents_plain(products: Tensor, where: Tensor, family: Family) -> Tensor:
    """As `slot_currents`, by indexing."""
    own, neighbours = products.chunk(2, dim=1)
    index = where.long()
    return own[index[:, :, : family.rows]] + family.mean(neighbours[index])


class _SlotCurrents(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, products: Tensor, where: Tensor, family: Family) -> Tensor:
        shape = (*where.shape[:2], family.rows, products.shape[1] // 2)
        out = products.new_empty(shape)
        ctx.how = where.numpy(), family.first, family.fanout
        ctx.shape = products.shape
        kernels.slot_currents(products.detach().contiguous().numpy(), *ctx.how, out.numpy())
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        out = gradients[0].new_zeros(ctx.shape)
        kernels.slot_currents_gradient(gradients[0].contiguous().numpy(), *ctx.how, out.numpy())
        return out, None, None


_MIX = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@dataclass(frozen=True, eq=False)
class Dropout:
    """Which spikes to drop, as a function of the target alone and not of its batch.

    Attributes:
        keys: uint32 ``(B,)``, one per target. share: of the spikes dropped, 0 to below 1.
    """

    keys: Array
    share: float

    @classmethod
    def of(cls, nodes: Array, share: float, *, seed: int, draw: int) -> Dropout:
        """The draw numbered `draw` (the epoch) for these targets."""
        x = np.asarray(nodes, np.uint64) + np.uint64((seed * _MIX[0] + draw * _MIX[1]) % 2**64)
        for shift, mix in ((30, _MIX[2]), (27, _MIX[3])):  # SplitMix64's finaliser
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(mix)
        return cls((x >> np.uint64(32)).astype(np.uint32), share)

    def of_layer(self, layer: int) -> Dropout:
        """An independent draw for each layer."""
        return Dropout(self.keys ^ np.uint32(layer * 0x85EBCA6B % 2**32), self.share)

    @property
    def limit(self) -> np.uint32:
        """`share` in units of 2^-32, as the kernels compare it."""
        limit: np.uint32 = np.uint32(min(round(self.share * 2**32), 2**32 - 1))
        return limit

    def mask(self, spikes: Tensor) -> Tensor:
        """1 where a spike is kept, 0 where it is dropped, shaped as `spikes`."""
        out = np.empty(tuple(spikes.shape), np.uint8)
        kernels.dropout_mask(self.keys, self.limit, out)
        return torch.from_numpy(out).to(spikes)


def no_dropout(targets: int) -> Dropout:
    return Dropout(np.zeros(targets, np.uint32), 0.0)


def self_and_mean(spikes: Tensor, family: Family, dropout: Dropout) -> Tensor:
    """Each row's own spikes beside the mean of its children's, after dropout.

    Args:
        spikes: ``(B, T, rows below, C)``.

    Returns:
        ``(B, T, rows, 2, C)``.
    """
    if spikes.device.type == "cpu":
        beside: Tensor = _Beside.apply(spikes, family, dropout, family.fanout)  # type: ignore[no-untyped-call]
        return beside
    return self_and_mean_plain(spikes, family, dropout)


def self_and_mean_plain(spikes: Tensor, family: Family, dropout: Dropout) -> Tensor:
    """As `self_and_mean`, by slicing; the same spikes are dropped."""
    kept = _kept(spikes, dropout)
    return torch.stack([kept[:, :, : family.rows], family.mean(kept)], dim=3)


def self_and_sum(spikes: Tensor, family: Family, dropout: Dropout) -> Tensor:
    """As `self_and_mean`, with the sum of the children's spikes in place of their mean."""
    if spikes.device.type == "cpu":
        ones = np.ones_like(family.fanout)
        beside: Tensor = _Beside.apply(spikes, family, dropout, ones)  # type: ignore[no-untyped-call]
        return beside
    return self_and_sum_plain(spikes, family, dropout)


def self_and_sum_plain(spikes: Tensor, family: Family, dropout: Dropout) -> Tensor:
    """As `self_and_sum`, by slicing; the same spikes are dropped."""
    kept = _kept(spikes, dropout)
    return torch.stack([kept[:, :, : family.rows], family.sum(kept)], dim=3)


def _kept(spikes: Tensor, dropout: Dropout) -> Tensor:
    return spikes * dropout.mask(spikes) / (1 - dropout.share) if dropout.share else spikes


class _Beside(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, spikes: Tensor, family: Family, dropout: Dropout, divisor: Array
    ) -> Tensor:
        shape = (*spikes.shape[:2], family.rows, 2, spikes.shape[3])
        out = spikes.new_empty(shape)
        ctx.how = dropout.keys, dropout.limit, family.first, family.fanout, divisor
        ctx.shape = spikes.shape
        kernels.self_and_mean(spikes.detach().contiguous().numpy(), *ctx.how, out.numpy())
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        out = gradients[0].new_empty(ctx.shape)
        kernels.self_and_mean_gradient(gradients[0].contiguous().numpy(), *ctx.how, out.numpy())
        return out, None, None, None
