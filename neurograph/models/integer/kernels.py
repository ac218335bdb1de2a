"""Compiled loops of the integer forward on a CPU.

`plain` says the same in PyTorch.

Whole numbers are held in floats wide enough for all of them, so that the loops are vectorised.
Layout of sums and spikes: ``[node, step, row, channel]``.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.core.fixedpoint import DECAY_ONE, STATE_BITS, STATE_MAX
from neurograph.ir.payloads import FINE
from neurograph.models.layers.kernels import parallel

_HALF = float(1 << (STATE_BITS - 1))
_PERIOD = float(1 << STATE_BITS)
_TOP = float(STATE_MAX)


@parallel
def encode(features, scale, low, high):
    """Replace features by their payloads, as `QStream.encode` does."""
    for i in numba.prange(len(features)):
        for f in range(features.shape[1]):
            features[i, f] = min(max(np.rint(features[i, f] * scale), low), high)


@parallel
def encode_with_means(features, scale, low, high, unit, means):
    """The same, and fill `means` ``(M,)`` as `QStream.encode_mean` does.

    Args:
        unit: payload of the mean per FINE-th of a payload unit, summed over the features.
    """
    half = np.float32(0.5)
    for i in numba.prange(len(features)):
        total = 0
        for f in range(features.shape[1]):
            wanted = features[i, f] * scale
            payload = min(max(np.rint(wanted), low), high)
            error = min(max(wanted - payload, -half), half)
            total += np.int32(np.rint(error * np.float32(FINE)))
            features[i, f] = payload
        means[i] = np.rint(total * unit)


@parallel
def slot_sums(products, terms, means, mean_terms, where, groups, out):
    """Sum each term over a row's inputs, floor it after its shift, and add all terms.

    Args:
        products: ``(M, terms * H)`` of every node in use.
        terms: factor and ranges of `Terms`.
        means: ``(M,)`` payloads.
        mean_terms: weight ``(terms, H)``, factor and ranges.
        where: int32 ``(nodes, T, S)``: row of `products` of each slot.
        groups: first neighbour and fan-out per row.
        out: ``(nodes, T, R, H)``, filled.
    """
    nodes, steps, rows, width = out.shape
    factor, ranges = terms
    mean_weight, mean_factor, mean_ranges = mean_terms
    first, fanout = groups
    for b in numba.prange(nodes):
        total = np.empty(width, out.dtype)
        for t in range(steps):
            for r in range(rows):
                into = out[b, t, r]
                into[:] = 0
                self_row = where[b, t, r]
                for n in range(ranges[r, 0], ranges[r, 1]):
                    for h in range(width):
                        into[h] += np.floor(products[self_row, n * width + h] * factor[n])
                for n in range(ranges[r, 2], ranges[r, 3]):
                    total[:] = 0
                    for child in range(first[r], first[r] + fanout[r]):
                        source = where[b, t, child]
                        for h in range(width):
                            total[h] += products[source, n * width + h]
                    for h in range(width):
                        into[h] += np.floor(total[h] * factor[n])
                if len(mean_factor) == 0:
                    continue
                from_neighbours = means[where[b, t, first[r]]]
                for child in range(first[r] + 1, first[r] + fanout[r]):
                    from_neighbours += means[where[b, t, child]]
                for n in range(mean_ranges[r, 0], mean_ranges[r, 1]):
                    for h in range(width):
                        into[h] += np.floor(means[self_row] * mean_weight[n, h] * mean_factor[n])
                for n in range(mean_ranges[r, 2], mean_ranges[r, 3]):
                    for h in range(width):
                        into[h] += np.floor(from_neighbours * mean_weight[n, h] * mean_factor[n])


@parallel
def fire(sums, neurons, rule, decode, spikes):
    """Fill `spikes` with 0 and 1, and replace sums by the currents they stand for.

    Args:
        sums: ``(nodes, T, W)`` whole numbers.
        neurons: bias, first theta and step, float64 ``(W,)``.
        rule: what v and theta keep, of 4096, and the guard bits.
        decode: float unit per unit of a sum, and the bias in floats, ``(W,)`` each.
        spikes: ``(nodes, T, W)``, filled.
    """
    nodes, steps, width = sums.shape
    bias, start, jump = neurons
    keep_v, keep_theta, guard_bits = rule[0] / DECAY_ONE, rule[1] / DECAY_ONE, rule[2]
    unit, offset = decode
    lift = float(1 << guard_bits)
    zero, one = spikes.dtype.type(0), spikes.dtype.type(1)
    for b in numba.prange(nodes):
        v, theta, u = np.zeros(width), np.empty(width), np.empty(width)
        theta[:] = start
        for t in range(steps):  # short loops over few arrays: only such are vectorised
            for i in range(width):
                current = sums[b, t, i] * lift
                up = _PERIOD if current <= -_HALF else 0.0
                down = _PERIOD if current > _HALF else 0.0
                u[i] = current + (up - down) + bias[i]
            for i in range(width):
                membrane = np.trunc(v[i] * keep_v) + u[i]
                v[i] = min(max(membrane, -_TOP), _TOP)
            for i in range(width):
                spikes[b, t, i] = one if v[i] > theta[i] else zero
            for i in range(width):
                v[i] = 0.0 if v[i] > theta[i] else v[i]
            for i in range(width):
                theta[i] = np.floor(theta[i] * keep_theta) + jump[i] * spikes[b, t, i]
            for i in range(width):
                sums[b, t, i] = sums[b, t, i] * unit[i] + offset[i]
