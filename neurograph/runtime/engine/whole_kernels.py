"""Compiled passes over the rows of a whole graph in one update."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from neurograph.core.compiled import numba
from neurograph.runtime.engine.kernels import add_shifted


@numba.njit(cache=True, nogil=True)
def take(sent, index, times, out):
    """``out[i] = times * sent[index[i]]``; nothing where the index is negative.

    Args:
        sent: ``(rows of the source, channels)``.
        index: ``(len(out),)``.
    """
    real = out.dtype.type
    factor = real(times)
    for i in range(len(out)):
        into, row = out[i], sent[max(index[i], 0)]
        share = factor if index[i] >= 0 else real(0)
        for c in range(len(into)):
            into[c] = share * real(row[c])


@numba.njit(cache=True, nogil=True)
def add_products(products, exponent, total):
    """Add products ``(rows, channels)``, whole numbers, to `total` after their shift."""
    for i in range(len(total)):
        add_shifted(products[i], exponent, total[i])


@numba.njit(cache=True, nogil=True)
def add_one_by_one(sent, index, weight, times, exponent, total):
    """The same from what was sent, weight by weight of what is not 0.

    Args:
        sent: ``(rows of the source, source channels)``, whole numbers.
        index: row of the source of each row of the target; negative: none.
        weight: ``(source channels, target channels)`` in the dtype of the sums.
    """
    whole = total.dtype.type
    held = total[0].copy()
    for i in range(len(total)):
        held[:] = whole(0)
        row = sent[max(index[i], 0)]
        for n in range(len(row) if index[i] >= 0 else 0):
            if row[n] != 0:
                payload, of = whole(whole(row[n]) * whole(times)), weight[n]
                for c in range(len(held)):
                    held[c] = whole(held[c] + whole(payload * of[c]))
        add_shifted(held, exponent, total[i])


@numba.njit(inline="always")
def _hear(sent, place, indices, first, last, heard):
    """Fill `heard` ``(channels,)`` with the sum of what the nodes of some entries send."""
    whole = heard.dtype.type
    heard[:] = whole(0)
    for entry in range(first, last):
        row = sent[place[indices[entry]]]
        for c in range(len(heard)):
            heard[c] = whole(heard[c] + whole(row[c]))


@numba.njit(cache=True, nogil=True)
def hear_rows(sent, nodes, place, so_far, new, step, heard, heard_now):
    """Fill what rows hear in sum of all whom they have met, and of those whom they meet now.

    Args:
        sent: ``(rows of the source, channels)``.
        nodes: of the rows; negative: a row that hears nothing.
        place: row of the source of each node ``(N,)``.
        so_far: indptr, indices and offsets of the pairs so far.
        new: likewise, of the pairs of each snapshot.
        step: the snapshot.
        heard: ``(rows, channels)``.
        heard_now: likewise.
    """
    indptr, indices, before = so_far
    now_indptr, now_indices, now_before = new
    for i in range(len(nodes)):
        v = max(nodes[i], 0)
        first, start = indptr[v], now_indptr[v]
        known = before[step + 1, v] if nodes[i] >= 0 else 0
        _hear(sent, place, indices, first, first + known, heard[i])
        begin = start + now_before[step, v]
        end = start + now_before[step + 1, v] if nodes[i] >= 0 else begin
        _hear(sent, place, now_indices, begin, end, heard_now[i])


@numba.njit(inline="always")
def _weigh(shares, heard, heard_now, own, mixed):
    """Fill `mixed` ``(channels,)`` with shares of what is heard and of a node's own."""
    whole = mixed.dtype.type
    a, b, c = whole(shares[0]), whole(shares[1]), whole(shares[2])
    for n in range(len(mixed)):
        of_others = whole(whole(a * whole(heard[n])) + whole(b * whole(heard_now[n])))
        mixed[n] = whole(of_others + whole(c * whole(own[n])))


@numba.njit(cache=True, nogil=True)
def weigh_rows(heard, heard_now, sent, nodes, own, values, out):
    """Fill `out` ``(rows, channels)`` with what rows hear by a mix.

    Args:
        heard: as `hear_rows` fills it, with `heard_now`.
        own: row of the source of each row.
        values: entries of pairs so far, of new ones, of the node itself, ``(N,)`` each.
    """
    of_so_far, of_new, of_self = values
    for i in range(len(out)):
        v = nodes[i]
        shares = (of_so_far[v], of_new[v], of_self[v]) if v >= 0 else (0, 0, 0)
        _weigh(shares, heard[i], heard_now[i], sent[max(own[i], 0)], out[i])


@numba.njit(cache=True, nogil=True)
def add_weighed(heard, heard_now, sent, nodes, own, values, exponent, total):
    """Add the same to `total` ``(rows, channels)`` after its shift, without weights."""
    of_so_far, of_new, of_self = values
    mixed = total[0].copy()
    for i in range(len(total)):
        v = nodes[i]
        if v >= 0 and (of_so_far[v] != 0 or of_new[v] != 0 or of_self[v] != 0):
            shares = of_so_far[v], of_new[v], of_self[v]
            _weigh(shares, heard[i], heard_now[i], sent[max(own[i], 0)], mixed)
            add_shifted(mixed, exponent, total[i])


@numba.njit(cache=True, nogil=True)
def meet(indptr, indices, before, first):
    """Lower `first` ``(N,)`` to the snapshot in which a node first hears, or is heard."""
    steps = len(before) - 1
    for v in range(len(first)):
        for step in range(steps):
            for entry in range(indptr[v] + before[step, v], indptr[v] + before[step + 1, v]):
                u = indices[entry]
                first[v] = min(first[v], step)
                first[u] = min(first[u], step)


@numba.njit(cache=True, nogil=True)
def record(fired, offsets, first, place, latency, start, spikes):
    """Fill `spikes` ``(nodes, updates, 1, channels)`` of nodes from `start` on.

    Args:
        fired: ``(rows of all updates, channels)``.
        offsets: ``(updates,)``, the first row of each update.
        first: snapshot from which a node has the row `place`, both ``(N,)``; till then it is as 0.
    """
    for i in range(len(spikes)):
        v = start + i
        for k in range(len(offsets)):
            row = offsets[k] + (place[v] if first[v] <= k // latency else 0)
            into, sent = spikes[i, k, 0], fired[row]
            for c in range(len(into)):
                into[c] = sent[c]
