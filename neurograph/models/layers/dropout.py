"""Dropout of spikes between layers, the same in the compiled loops and in plain PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.layers import kernels

_MIX = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@dataclass(frozen=True, eq=False)
class Dropout:
    """Which spikes to drop, as a function of the node alone and not of its batch.

    Attributes:
        keys: uint32 ``(nodes,)``, one per node.
        share: of the spikes dropped, 0 to below 1.
    """

    keys: Array
    share: float

    @classmethod
    def of(cls, nodes: Array, share: float, *, seed: int, draw: int) -> Dropout:
        """The draw numbered `draw` (the epoch) for these nodes."""
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


def no_dropout(count: int) -> Dropout:
    """Of so many nodes, none of whose spikes are dropped."""
    return Dropout(np.zeros(count, np.uint32), 0.0)
