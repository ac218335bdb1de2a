"""Weights in integers between layers of a whole graph: whole numbers in, whole numbers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import EXACT_FLOAT32, Array
from neurograph.ir import QProjection
from neurograph.models.integer.weights import shifts

Kept = Array | None  # int64, channels that are not dropped; None: all


@dataclass(frozen=True, eq=False)
class IntegerWeights:
    """A projection within a node; each part is floored after its shift.

    Attributes:
        parts: weight ``(source channels, channels)`` and the power of two of its shift.
    """

    parts: tuple[tuple[Array, float], ...]

    @classmethod
    def of(
        cls, pieces: Iterable[QProjection], largest: int, below: Kept, mine: Kept
    ) -> IntegerWeights:
        """Of a projection's pieces, between the channels that are not dropped.

        Args:
            largest: magnitude of a payload; 1 of spikes.
            below: channels of the source.
            mine: channels of the target.
        """
        parts = []
        for weight, factor in shifts(pieces):
            chosen = _chosen(_chosen(weight, mine), below, 1)
            sums = int(np.abs(chosen).sum(axis=1).max(initial=0)) * largest
            exact = np.float32 if sums <= EXACT_FLOAT32 else np.float64
            parts.append((np.ascontiguousarray(chosen.T, exact), factor))
        return cls(tuple(parts))

    def add(self, sent: Array, sums: Array, share: float = 1.0) -> None:
        """Add the products of ``(rows, source channels)`` to `sums` ``(rows, channels)``.

        Args:
            share: by which the channels that are not dropped stand for all.
        """
        for weight, factor in self.parts:
            products = sent.astype(weight.dtype, copy=False) @ weight
            if share == 1.0 and factor == 1.0:
                sums += products
            else:
                sums += np.floor(products.astype(np.float64, copy=False) * (factor * share))


def _chosen(weight: Array, kept: Kept, axis: int = 0) -> Array:
    return weight if kept is None else weight.take(kept, axis=axis)
