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
        reached = np.flatnonzero(np.diff(self.mix.indptr))  # a mix may leave rows empty
        products = self._mixed(source, reached) @ self.weight
        targets, updates = source.shape[:2]
        if len(reached) == self.mix.shape[0]:
            return products.reshape(targets, updates, -1)
        shape = (targets, updates, self.mix.shape[0], self.weight.shape[1])
        sums = np.zeros(shape, self.weight.dtype)
        sums[:, :, reached] = products.reshape(targets, updates, len(reached), shape[3])
        return sums.reshape(targets, updates, -1)

    def _mixed(self, source: Array, rows: Array) -> Array:
        """``(targets * updates * rows, source channels)``: the given target rows' inputs."""
        targets, updates, _, channels = source.shape
        mixed = np.zeros((targets, updates, len(rows), channels), self.weight.dtype)
        for at, row in enumerate(rows):
            for entry in range(self.mix.indptr[row], self.mix.indptr[row + 1]):
                piece = source[:, :, self.mix.indices[entry]].astype(mixed.dtype)
                if (times := int(self.mix.data[entry])) != 1:
                    piece *= times
                mixed[:, :, at] += piece
        return mixed.reshape(-1, channels)
