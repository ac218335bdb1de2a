"""Which rows of one layer read which rows of the layer below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec


@dataclass(frozen=True, eq=False)
class NeighbourGroups:
    """The sampled neighbours of every row: a run of rows of the layer below.

    Attributes:
        first: int64 ``(rows,)``, the first row of each run.
        fanout: int64 ``(rows,)``, length of each run, at least 1.
    """

    first: Array
    fanout: Array

    @classmethod
    def of(cls, tree: TreeSpec, layer: int) -> NeighbourGroups:
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
