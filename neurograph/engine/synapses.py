"""``mix x weight`` over many targets and updates at once: rows first, then one BLAS product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from neurograph.arrays import Array

EXACT_FLOAT32 = 1 << 24  # every integer up to here is a float32, so sums below it are exact
EXACT_FLOAT64 = 1 << 53


def exact_dtype(bound: int) -> npt.DTypeLike:
    """The fastest dtype that adds integers exactly while no partial sum exceeds `bound`."""
    if bound <= EXACT_FLOAT32:
        return np.float32
    return np.float64 if bound <= EXACT_FLOAT64 else np.int64


@dataclass(frozen=True, eq=False)
class Synapses:
    """A projection, ready to multiply in one dtype.

    Attributes:
        weight: ``(source channels, target channels)`` in the dtype of the product.
    """

    mix: sp.csr_array
    weight: Array

    def __call__(self, source: Array) -> Array:
        """``(targets, updates, target rows * target channels)`` sums of what a source emits.

        Args:
            source: ``(targets, updates, source rows, source channels)``, any dtype.
        """
        targets, updates = source.shape[:2]
        sums: Array = self._mixed(source) @ self.weight
        return sums.reshape(targets, updates, -1)

    def _mixed(self, source: Array) -> Array:
        """``(targets * updates * target rows, source channels)``."""
        targets, updates, _, channels = source.shape
        rows = self.mix.shape[0]
        mixed = np.zeros((targets, updates, rows, channels), self.weight.dtype)
        for row in range(rows):
            for entry in range(self.mix.indptr[row], self.mix.indptr[row + 1]):
                piece = source[:, :, self.mix.indices[entry]].astype(mixed.dtype)
                if (times := int(self.mix.data[entry])) != 1:
                    piece *= times
                mixed[:, :, row] += piece
        return mixed.reshape(-1, channels)
