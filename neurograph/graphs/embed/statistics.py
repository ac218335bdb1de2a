"""What the values of each feature are like, gathered block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array

_ROUNDINGS = 8  # within so many of them, values are the same


@dataclass(frozen=True, eq=False, kw_only=True)
class Statistics:
    """Of the columns of ``(count, F)`` values.

    Attributes:
        low, high: float64 ``(F,)``, smallest and largest value.
        mean: float64 ``(F,)``.
        squares: float64 ``(F,)``, sum of the squared distances from the mean.
        nonzero: int64 ``(F,)``, values that are not 0.
        only_bits: whether every value is 0 or 1.
    """

    count: int
    low: Array
    high: Array
    mean: Array
    squares: Array
    nonzero: Array
    only_bits: bool

    @classmethod
    def of(cls, block: Array) -> Statistics:
        """Of finite values ``(n, F)``, n at least 1."""
        wide = block.astype(np.float64)
        mean = wide.mean(axis=0)
        return cls(
            count=len(wide),
            low=wide.min(axis=0),
            high=wide.max(axis=0),
            mean=mean,
            squares=np.square(wide - mean).sum(axis=0),
            nonzero=np.count_nonzero(wide, axis=0),
            only_bits=bool(((block == 0) | (block == 1)).all()),
        )

    def joined(self, other: Statistics) -> Statistics:
        """Of the values of both.

        Source: Chan, Golub and LeVeque, Updating Formulae for Sample Variances, 1979.
        """
        count = self.count + other.count
        apart = other.mean - self.mean
        return Statistics(
            count=count,
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
            mean=self.mean + apart * (other.count / count),
            squares=self.squares
            + other.squares
            + np.square(apart) * (self.count * other.count / count),
            nonzero=self.nonzero + other.nonzero,
            only_bits=self.only_bits and other.only_bits,
        )

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.count * len(self.mean)

    @property
    def share(self) -> float:
        """Of the values that are not 0."""
        return int(self.nonzero.sum()) / self.size

    @property
    def deviation(self) -> Array:
        """Float64 ``(F,)``, standard deviation."""
        root: Array = np.sqrt(self.squares / self.count)
        return root

    @property
    def peak(self) -> Array:
        """Float64 ``(F,)``, largest magnitude."""
        held: Array = np.maximum(np.abs(self.low), np.abs(self.high))
        return held

    @property
    def binary(self) -> bool:
        """Whether all values are 0 or 1, and both occur."""
        return self.only_bits and bool(self.low.min() < self.high.max())

    def constant(self, eps: float) -> Array:
        """Bool ``(F,)``: values that are the same but for rounding."""
        same: Array = self.high - self.low <= _ROUNDINGS * eps * self.peak
        return same
