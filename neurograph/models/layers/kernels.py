"""Compiled loops of the fast path on a CPU; `plain` says the same in PyTorch.

All are deterministic for any number of threads: no two threads add to the same number.
Layout of currents and spikes: ``[node, step, row, channel]``.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurograph.core.compiled import numba

Kernel = Callable[..., Any]


def _compiled(**options: Any) -> Callable[[Kernel], Kernel]:
    # without checks for division by zero, which would keep the loops from being vectorised
    decorate: Callable[[Kernel], Kernel] = numba.njit(error_model="numpy", **options)
    return decorate


jit = _compiled(cache=True)
inline = _compiled(inline="always")
parallel = _compiled(cache=True, parallel=True)

SIGMOID, TRIANGLE, ARCTAN, SUPER, MULTI_GAUSS = range(5)


@parallel
def unique_per_step(slots, where, found, counts):
    """Number the different nodes of each step, in the order in which they appear.

    Args:
        slots: int32 ``(nodes, T, S)``.
        where: int32 ``(nodes, T, S)``, filled: number of each slot's node within its step.
        found: int32 ``(T, nodes S)``, filled: nodes by number.
        counts: int64 ``(T,)``, filled: how many there are in each step.
    """
    nodes, steps, width = slots.shape
    size = 16
    while size < 2 * nodes * width:
        size *= 2
    for t in numba.prange(steps):
        table = np.full(size, -1, np.int32)  # open addressing; holds numbers, not nodes
        many = 0
        for b in range(nodes):
            for s in range(width):
                node = slots[b, t, s]
                at = (np.int64(node) * 0x9E3779B1 >> 7) & (size - 1)
                while table[at] >= 0 and found[t, table[at]] != node:
                    at = (at + 1) & (size - 1)
                if table[at] < 0:
                    table[at] = many
                    found[t, many] = node
                    many += 1
                where[b, t, s] = table[at]
        counts[t] = many


@parallel
def copy_rows(features, step, node, out):
    """``out[i] = features[step[i], node[i]]``."""
    for i in numba.prange(len(out)):
        for f in range(out.shape[1]):
            out[i, f] = features[step[i], node[i], f]


@parallel
def copy_half_rows(features, table, step, node, out):
    """As `copy_rows`, for the bits of float16; `table` is the value of each of the 65,536."""
    for i in numba.prange(len(out)):
        for f in range(out.shape[1]):
            out[i, f] = table[features[step[i], node[i], f]]


@parallel
def slot_currents(products, where, first, fanout, out):
    """A row's product by the self weights plus its neighbours' mean by theirs.

    Args:
        products: ``(M, 2 H)``: by the self weights, then by the neighbours'.
        where: int32 ``(nodes, T, S)``: row of `products` of each slot.
        first: int64 ``(R,)``, first neighbour of each row.
        fanout: int64 ``(R,)``, how many it has.
        out: ``(nodes, T, R, H)``, filled.
    """
    nodes, steps, rows, width = out.shape
    real = products.dtype.type
    for b in numba.prange(nodes):
        total = np.empty(width, products.dtype)
        for t in range(steps):
            for r in range(rows):
                total[:] = 0
                for child in range(first[r], first[r] + fanout[r]):
                    source = where[b, t, child]
                    for h in range(width):
                        total[h] += products[source, width + h]
                source, share = where[b, t, r], real(1) / real(fanout[r])
                for h in range(width):
                    out[b, t, r, h] = products[source, h] + share * total[h]


@parallel
def slot_currents_gradient(gradient, where, first, fanout, out):
    """Adjoint of `slot_currents`: fills `out` ``(M, 2 H)``. Steps share no row of it."""
    nodes, steps, rows, width = gradient.shape
    real = gradient.dtype.type
    for t in numba.prange(steps):
        for b in range(nodes):
            for r in range(rows):
                source, share = where[b, t, r], real(1) / real(fanout[r])
                for h in range(width):
                    out[source, h] += gradient[b, t, r, h]
                for child in range(first[r], first[r] + fanout[r]):
                    source = where[b, t, child]
                    for h in range(width):
                        out[source, width + h] += share * gradient[b, t, r, h]


@inline
def _exp(y, real):
    """``exp(y)``, y <= 0, to 32 roundings: Padé (5, 5) at y / 32, squared five times."""
    z = (y if y > real(-40) else real(-40)) * real(1 / 32)
    square = z * z
    even = real(30240) + square * (real(3360) + real(30) * square)
    odd = z * (real(15120) + square * (real(420) + square))
    p = (even + odd) / (even - odd)
    p *= p
    p *= p
    p *= p
    p *= p
    return p * p


@inline
def _gaussian(x, mean, sigma, real):
    z = (x - mean) / sigma
    return _exp(real(-0.5) * z * z, real) / (sigma * real(2.5066282746310002))


@jit
def slopes(x, kind, alpha):
    """Replace every ``x = v - theta`` by the slope of the surrogate there (see `surrogate`)."""
    real = x.dtype.type
    one = real(1)
    steps, width = x.shape
    for t in range(steps):
        if kind == SIGMOID:
            for i in range(width):
                e = _exp(-abs(alpha * x[t, i]), real)
                x[t, i] = alpha * e / ((one + e) * (one + e))
        elif kind == TRIANGLE:
            for i in range(width):
                height = one - alpha * abs(x[t, i])
                x[t, i] = height if height > real(0) else real(0)
        elif kind == ARCTAN:
            for i in range(width):
                x[t, i] = one / (one + alpha * x[t, i] * x[t, i])
        elif kind == SUPER:
            for i in range(width):
                base = one + alpha * abs(x[t, i])
                x[t, i] = one / (base * base)
        else:
            wide = real(6) * alpha
            for i in range(width):
                x[t, i] = real(1.15) * _gaussian(x[t, i], real(0), alpha, real) - real(0.15) * (
                    _gaussian(x[t, i], alpha, wide, real) + _gaussian(x[t, i], -alpha, wide, real)
                )


@parallel
def fire(current, keep, cell, spikes):
    """Fill `spikes` ``(nodes, T, W)`` with 0 and 1. `cell`: threshold, hold, jump."""
    nodes, steps, width = current.shape
    threshold, hold, jump = cell
    zero, one = current.dtype.type(0), current.dtype.type(1)
    for b in numba.prange(nodes):
        left, theta = np.empty(width, current.dtype), np.empty(width, current.dtype)
        left[:] = zero
        theta[:] = threshold
        for t in range(steps):
            for i in range(width):
                v = keep * left[i] + current[b, t, i]
                spike = one if v > theta[i] else zero
                spikes[b, t, i] = spike
                left[i] = (one - spike) * v
                theta[i] = hold * theta[i] + jump * spike


@jit
def _replay(current, spikes, keep, cell, v, above):
    """Fill `v` (before reset) and `above` = v - theta of one node, all ``(T, W)``."""
    threshold, hold, jump = cell
    one = current.dtype.type(1)
    steps, width = current.shape
    left, theta = np.zeros(width, current.dtype), np.full(width, threshold)
    for t in range(steps):  # short loops over few arrays: only such are vectorised
        for i in range(width):
            v[t, i] = keep * left[i] + current[t, i]
        for i in range(width):
            above[t, i] = v[t, i] - theta[i]
            theta[i] = hold * theta[i] + jump * spikes[t, i]
        for i in range(width):
            left[i] = (one - spikes[t, i]) * v[t, i]


@jit
def _reverse(gradient, spikes, keep, cell, v, slope, out):
    """Reverse accumulation through one node; fills `out`, returns the gradient of `keep`."""
    _, hold, jump = cell
    one = gradient.dtype.type(1)
    steps, width = gradient.shape
    g_left, g_theta = np.zeros(width, gradient.dtype), np.zeros(width, gradient.dtype)
    g_keep = np.zeros(width, gradient.dtype)
    for t in range(steps - 1, -1, -1):
        for i in range(width):
            g_spike = gradient[t, i] - v[t, i] * g_left[i] + jump * g_theta[i]
            out[t, i] = g_spike * slope[t, i]
        for i in range(width):
            g_above = out[t, i]
            g_theta[i] = hold * g_theta[i] - g_above
            out[t, i] = g_above + (one - spikes[t, i]) * g_left[i]
        for i in range(width):
            g_left[i] = keep * out[t, i]
        if t > 0:
            for i in range(width):
                g_keep[i] += out[t, i] * (one - spikes[t - 1, i]) * v[t - 1, i]
    return g_keep.sum()


@parallel
def fire_gradient(current, spikes, keep, cell, surrogate, gradient, out, keep_gradient):
    """Exact adjoint of `fire`, through reset and threshold.

    Args:
        spikes: what `fire` gave.
        surrogate: code and alpha.
        gradient: of the spikes.
        out: gradient of `current`, filled.
        keep_gradient: ``(nodes,)``, filled, a sum per node.
    """
    nodes, steps, width = current.shape
    kind, alpha = surrogate
    for b in numba.prange(nodes):
        v, slope = np.empty((steps, width), current.dtype), np.empty((steps, width), current.dtype)
        _replay(current[b], spikes[b], keep, cell, v, slope)
        slopes(slope, kind, alpha)
        keep_gradient[b] = _reverse(gradient[b], spikes[b], keep, cell, v, slope, out[b])


@inline
def _kept(key, index, limit):
    """Whether dropout keeps a number: a 32-bit hash of its place (Wellons, "lowbias32")."""
    x = np.uint32(np.uint32(index) * np.uint32(0x9E3779B9)) ^ key
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return (x ^ (x >> np.uint32(16))) >= limit


@parallel
def dropout_mask(keys, limit, out):
    """Fill `out` ``(nodes, T, R, C)`` with 1 where a spike is kept and 0 where it is dropped.

    Args:
        keys: uint32 ``(nodes,)``, one per node.
        limit: uint32, share dropped times 2^32.
    """
    nodes, steps, rows, width = out.shape
    for b in numba.prange(nodes):
        for t in range(steps):
            for r in range(rows):
                for i in range(width):
                    index = (t * rows + r) * width + i
                    out[b, t, r, i] = 1 if _kept(keys[b], index, limit) else 0


@parallel
def self_and_mean(spikes, keys, limit, first, fanout, divisor, out):
    """Drop spikes out, then put each row's own beside the sum over its children, divided.

    Args:
        spikes: ``(nodes, T, R, C)``.
        keys: as in `dropout_mask`.
        limit: as in `dropout_mask`; 0 drops none.
        divisor: int64 ``(R',)``, of the sum: the fan-out for a mean, else 1.
        out: ``(nodes, T, R', 2, C)``, filled; its rows are the first R' of `spikes`.
    """
    nodes, steps, rows, width = spikes.shape
    real = spikes.dtype.type
    scale, zero = real(1) / (real(1) - real(limit) / real(1 << 32)), real(0)
    for b in numba.prange(nodes):
        for t in range(steps):
            for r in range(out.shape[2]):
                start = (t * rows + r) * width
                for i in range(width):
                    kept = _kept(keys[b], start + i, limit)
                    out[b, t, r, 0, i] = scale * spikes[b, t, r, i] if kept else zero
                    out[b, t, r, 1, i] = zero
                share = scale / real(divisor[r])
                for child in range(first[r], first[r] + fanout[r]):
                    start = (t * rows + child) * width
                    for i in range(width):
                        kept = _kept(keys[b], start + i, limit)
                        out[b, t, r, 1, i] += share * spikes[b, t, child, i] if kept else zero


@parallel
def self_and_mean_gradient(gradient, keys, limit, first, fanout, divisor, out):
    """Adjoint of `self_and_mean`: fills `out` ``(nodes, T, R, C)``."""
    nodes, steps, rows, width = out.shape
    real = out.dtype.type
    scale, zero = real(1) / (real(1) - real(limit) / real(1 << 32)), real(0)
    for b in numba.prange(nodes):
        for t in range(steps):
            out[b, t] = zero
            for r in range(gradient.shape[2]):
                start = (t * rows + r) * width
                for i in range(width):
                    kept = _kept(keys[b], start + i, limit)
                    out[b, t, r, i] += scale * gradient[b, t, r, 0, i] if kept else zero
                share = scale / real(divisor[r])
                for child in range(first[r], first[r] + fanout[r]):
                    start = (t * rows + child) * width
                    for i in range(width):
                        kept = _kept(keys[b], start + i, limit)
                        out[b, t, child, i] += share * gradient[b, t, r, 1, i] if kept else zero
