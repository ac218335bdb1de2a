"""The compiled simulation of a Dy-SIGN on a CPU; `dynamics` says the same in PyTorch.

Every node is simulated by one thread from the first latency step to the last, in memory that
does not grow with their number. All layers lie in one axis, one after another, row by row.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.models.layers.kernels import jit, parallel

# columns of the table of layers: sizes, and where each begins in the flat arrays
ROWS, CHANNELS, STATE, BIAS, WEIGHT, GROUPS = range(6)


@jit
def _add_scaled(x, weights, out):
    for c in range(len(out)):
        out[c] += x * weights[c]


@jit
def _count(spikes, mask, counts):
    """Adds 1 where a spike is not dropped; without a branch, so that it is vectorised."""
    for c in range(len(counts)):
        counts[c] += spikes[c] * counts.dtype.type(mask[c])


@jit
def _from_below(below, mask, scale, row, first, fanout, weights, counted, out):
    """Adds what a row reads of the layer below: its own spikes, and its neighbours' mean.

    Args:
        below, mask: ``(rows below, channels below)``.
        weights: ``(2, channels below, channels)``: by which it reads itself, and them.
        counted: scratch, ``(2, channels below)``.
    """
    counted[:] = 0
    _count(below[row], mask[row], counted[0])
    for child in range(first, first + fanout):
        _count(below[child], mask[child], counted[1])
    draws = scale / below.dtype.type(fanout)
    for c in range(below.shape[1]):
        if counted[0, c]:
            _add_scaled(scale, weights[0, c], out)
        if counted[1, c]:
            _add_scaled(draws * counted[1, c], weights[1, c], out)


@jit
def _update(current, keep, threshold, v, spikes, count):
    """Leak, integrate, fire, subtract the threshold: one row of a layer."""
    one, zero = v.dtype.type(1), v.dtype.type(0)
    for c in range(len(v)):
        above = keep * v[c] + current[c]
        fired = one if above > threshold else zero
        v[c] = above - threshold * fired
        spikes[c] = fired
        count[c] += fired


@parallel
def simulate(
    currents,
    skip,
    table,
    bias,
    weights,
    first,
    fanout,
    feedback,
    masks,
    scale,
    latency,
    keep,
    threshold,
    counts,
    fired,
):
    """Run every node over all snapshots and latency steps.

    Args:
        currents: ``(nodes, T, R, H)`` into the first layer, held for all latency steps of a
            snapshot.
        skip: ``(nodes, T, O)`` straight into row 0 of the last layer, likewise.
        table: int64 ``(layers, 6)``, see the columns above.
        bias, weights: flat, of all layers but the first; weights ``(2, inputs, H)`` each: of a
            row's own spikes, and of its neighbours'.
        first, fanout: int64, flat: first draw of each row, and how many; likewise.
        feedback: ``(O, H)``, from the last layer to row 0 of the first; no rows for none.
        masks: uint8 ``(nodes or 1, T or 1, all)``, 0 where a spike is dropped on its way up.
        scale: of a spike on its way up.
        latency: K.
        keep: share of v kept.
        counts: ``(nodes, T, all)`` zeros; filled: spikes per snapshot.
        fired: bool ``(nodes, T K, all)``, filled; of no nodes, to record none.
    """
    layers, steps = len(table), currents.shape[1]
    total, widest = counts.shape[2], np.max(table[:, CHANNELS])
    last = table[layers - 1]
    recorded = len(fired) > 0
    for b in numba.prange(len(currents)):
        v, spikes = np.zeros(total, currents.dtype), np.zeros(total, currents.dtype)
        current = np.empty(widest, currents.dtype)
        counted = np.empty(2 * widest, currents.dtype)
        returning = np.zeros((layers, last[CHANNELS]), currents.dtype)  # spikes on their way back
        for n in range(steps * latency):
            t = n // latency
            mask = masks[b % masks.shape[0], t % masks.shape[1]]
            arrived = returning[n % layers]
            for layer in range(layers):
                wide, here = table[layer, CHANNELS], table[layer, STATE]
                into = current[:wide]
                for r in range(table[layer, ROWS]):
                    if layer == 0:
                        into[:] = currents[b, t, r]
                        if r == 0:
                            for o in range(len(feedback)):
                                if arrived[o]:
                                    _add_scaled(arrived[o], feedback[o], into)
                    else:
                        at = table[layer, BIAS]
                        into[:] = bias[at : at + wide]
                        inputs, begin = table[layer - 1, CHANNELS], table[layer - 1, STATE]
                        at = table[layer, WEIGHT]
                        _from_below(
                            spikes[begin:here].reshape((-1, inputs)),
                            mask[begin:here].reshape((-1, inputs)),
                            scale,
                            r,
                            first[table[layer, GROUPS] + r],
                            fanout[table[layer, GROUPS] + r],
                            weights[at : at + 2 * inputs * wide].reshape((2, inputs, wide)),
                            counted[: 2 * inputs].reshape((2, inputs)),
                            into,
                        )
                    if layer == layers - 1 and r == 0:
                        into += skip[b, t]
                    at = here + r * wide
                    row = slice(at, at + wide)
                    _update(into, keep, threshold, v[row], spikes[row], counts[b, t, row])
            returning[n % layers, :] = spikes[last[STATE] : last[STATE] + last[CHANNELS]]
            if recorded:
                for i in range(total):
                    fired[b, n, i] = spikes[i] > 0


@parallel
def rate_gradient(current, low, width, smooth, gradient, out):
    """``out = gradient`` times the derivative of a `RateCurve`; ``(nodes, n)`` each."""
    real = current.dtype.type
    share, zero, one = real(1) / width, real(0), real(1)
    for b in numba.prange(len(current)):
        for i in range(current.shape[1]):
            x = (current[b, i] - low) * share
            if smooth:
                s = one / (one + np.exp(real(2) - real(4) * x))
                slope = real(4) * s * (one - s)
            else:
                slope = one if zero < x < one else zero
            out[b, i] = gradient[b, i] * slope * share
