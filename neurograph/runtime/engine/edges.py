"""What nodes send along the edges of a graph, summed by a schedule: all nodes at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.compiled import numba
from neurograph.core.threads import each
from neurograph.ir import Schedule
from neurograph.runtime.engine import whole_kernels
from neurograph.runtime.engine.scratch import borrowed

_BLOCK_BYTES = 1 << 25  # sums of some nodes at once: a block per core
_LEAST = 256  # nodes of a block
_VALUES = ("of_so_far", "of_new", "of_self")
_Lists = tuple[Array, Array, Array]


@dataclass(frozen=True, eq=False)
class EdgeSynapses:
    """A projection along edges, ready to add; as `Synapses`, but each node hears others.

    Attributes:
        weight: ``(source channels, target channels)`` in the dtype of the product.
        exponent: of the shift of each sum, a right shift floors; None in floating point.
        latency: updates per snapshot, and so per mix.
    """

    mix: Schedule
    weight: Array
    exponent: int | None
    latency: int = 1

    def add(
        self,
        source: Array,
        total: Array,
        *,
        lag: int = 0,
        hold: int = 1,
        window: tuple[int, int] | None = None,
    ) -> None:
        """Add the sums of what a source emits to `total`, in place; arguments as of `Synapses`.

        Args:
            source: ``(N, updates, 1, source channels)``.
            total: ``(N, updates of the target, target channels)``.
            window: first update of the source to count, and how many; default: all.
        """
        first, updates = window or (0, source.shape[1])
        begin = first * hold + lag
        end = min((first + updates) * hold + lag, total.shape[1])
        if begin >= end:
            return
        sent = source[:, :, 0]

        def block(part: slice) -> None:
            shape = (part.stop - part.start, end - begin, source.shape[3])
            mixed = np.zeros(shape, self._dtype)
            start, timing = (part.start, begin), (lag, hold, self.latency)
            so_far, new = self._lists
            mix_edges(sent, so_far, new, self._values, start, timing, mixed)
            self._to(total[part, begin:end], mixed)

        if end - begin == 1 or total.shape[0] < 2 * _LEAST:  # a thread would take longer to start
            block(slice(0, len(total)))
            return
        for _ in each(block, self._blocks(len(total), end - begin, source.shape[3])):
            pass

    def add_rows(
        self,
        heard: tuple[Array, Array],
        sent: Array,
        rows: tuple[Array, Array],
        step: int,
        total: Array,
    ) -> None:
        """Add the sums of an update of some rows.

        Args:
            heard: as `whole_kernels.hear_rows` fills them.
            sent: ``(rows of the source, source channels)``.
            rows: the node of each, negative: one that hears nobody; and its row of the source.
            step: the snapshot.
            total: ``(rows, target channels)``.
        """
        assert self.exponent is not None
        values = tuple(getattr(self.mix, name)[step] for name in _VALUES)
        if self._plain:
            whole_kernels.add_weighed(*heard, sent, *rows, values, self.exponent, total)
            return
        mixed = borrowed("mixed", (len(total), sent.shape[1]), self.weight.dtype)
        whole_kernels.weigh_rows(*heard, sent, *rows, values, mixed)
        out = borrowed("products", total.shape, self.weight.dtype)
        np.matmul(mixed, self.weight, out=out)
        whole_kernels.add_products(out, self.exponent, total)

    @property
    def lists(self) -> tuple[_Lists, _Lists]:
        """Of the pairs so far and of the new ones: indptr, indices, offsets."""
        return self._lists

    def _blocks(self, nodes: int, updates: int, channels: int) -> Iterator[slice]:
        size = max(_LEAST, _BLOCK_BYTES // (updates * channels * self._dtype.itemsize))
        for start in range(0, nodes, size):
            yield slice(start, min(start + size, nodes))

    def _to(self, total: Array, mixed: Array) -> None:
        """Weigh, shift and add."""
        products = mixed if self._plain else mixed @ self.weight
        if self.exponent is None:
            total += products
            return
        whole = products if products.dtype.kind == "i" else products.astype(np.int64)
        shift = self.exponent
        total += whole << shift if shift >= 0 else whole >> -shift

    @cached_property
    def _plain(self) -> bool:
        """Whether each channel goes to the same channel, as it is."""
        return np.array_equal(self.weight, np.eye(len(self.weight)))

    @property
    def _dtype(self) -> np.dtype[np.generic]:
        """In which sums over edges are exact."""
        if self.exponent is None:
            return np.dtype(np.float64)
        return np.dtype(np.int64) if self._plain else self.weight.dtype

    @property
    def _lists(self) -> tuple[_Lists, _Lists]:
        so_far, new = self.mix.so_far, self.mix.new
        return (so_far.indptr, so_far.indices, so_far.before), (new.indptr, new.indices, new.before)

    @cached_property
    def _values(self) -> tuple[Array, Array, Array]:
        kind = np.float64 if self.exponent is None else np.int64
        mix = self.mix
        return mix.of_so_far.astype(kind), mix.of_new.astype(kind), mix.of_self.astype(kind)


@numba.njit(inline="always")
def _hear(sent, at, indices, first, last, share, heard, out):  # type: ignore[no-untyped-def]
    """Add to `out` ``(channels,)`` a share of what the nodes of some entries send in an update."""
    heard[:] = 0
    for entry in range(first, last):
        u = indices[entry]
        for c in range(len(heard)):
            heard[c] += sent[u, at, c]
    for c in range(len(heard)):
        out[c] += share * heard[c]


@numba.njit(cache=True, nogil=True)
def mix_edges(sent, so_far, new, values, start, timing, out):  # type: ignore[no-untyped-def]
    """Fill `out` ``(nodes, updates, channels)``, zeros, with what nodes hear in some updates.

    Args:
        sent: ``(N, updates of the source, channels)``.
        so_far: indptr, indices and offsets of the pairs so far.
        new: likewise, of the pairs of each snapshot.
        values: entries of pairs so far, of new ones, of the node itself, ``(T, N)`` each.
        start: the first node, and the first update.
        timing: lag; updates for which the source holds what it sends; updates per snapshot.
    """
    indptr, indices, before = so_far
    new_indptr, new_indices, new_before = new
    of_so_far, of_new, of_self = values
    lag, hold, latency = timing
    nodes, updates, channels = out.shape
    heard = np.zeros(channels, out.dtype)
    for i in range(nodes):
        v = start[0] + i
        for k in range(updates):
            step, at = (start[1] + k) // latency, (start[1] + k - lag) // hold
            share = of_so_far[step, v]
            if share != 0:
                first = indptr[v]
                last = first + before[step + 1, v]
                _hear(sent, at, indices, first, last, share, heard, out[i, k])
            share = of_new[step, v]
            if share != 0:
                first = new_indptr[v] + new_before[step, v]
                last = new_indptr[v] + new_before[step + 1, v]
                _hear(sent, at, new_indices, first, last, share, heard, out[i, k])
            share = of_self[step, v]
            if share != 0:
                for c in range(channels):
                    out[i, k, c] += share * sent[v, at, c]
