"""Compiled loops over the rows of a snapshot: edges, neurons, labels.

All are deterministic for any number of threads: no two threads add to the same number.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.models.layers.kernels import inline, parallel, slopes

BLOCK = 256  # rows of a thread at once


@inline
def _hear(sent, first, indices, start, end, share, heard, out):
    """Add to `out` ``(channels,)`` a share of what the rows of some entries send."""
    heard[:] = 0
    for entry in range(start, end):
        u = indices[entry]
        for c in range(len(heard)):
            heard[c] += sent[u, first + c]
    for c in range(len(heard)):
        out[c] += share * heard[c]


@parallel
def mix(sent, first, so_far, new, values, step, out):
    """Add to `out` what rows hear of `sent`.

    Args:
        sent: ``(rows of the snapshot, channels and others)``.
        first: where the channels begin.
        so_far: indptr, indices and offsets of the pairs so far, by place.
        new: likewise, of the pairs of each snapshot.
        values: entries of pairs so far, of new ones, of a row itself, ``(places,)`` each.
        step: of the snapshot.
        out: ``(rows of the snapshot, channels)``.
    """
    indptr, indices, before = so_far
    new_indptr, new_indices, new_before = new
    of_so_far, of_new, of_self = values
    rows, channels = out.shape
    for block in numba.prange((rows + BLOCK - 1) // BLOCK):
        heard = np.empty(channels, out.dtype)
        for v in range(block * BLOCK, min((block + 1) * BLOCK, rows)):
            start = indptr[v]
            end = start + before[step + 1, v]
            if start < end and of_so_far[v] != 0:
                _hear(sent, first, indices, start, end, of_so_far[v], heard, out[v])
            start = new_indptr[v] + new_before[step, v]
            end = new_indptr[v] + new_before[step + 1, v]
            if start < end and of_new[v] != 0:
                _hear(sent, first, new_indices, start, end, of_new[v], heard, out[v])
            if of_self[v] != 0:
                for c in range(channels):
                    out[v, c] += of_self[v] * sent[v, first + c]


@parallel
def mix_gradient(gradient, first, so_far, new, values, step, out):
    """Adjoint of `mix`: adds to `out` the gradient of what rows sent, from channel `first` on."""
    indptr, indices, before = so_far
    new_indptr, new_indices, new_before = new
    of_so_far, of_new, of_self = values
    rows, channels = gradient.shape
    for u in numba.prange(rows):
        for c in range(channels):
            out[u, first + c] += of_self[u] * gradient[u, c]
        for entry in range(indptr[u], indptr[u] + before[step + 1, u]):
            v = indices[entry]
            share = of_so_far[v]
            for c in range(channels):
                out[u, first + c] += share * gradient[v, c]
        start = new_indptr[u] + new_before[step, u]
        for entry in range(start, new_indptr[u] + new_before[step + 1, u]):
            v = new_indices[entry]
            share = of_new[v]
            for c in range(channels):
                out[u, first + c] += share * gradient[v, c]


@parallel
def fire(v, left, theta, keep, cell, fired, above, spikes):
    """A step of the neurons of some rows, all ``(rows, channels)``.

    Args:
        v: currents; the membranes before reset on return.
        left: membranes after the step before; those after this step on return.
        theta: thresholds, likewise.
        cell: what thresholds keep per step, and a spike adds to them.
        fired: whether the spikes are given, whatever the currents.
        above: filled with v less the threshold.
        spikes: filled with 0 and 1, unless they are given.
    """
    hold, jump = cell
    rows, channels = v.shape
    zero, one = v.dtype.type(0), v.dtype.type(1)
    for i in numba.prange(rows):  # short loops over few arrays: only such are vectorised
        if keep != zero:
            for c in range(channels):
                v[i, c] += keep * left[i, c]
        for c in range(channels):
            above[i, c] = v[i, c] - theta[i, c]
        if not fired:
            for c in range(channels):
                spikes[i, c] = one if above[i, c] > zero else zero
        for c in range(channels):
            theta[i, c] = hold * theta[i, c] + jump * spikes[i, c]
        if keep != zero:
            for c in range(channels):
                left[i, c] = (one - spikes[i, c]) * v[i, c]


@parallel
def fire_gradient(gradient, spikes, v, g_left, g_theta, keep, cell, surrogate, above):
    """Adjoint of `fire`, through reset and threshold.

    Args:
        gradient: of the spikes.
        g_left: gradient of the membranes after the step; of those before on return.
        g_theta: of the thresholds, likewise.
        surrogate: code and alpha.
        above: what `fire` left there; the gradient of the currents on return.
    """
    hold, jump = cell
    rows, channels = gradient.shape
    kind, alpha = surrogate
    zero, one = gradient.dtype.type(0), gradient.dtype.type(1)
    for block in numba.prange((rows + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min((block + 1) * BLOCK, rows)
        slopes(above[begin:end], kind, alpha)
        for i in range(begin, end):
            if keep != zero:  # else what is left of a membrane is forgotten
                for c in range(channels):
                    above[i, c] *= gradient[i, c] - v[i, c] * g_left[i, c] + jump * g_theta[i, c]
            else:
                for c in range(channels):
                    above[i, c] *= gradient[i, c] + jump * g_theta[i, c]
            for c in range(channels):
                g_theta[i, c] = hold * g_theta[i, c] - above[i, c]
            if keep != zero:
                for c in range(channels):
                    above[i, c] += (one - spikes[i, c]) * g_left[i, c]
                for c in range(channels):
                    g_left[i, c] = keep * above[i, c]


@parallel
def hear_labels(sent, so_far, new, step, units, limit, out):
    """What rows hear of their neighbours' labels, kind by kind, each at most `limit`.

    Args:
        sent: int64 ``(places,)``, the class that a place sends; negative: none.
        so_far: see `mix`.
        new: see `mix`.
        units: by which the share, the number so far and the number of new ones are multiplied.
        out: ``(rows of the snapshot, 3 classes)``, filled.
    """
    indptr, indices, before = so_far
    new_indptr, new_indices, new_before = new
    rows, classes = out.shape[0], out.shape[1] // 3
    one = out.dtype.type(1)
    for v in numba.prange(rows):
        out[v] = 0
        labelled = 0
        for entry in range(indptr[v], indptr[v] + before[step + 1, v]):
            label = sent[indices[entry]]
            if label >= 0:
                out[v, label] += one
                labelled += 1
        share = one / out.dtype.type(max(labelled, 1))
        for c in range(classes):
            out[v, classes + c] = min(units[1] * out[v, c], limit)
            out[v, c] = min(units[0] * (share * out[v, c]), limit)
        start = new_indptr[v] + new_before[step, v]
        for entry in range(start, new_indptr[v] + new_before[step + 1, v]):
            label = sent[new_indices[entry]]
            if label >= 0:
                out[v, 2 * classes + label] += one
        for c in range(2 * classes, 3 * classes):
            out[v, c] = min(units[2] * out[v, c], limit)


@parallel
def copy_rows(values, index, out):
    """``out[i, t] = values[index[i, t]]``."""
    for i in numba.prange(len(index)):
        for t in range(index.shape[1]):
            out[i, t] = values[index[i, t]]


@parallel
def copy_rows_gradient(gradient, index, out):
    """Adjoint of `copy_rows`, adds to `out`; snapshots share no row of it."""
    for t in numba.prange(index.shape[1]):
        for i in range(len(index)):
            for c in range(gradient.shape[2]):
                out[index[i, t], c] += gradient[i, t, c]
