"""``mix x weight`` over many nodes and updates: live rows alone, then one BLAS product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from neurograph.core.arrays import EXACT_FLOAT32, EXACT_FLOAT64, Array
from neurograph.runtime.engine import kernels


def exact_dtype(bound: int) -> npt.DTypeLike:
    """The fastest dtype that adds integers exactly while no partial sum exceeds `bound`."""
    if bound <= EXACT_FLOAT32:
        return np.float32
    return np.float64 if bound <= EXACT_FLOAT64 else np.int64


def emitted(source: Array) -> Array:
    """What a stream or population emits, in one of the few types that kernels are compiled for."""
    given = np.ascontiguousarray(source)
    if given.dtype == np.bool_:
        return given.view(np.int8)
    if given.dtype in (np.int8, np.float32, np.float64):
        return given
    return given.astype(np.float64 if given.dtype.kind == "f" else np.int32)


def _words(source: Array) -> Array:
    """The same rows in as few numbers as possible; a number is 0 only where all it holds are."""
    whole = source.shape[3] * source.itemsize % 8 == 0
    return source.view(np.uint64 if whole else np.uint8)


@dataclass(frozen=True, eq=False)
class Synapses:
    """A projection, ready to multiply in one dtype.

    Attributes:
        weight: ``(source channels, target channels)`` in the dtype of the product.
        exponent: of the shift of each sum, a right shift floors; None in floating point.
    """

    mix: sp.csr_array
    weight: Array
    exponent: int | None

    def add(
        self,
        source: Array,
        total: Array,
        *,
        lag: int = 0,
        hold: int = 1,
        window: tuple[int, int] | None = None,
    ) -> None:
        """Add the sums of what a source emits to `total`, in place.

        What it emits in update u arrives in updates ``u * hold + lag`` and the ``hold - 1`` after
        it, unless they are over.

        Args:
            source: ``(nodes, updates, source rows, source channels)``, as `emitted` gives it.
            total: ``(nodes, updates of the target, target rows * target channels)``.
            window: first update of the source to count, and how many; default: all.
        """
        first, updates = window or (0, source.shape[1])
        reached, mix = self._reached, self._parts
        live = np.empty((len(source), updates, len(reached)), np.bool_)
        kernels.live(_words(source), mix, reached, first, live)
        places = np.flatnonzero(live)
        mixed = np.empty((len(places), source.shape[3]), self.weight.dtype)
        kernels.gather(source, mix, reached, first, updates, places, mixed)
        products = mixed @ self.weight
        if self.exponent is None:
            kernels.add_float(products, reached, (first, updates), lag, hold, places, total)
        else:
            kernels.add_integer(
                products, reached, (first, updates), lag, hold, self.exponent, places, total
            )

    @cached_property
    def _reached(self) -> Array:
        """The rows of the target that anything can reach; a mix may leave rows empty."""
        rows: Array = np.flatnonzero(np.diff(self.mix.indptr))
        return rows

    @cached_property
    def _parts(self) -> tuple[Array, Array, Array]:
        """The mix, writable: kernels are compiled once and not again for read-only arrays."""
        mix = self.mix
        parts = mix.indptr.astype(np.int64), mix.indices.astype(np.int64), mix.data.astype(np.int64)
        return parts
