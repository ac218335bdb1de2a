"""Compiled passes over spikes and payloads: which rows are alive, their sums, and where they go.

A row whose sources are all silent adds nothing, so it is neither gathered nor multiplied.
"""

from __future__ import annotations

from neurograph.core.compiled import numba


@numba.njit(cache=True, nogil=True)
def find_alive(source, out):  # type: ignore[no-untyped-def]
    """Fill `out` ``(nodes, updates, rows)``: whether anything is in a row ``(.., words)``."""
    silent = source.dtype.type(0)
    for b in range(len(source)):
        for u in range(source.shape[1]):
            for r in range(source.shape[2]):
                sent, together = source[b, u, r], silent
                for w in range(len(sent)):
                    together |= sent[w]
                out[b, u, r] = together != silent


@numba.njit(cache=True, nogil=True)
def find_live(alive, mix, rows, places):  # type: ignore[no-untyped-def]
    """Fill `places`, ascending, with where anything reaches a row of the target.

    Args:
        alive: bool ``(nodes, updates, source rows)``.
        mix: indptr, indices, data of the row mix.
        rows: of the target to look at.
        places: flat indices into ``(nodes, updates, len(rows))``.

    Returns:
        How many there are.
    """
    indptr, indices, _ = mix
    nodes, updates, _ = alive.shape
    many, found = len(rows), 0
    for b in range(nodes):
        for u in range(updates):
            for i in range(many):
                heard = False
                for entry in range(indptr[rows[i]], indptr[rows[i] + 1]):
                    heard |= alive[b, u, indices[entry]]
                places[found] = (b * updates + u) * many + i
                found += heard
    return found


@numba.njit(cache=True, nogil=True)
def gather(source, mix, rows, first, updates, places, out):  # type: ignore[no-untyped-def]
    """Fill `out` ``(len(places), channels)`` with the mixed rows at `places`."""
    indptr, indices, data = mix
    many, channels, real = len(rows), source.shape[3], out.dtype.type
    for m in range(len(places)):
        b, rest = divmod(places[m], updates * many)
        u, i = divmod(rest, many)
        begin, end = indptr[rows[i]], indptr[rows[i] + 1]
        sent, times, into = source[b, first + u, indices[begin]], real(data[begin]), out[m]
        for c in range(channels):
            into[c] = times * real(sent[c])
        for entry in range(begin + 1, end):
            sent, times = source[b, first + u, indices[entry]], real(data[entry])
            for c in range(channels):
                into[c] += times * real(sent[c])


@numba.njit(inline="always")
def add_shifted(products, exponent, total):  # type: ignore[no-untyped-def]
    """Add products ``(channels,)``, whole numbers, to `total` after their shift; floors."""
    whole = total.dtype.type  # after every operation: else numba goes on in 64 bits
    left, right = whole(max(exponent, 0)), whole(max(-exponent, 0))
    for c in range(len(total)):
        total[c] = whole(total[c] + whole(whole(whole(products[c]) << left) >> right))


@numba.njit(inline="always")
def add_multiple(weight, times, exponent, total):  # type: ignore[no-untyped-def]
    """Likewise a multiple of weights ``(channels,)``."""
    whole = total.dtype.type
    left, right = whole(max(exponent, 0)), whole(max(-exponent, 0))
    for c in range(len(total)):
        product = whole(weight[c] * times)
        total[c] = whole(total[c] + whole(whole(product << left) >> right))


@numba.njit(cache=True, nogil=True)
def add_integer(products, rows, window, lag, hold, exponent, places, total):  # type: ignore[no-untyped-def]
    """Add shifted products to sums ``(nodes, updates, neurons)``.

    Args:
        products: ``(len(places), channels)`` of whole numbers.
        window: first update of the source and how many.
        lag: what a source emits in update u arrives from the update ``u * hold + lag`` on.
        hold: in as many updates, unless they are over.
        total: of a dtype that holds each product, too.
    """
    first, updates = window
    many, channels = len(rows), products.shape[1]
    for m in range(len(places)):
        b, rest = divmod(places[m], updates * many)
        u, i = divmod(rest, many)
        start, at = (first + u) * hold + lag, rows[i] * channels
        for k in range(start, min(start + hold, total.shape[1])):
            add_shifted(products[m], exponent, total[b, k, at : at + channels])


@numba.njit(cache=True, nogil=True)
def add_one_channel(source, mix, rows, window, lag, hold, shifted, total):  # type: ignore[no-untyped-def]
    """The same for a source of one channel, its rows mixed, multiplied and shifted at once.

    Args:
        source: ``(nodes, .., source rows, 1)``.
        mix: indptr, indices, data of the row mix.
        rows: of the target to look at.
        shifted: weight ``(channels,)`` in the dtype of the sums, and the exponent.
    """
    indptr, indices, data = mix
    weight, exponent = shifted
    first, updates = window
    channels, whole = len(weight), weight.dtype.type
    for b in range(len(source)):
        for u in range(updates):
            start = (first + u) * hold + lag
            for i in range(len(rows)):
                mixed = whole(0)
                for entry in range(indptr[rows[i]], indptr[rows[i] + 1]):
                    sent = whole(source[b, first + u, indices[entry], 0])
                    mixed = whole(mixed + whole(data[entry]) * sent)
                if mixed == 0:
                    continue
                at = rows[i] * channels
                for k in range(start, min(start + hold, total.shape[1])):
                    add_multiple(weight, mixed, exponent, total[b, k, at : at + channels])


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
