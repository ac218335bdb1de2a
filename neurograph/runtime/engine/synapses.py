"""``mix x weight`` over many nodes and updates: live rows alone, then one BLAS product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.runtime.engine import kernels, whole_kernels
from neurograph.runtime.engine.scratch import borrowed

_FEW, _WIDE = 16, 64  # channels, from and to which products one by one beat those of a matrix
_BLOCK = 1024  # rows multiplied at once: they, and their products, stay in the cache of a core


def emitted(source: Array) -> Array:
    """What a stream or population emits, in one of the few types that kernels are compiled for."""
    given = np.ascontiguousarray(source)
    if given.dtype == np.bool_:
        return given.view(np.int8)
    if given.dtype in (np.int8, np.float32, np.float64):
        return given
    return given.astype(np.float64 if given.dtype.kind == "f" else np.int32)


def alive(source: Array) -> Array:
    """Bool ``(nodes, updates, rows)``: where a source emits anything."""
    found = np.empty(source.shape[:3], np.bool_)
    kernels.find_alive(_words(source), found)
    return found


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
        known: Array | None = None,
    ) -> None:
        """Add the sums of what a source emits to `total`, in place.

        What it emits in update u arrives in updates ``u * hold + lag`` and the ``hold - 1`` after
        it, unless they are over.

        Args:
            source: ``(nodes, updates, source rows, source channels)``, as `emitted` gives it.
            total: ``(nodes, updates of the target, target rows * target channels)``.
            window: first update of the source to count, and how many; default: all.
            known: where the source emits anything in these updates, if that is known: `alive`.
        """
        window = window or (0, source.shape[1])
        if self.exponent is not None and source.shape[3] == 1:
            shifted = self.weight[0].astype(total.dtype), self.exponent
            times = window, lag, hold
            kernels.add_one_channel(source, self._parts, self._reached, *times, shifted, total)
            return
        if known is None:
            known = alive(source[:, window[0] : sum(window)])
        places = self._live(known)
        # products of floats as ever, at once: what they are rounded to may hang on how many
        size = len(places) if self.exponent is None else _BLOCK
        for start in range(0, len(places), max(size, 1)):
            part = places[start : start + size]
            self._to(total, self._products(source, window, part), (window, lag, hold), part)

    def add_rows(self, sent: Array, own: Array, total: Array) -> None:
        """Add the sums of an update of nodes that have one row each.

        Args:
            sent: ``(rows of the source, source channels)``, as `emitted` gives it.
            own: row of the source of each row of the target; negative: none.
            total: ``(rows, target channels)``.
        """
        assert self.exponent is not None
        if not len(self.mix.data):
            return
        times = int(self.mix.data[0])
        if self.weight.shape[0] <= _FEW and self.weight.shape[1] >= _WIDE:
            weight = self.whole_weight(total.dtype)
            whole_kernels.add_one_by_one(sent, own, weight, times, self.exponent, total)
            return
        mixed = borrowed("mixed", (len(total), sent.shape[1]), self.weight.dtype)
        whole_kernels.take(sent, own, times, mixed)
        out = borrowed("products", total.shape, self.weight.dtype)
        np.matmul(mixed, self.weight, out=out)
        whole_kernels.add_products(out, self.exponent, total)

    def whole_weight(self, dtype: np.dtype[np.generic]) -> Array:
        """The weights as integers; made once for each dtype."""
        if dtype not in self._whole_weights:
            self._whole_weights[dtype] = self.weight.astype(dtype)
        return self._whole_weights[dtype]

    @cached_property
    def _whole_weights(self) -> dict[np.dtype[np.generic], Array]:
        return {}

    def _live(self, known: Array) -> Array:
        """Where anything reaches a row of the target, as `kernels.find_live` numbers rows."""
        nodes, updates, _ = known.shape
        # and one more, written to before it is known that nothing is there
        places = borrowed("places", (nodes * updates * len(self._reached) + 1,), np.int64)
        return places[: kernels.find_live(known, self._parts, self._reached, places)]

    def _products(self, source: Array, window: tuple[int, int], places: Array) -> Array:
        """``(len(places), target channels)``."""
        mixed = borrowed("mixed", (len(places), source.shape[3]), self.weight.dtype)
        kernels.gather(source, self._parts, self._reached, *window, places, mixed)
        out = borrowed("products", (len(places), self.weight.shape[1]), self.weight.dtype)
        return np.matmul(mixed, self.weight, out=out)

    def _to(
        self,
        total: Array,
        products: Array,
        times: tuple[tuple[int, int], int, int],
        places: Array,
    ) -> None:
        """Shift and add."""
        if self.exponent is None:
            kernels.add_float(products, self._reached, *times, places, total)
        else:
            kernels.add_integer(products, self._reached, *times, self.exponent, places, total)

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
