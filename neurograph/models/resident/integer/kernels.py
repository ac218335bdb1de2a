"""Compiled loops of the integer forward over the rows of a snapshot.

Whole numbers are held in float64, which holds every one of them on the way to a sum. All are
deterministic for any number of threads.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.core.fixedpoint import DECAY_ONE, STATE_BITS, STATE_MAX
from neurograph.models.layers.kernels import inline, parallel

BLOCK = 256  # rows of a thread at once
_HALF = float(1 << (STATE_BITS - 1))
_PERIOD = float(1 << STATE_BITS)
_TOP = float(STATE_MAX)


@inline
def _sum_of(sent, indices, start, end, heard):
    """Fill `heard` ``(channels,)`` with the sum of what the rows of some entries send."""
    heard[:] = 0
    for entry in range(start, end):
        u = indices[entry]
        for c in range(len(heard)):
            heard[c] += sent[u, c]


@parallel
def mix(sent, so_far, new, entries, shifts, step, out):
    """Add to `out` what rows hear of `sent`, entries of one shift floored together.

    Args:
        sent: whole numbers ``(rows of the snapshot, channels)``.
        so_far: indptr, indices and offsets of the pairs so far, by place.
        new: likewise, of the pairs of each snapshot.
        entries: whole numbers ``(3, places)``: of pairs so far, of new ones, of a row itself.
        shifts: powers of two ``(3, places)``, by which their sums are multiplied, then floored.
        step: of the snapshot.
        out: ``(rows of the snapshot, channels)``.
    """
    indptr, indices, before = so_far
    new_indptr, new_indices, new_before = new
    rows, channels = out.shape
    for block in numba.prange((rows + BLOCK - 1) // BLOCK):
        heard = np.zeros(channels, out.dtype)
        sums = np.zeros((3, channels), out.dtype)
        for v in range(block * BLOCK, min((block + 1) * BLOCK, rows)):
            sums[:] = 0
            if entries[0, v] != 0:
                start = indptr[v]
                _sum_of(sent, indices, start, start + before[step + 1, v], heard)
                for c in range(channels):
                    sums[0, c] = entries[0, v] * heard[c]
            if entries[1, v] != 0:
                start = new_indptr[v]
                first, last = start + new_before[step, v], start + new_before[step + 1, v]
                _sum_of(sent, new_indices, first, last, heard)
                into = 0 if shifts[1, v] == shifts[0, v] else 1
                for c in range(channels):
                    sums[into, c] += entries[1, v] * heard[c]
            if entries[2, v] != 0:
                into = 2
                for other in range(1, -1, -1):
                    if shifts[2, v] == shifts[other, v]:
                        into = other
                for c in range(channels):
                    sums[into, c] += entries[2, v] * sent[v, c]
            for kind in range(3):
                shift = shifts[kind, v]
                for c in range(channels):
                    out[v, c] += np.floor(sums[kind, c] * shift)


@parallel
def count_labels(sent, so_far, new, step, counts, fresh):
    """How many neighbours of rows send each class.

    Args:
        sent: int64 ``(places,)``, the class that a place sends; negative: none.
        so_far: see `mix`.
        new: see `mix`.
        counts: ``(rows of the snapshot, classes)``, filled: of the pairs so far.
        fresh: likewise, of the pairs of the snapshot.
    """
    indptr, indices, before = so_far
    new_indptr, new_indices, new_before = new
    for v in numba.prange(len(counts)):
        counts[v] = 0
        fresh[v] = 0
        for entry in range(indptr[v], indptr[v] + before[step + 1, v]):
            label = sent[indices[entry]]
            if label >= 0:
                counts[v, label] += 1
        start = new_indptr[v] + new_before[step, v]
        for entry in range(start, new_indptr[v] + new_before[step + 1, v]):
            label = sent[new_indices[entry]]
            if label >= 0:
                fresh[v, label] += 1


@parallel
def fire(sums, neurons, rule, v, theta, spikes):
    """A step of the neurons of some rows, whole numbers; hard resets.

    Args:
        sums: ``(rows, channels)``, overwritten.
        neurons: bias, and what a spike adds to a threshold, ``(channels,)`` each.
        rule: what v and theta keep, of 4096, and the guard bits.
        v: ``(rows, channels)``, membranes after the step before; after this one on return.
        theta: thresholds, likewise.
        spikes: ``(rows, channels)``, filled with 0 and 1.
    """
    bias, jump = neurons
    keep_v, keep_theta, lift = rule[0] / DECAY_ONE, rule[1] / DECAY_ONE, float(1 << rule[2])
    rows, channels = sums.shape
    zero, one = spikes.dtype.type(0), spikes.dtype.type(1)
    for i in numba.prange(rows):  # short loops over few arrays: only such are vectorised
        for c in range(channels):
            current = sums[i, c] * lift
            up = _PERIOD if current <= -_HALF else 0.0
            down = _PERIOD if current > _HALF else 0.0
            sums[i, c] = current + (up - down) + bias[c]
        for c in range(channels):
            membrane = np.trunc(v[i, c] * keep_v) + sums[i, c]
            v[i, c] = min(max(membrane, -_TOP), _TOP)
        for c in range(channels):
            spikes[i, c] = one if v[i, c] > theta[i, c] else zero
        for c in range(channels):
            v[i, c] = 0.0 if v[i, c] > theta[i, c] else v[i, c]
        for c in range(channels):
            theta[i, c] = np.floor(theta[i, c] * keep_theta) + jump[c] * spikes[i, c]
