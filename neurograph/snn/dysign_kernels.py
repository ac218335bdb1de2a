"""The compiled simulation of a Dy-SIGN on a CPU; `dysign_dynamics` holds its plain twin.

Every target is simulated by one thread from the first latency step to the last, in memory that
does not grow with their number.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numba
import numpy as np

from neurograph.snn.kernels import jit, parallel


@jit
def _add_scaled(x, weights, out):
    for c in range(len(out)):
        out[c] += x * weights[c]


@jit
def _from_below(below, mask, scale, row, first, fanout, own, near, out):
    """Adds what a row hears of the layer below: its own spikes, and the mean of its draws'."""
    draws = scale / below.dtype.type(fanout)
    for c in range(below.shape[1]):
        if below[row, c] and mask[row, c]:
            _add_scaled(scale, own[c], out)
        heard = 0
        for child in range(first, first + fanout):
            heard += below[child, c] and mask[child, c]
        if heard:
            _add_scaled(draws * heard, near[c], out)


@jit
def _update(current, keep, threshold, v, spikes, count):
    """Leak, integrate, fire, subtract the threshold; a layer's row."""
    one, zero = v.dtype.type(1), v.dtype.type(0)
    for c in range(len(v)):
        above = keep * v[c] + current[c]
        fired = one if above > threshold else zero
        v[c] = above - threshold * fired
        spikes[c] = fired
        count[c] += fired


@jit
def _simulate(b, currents, skip, layers, feedback, masks, how, counts, fired):
    """One target; arguments as of `simulate`."""
    bias, own, near, first, fanout = layers
    scale, latency, keep, threshold = how
    depth, real = len(counts), currents.dtype.type
    widest = max([c.shape[3] for c in counts])
    rows = max([c.shape[2] for c in counts])
    v = np.zeros((depth, rows, widest), currents.dtype)
    spikes = np.zeros((depth, rows, widest), currents.dtype)
    current = np.empty(widest, currents.dtype)
    last = counts[depth - 1].shape[3]
    heard = np.zeros((depth, last), currents.dtype)  # the last layer's spikes, on their way back
    recorded = fired[0].shape[1] > 0
    for t in range(currents.shape[1]):
        for k in range(latency):
            n = t * latency + k
            arrived = heard[n % depth]
            for layer in range(depth):
                wide = counts[layer].shape[3]
                into = current[:wide]
                for r in range(counts[layer].shape[2]):
                    if layer == 0:
                        into[:] = currents[b, t, r]
                        if r == 0:
                            for o in range(len(feedback)):
                                if arrived[o]:
                                    _add_scaled(real(1), feedback[o], into)
                    else:
                        into[:] = bias[layer]
                        below = spikes[layer - 1, :, : counts[layer - 1].shape[3]]
                        _from_below(
                            below,
                            masks[layer - 1][b % len(masks[layer - 1]), t % masks[layer - 1].shape[1]],
                            scale,
                            r,
                            first[layer][r],
                            fanout[layer][r],
                            own[layer],
                            near[layer],
                            into,
                        )
                    if layer == depth - 1 and r == 0:
                        into += skip[b, t]
                    _update(
                        into,
                        keep,
                        threshold,
                        v[layer, r, :wide],
                        spikes[layer, r, :wide],
                        counts[layer][b, t, r],
                    )
                    if recorded:
                        for c in range(wide):
                            fired[layer][b, n, r, c] = spikes[layer, r, c] > 0
            heard[n % depth, :] = spikes[depth - 1, 0, :last]


@parallel
def simulate(currents, skip, layers, feedback, masks, how, counts, fired):
    """Run every target over all snapshots and latency steps.

    Args:
        currents: ``(B, T, R, H)`` into the first layer, held for all latency steps of a snapshot.
        skip: ``(B, T, O)`` straight into row 0 of the last layer, likewise.
        layers: bias ``(H,)``, own and near weights ``(inputs, H)``, first child and fan-out
            ``(R,)`` of every layer; of the first, only their number counts.
        feedback: ``(O, H)``, from the last layer to row 0 of the first; no rows for none.
        masks: uint8 ``(B, T, R, H)`` of every layer, 0 where a spike is dropped on its way up.
        how: scale of a spike on its way up, latency steps, share of v kept, threshold.
        counts: ``(B, T, R, H)`` of every layer, zeros; filled: spikes per snapshot.
        fired: bool ``(B, T K, R, H)`` of every layer, filled; or ``(0, 0, 0, 0)``, to record none.
    """
    for b in numba.prange(len(currents)):
        _simulate(b, currents, skip, layers, feedback, masks, how, counts, fired)
