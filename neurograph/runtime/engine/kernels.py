"""Compiled passes over spikes and payloads: which rows are alive, their sums, and where they go.

A row whose sources are all silent adds nothing, so it is neither gathered nor multiplied.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def live(source, mix, rows, first, out):  # type: ignore[no-untyped-def]
    """Fill `out` ``(nodes, updates, len(rows))``: whether anything reaches a row.

    Args:
        source: ``(nodes, .., source rows, words)``.
        mix: indptr, indices, data of the row mix.
        rows: of the target to look at.
        first: update of the source to begin with.
    """
    indptr, indices, _ = mix
    nodes, updates, many = out.shape
    words = source.shape[3]
    for b in range(nodes):
        for u in range(updates):
            for i in range(many):
                out[b, u, i] = False
                for entry in range(indptr[rows[i]], indptr[rows[i] + 1]):
                    for w in range(words):
                        if source[b, first + u, indices[entry], w] != 0:
                            out[b, u, i] = True
                            break
                    if out[b, u, i]:
                        break


@numba.njit(cache=True, nogil=True)
def gather(source, mix, rows, first, updates, places, out):  # type: ignore[no-untyped-def]
    """Fill `out` ``(len(places), channels)`` with the mixed rows at flat indices into `live`'s."""
    indptr, indices, data = mix
    many, channels = len(rows), source.shape[3]
    for m in range(len(places)):
        b, rest = divmod(places[m], updates * many)
        u, i = divmod(rest, many)
        for c in range(channels):
            out[m, c] = 0
        for entry in range(indptr[rows[i]], indptr[rows[i] + 1]):
            row, times = indices[entry], data[entry]
            for c in range(channels):
                out[m, c] += times * source[b, first + u, row, c]


@numba.njit(inline="always")
def _shifted(value, exponent):  # type: ignore[no-untyped-def]
    whole = np.int64(value)
    return whole << exponent if exponent >= 0 else whole >> -exponent


@numba.njit(cache=True, nogil=True)
def add_integer(products, rows, window, lag, hold, exponent, places, total):  # type: ignore[no-untyped-def]
    """Add shifted products to sums ``(nodes, updates, neurons)``.

    Args:
        products: ``(len(places), channels)`` of whole numbers.
        window: first update of the source and how many.
        lag: what a source emits in update u arrives from the update ``u * hold + lag`` on.
        hold: in as many updates, unless they are over.
    """
    first, updates = window
    many, channels = len(rows), products.shape[1]
    for m in range(len(places)):
        b, rest = divmod(places[m], updates * many)
        u, i = divmod(rest, many)
        start = (first + u) * hold + lag
        for k in range(start, min(start + hold, total.shape[1])):
            for c in range(channels):
                total[b, k, rows[i] * channels + c] += _shifted(products[m, c], exponent)


@numba.njit(cache=True, nogil=True)
def add_float(products, rows, window, lag, hold, places, total):  # type: ignore[no-untyped-def]
    """As `add_integer`, without a shift."""
    first, updates = window
    many, channels = len(rows), products.shape[1]
    for m in range(len(places)):
        b, rest = divmod(places[m], updates * many)
        u, i = divmod(rest, many)
        start = (first + u) * hold + lag
        for k in range(start, min(start + hold, total.shape[1])):
            for c in range(channels):
                total[b, k, rows[i] * channels + c] += products[m, c]
