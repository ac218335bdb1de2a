"""Neuron updates over time, compiled: what `fixedpoint` says, neuron by neuron.

Every kind of neuron is one loop (`ir.neurons.base`): a constant theta neither decays nor jumps,
and a soft reset subtracts the theta that v exceeded; but for relays, and for neurons with a
refractory state.
"""

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba
from neurograph.core.fixedpoint import DECAY_ONE, STATE_BITS, STATE_MAX

_HALF = 1 << (STATE_BITS - 1)
_PERIOD = 1 << STATE_BITS


@numba.njit(inline="always")
def _share(state, keep, whole):  # type: ignore[no-untyped-def]
    """``state * keep >> 12``, in two parts, neither of which leaves the bits of `state`."""
    high = whole(whole(state >> 12) * keep)
    low = whole(whole(whole(state & (DECAY_ONE - 1)) * keep) >> 12)
    return whole(high + low)


@numba.njit(inline="always")
def _decayed(state, keep, whole):  # type: ignore[no-untyped-def]
    size = _share(whole(abs(state)), keep, whole)
    return size if state >= 0 else whole(-size)


@numba.njit(inline="always")
def _wrapped(current, whole):  # type: ignore[no-untyped-def]
    down = whole(_PERIOD) if current > whole(_HALF) else whole(0)
    up = whole(_PERIOD) if current <= whole(-_HALF) else whole(0)
    return whole(whole(current - down) + up)


@numba.njit(inline="always")
def _saturated(state, whole):  # type: ignore[no-untyped-def]
    return min(max(whole(state), whole(-STATE_MAX)), whole(STATE_MAX))


@numba.njit(inline="always")
def _currents(sums, keep, guard_bits, whole, u):  # type: ignore[no-untyped-def]
    """An update of u, all ``(neurons,)``."""
    if keep == 0:
        for n in range(len(u)):
            u[n] = _wrapped(whole(whole(sums[n]) << guard_bits), whole)
    else:
        for n in range(len(u)):
            lifted = whole(whole(sums[n]) << guard_bits)
            u[n] = _wrapped(whole(_decayed(u[n], keep, whole) + lifted), whole)


@numba.njit(inline="always")
def _membranes(u, bias, keep, whole, v, before):  # type: ignore[no-untyped-def]
    """Fill `before` with v before the reset, all ``(neurons,)``."""
    if keep == 0:
        for n in range(len(u)):
            before[n] = _saturated(u[n] + bias[n], whole)
    else:
        for n in range(len(u)):
            kept = whole(_decayed(v[n], keep, whole) + bias[n])
            before[n] = _saturated(u[n] + kept, whole)


@numba.njit(inline="always")
def _fire(before, step, keep, soft, whole, v, theta, spikes):  # type: ignore[no-untyped-def]
    """Fill spikes, and v after the reset, and move theta; all ``(neurons,)``."""
    for n in range(len(v)):
        spikes[n] = before[n] > theta[n]
    if soft:
        for n in range(len(v)):
            v[n] = whole(before[n] - (theta[n] if spikes[n] else whole(0)))
    else:
        for n in range(len(v)):
            v[n] = whole(0) if spikes[n] else before[n]
    for n in range(len(v)):
        theta[n] = whole(_share(theta[n], keep, whole) + (step[n] if spikes[n] else whole(0)))


@numba.njit(cache=True, nogil=True)
def scan_integer(sums, bias, since, step, rule, first, last, u, v, theta, spikes):  # type: ignore[no-untyped-def]
    """Updates `first` to `last` of sums ``(nodes, updates, neurons)``.

    Args:
        bias: in the unit of v, ``(nodes, snapshots, neurons)``; one node stands for all, and the
            last snapshot for those that follow.
        since: the first of these snapshots.
        step: ``(neurons,)``, added to theta by a spike.
        rule: what u, v and theta keep, of 4096, whether the reset is soft, the guard bits, and
            updates per snapshot.
        u: ``(nodes, neurons)``, changed in place; in the dtype of bias and step, which holds
            whatever can become of a state (`arithmetic`).
        v: likewise.
        theta: likewise.
        spikes: like sums, filled in.
    """
    whole = u.dtype.type  # after every operation: else numba goes on in 64 bits
    keep_u, keep_v, keep_theta = whole(rule[0]), whole(rule[1]), whole(rule[2])
    soft, guard_bits, latency = rule[3], whole(rule[4]), rule[5]
    before = np.empty(u.shape[1], u.dtype)
    for b in range(len(u)):
        biases = bias[min(b, len(bias) - 1)]
        for k in range(first, last):  # short loops over few arrays: only such are vectorised
            added = biases[min(k // latency - since, len(biases) - 1)]
            _currents(sums[b, k], keep_u, guard_bits, whole, u[b])
            _membranes(u[b], added, keep_v, whole, v[b], before)
            _fire(before, step, keep_theta, soft, whole, v[b], theta[b], spikes[b, k])


@numba.njit(inline="always")
def _fire_refractory(v, rest, step, keeps, whole, theta, refractory, spikes):  # type: ignore[no-untyped-def]
    """Fill spikes, and move theta and the refractory state; all ``(neurons,)``."""
    keep_theta, keep_refractory = keeps
    for n in range(len(v)):
        theta[n] = whole(rest[n] + _decayed(whole(theta[n] - rest[n]), keep_theta, whole))
        refractory[n] = _decayed(refractory[n], keep_refractory, whole)
    for n in range(len(v)):
        spikes[n] = v[n] >= whole(theta[n] + refractory[n])
    for n in range(len(v)):
        lifted = whole(theta[n] + theta[n]) if spikes[n] else whole(0)
        refractory[n] = whole(refractory[n] + lifted)
        theta[n] = whole(theta[n] + (step[n] if spikes[n] else whole(0)))


@numba.njit(cache=True, nogil=True)
def scan_refractory(sums, bias, since, neuron, rule, first, last, u, v, theta, refractory, spikes):  # type: ignore[no-untyped-def]
    """As `scan_integer`, of neurons whose spikes raise a refractory state and theta.

    Args:
        neuron: where theta rests, and what is added to it by a spike, both ``(neurons,)``.
        rule: what u, v, theta above its rest and the refractory state keep, of 4096, the guard
            bits, and updates per snapshot.
        refractory: ``(nodes, neurons)``, changed in place.
    """
    whole = u.dtype.type
    rest, step = neuron
    keep_u, keep_v, keeps = whole(rule[0]), whole(rule[1]), (whole(rule[2]), whole(rule[3]))
    guard_bits, latency = whole(rule[4]), rule[5]
    for b in range(len(u)):
        biases, membrane = bias[min(b, len(bias) - 1)], v[b]
        for k in range(first, last):
            added = biases[min(k // latency - since, len(biases) - 1)]
            _currents(sums[b, k], keep_u, guard_bits, whole, u[b])
            _membranes(u[b], added, keep_v, whole, membrane, membrane)
            _fire_refractory(
                membrane, rest, step, keeps, whole, theta[b], refractory[b], spikes[b, k]
            )


@numba.njit(cache=True, nogil=True)
def scan_refractory_float(sums, bias, neuron, rule, first, last, u, v, theta, refractory, spikes):  # type: ignore[no-untyped-def]
    """The same in floats, whose biases are ``(neurons,)``; `rule` holds shares kept."""
    rest, step = neuron
    keep_u, keep_v, keep_theta, keep_refractory = rule
    nodes, _, neurons = sums.shape
    for b in range(nodes):
        for k in range(first, last):
            for n in range(neurons):
                u[b, n] = u[b, n] * keep_u + sums[b, k, n]
                v[b, n] = v[b, n] * keep_v + u[b, n] + bias[n]
                level = (theta[b, n] - rest[n]) * keep_theta + rest[n]
                held = refractory[b, n] * keep_refractory
                fired = v[b, n] >= level + held
                theta[b, n] = level + (step[n] if fired else 0.0)
                refractory[b, n] = held + (2.0 * level if fired else 0.0)
                spikes[b, k, n] = fired


@numba.njit(cache=True, nogil=True)
def scan_float(sums, bias, step, rule, first, last, u, v, theta, spikes):  # type: ignore[no-untyped-def]
    """The same in floats; `rule` holds shares kept instead of 12-bit fractions."""
    keep_u, keep_v, keep_theta, soft = rule
    nodes, _, neurons = sums.shape
    for b in range(nodes):
        for k in range(first, last):
            for n in range(neurons):
                current = u[b, n] * keep_u + sums[b, k, n]
                membrane = v[b, n] * keep_v + current + bias[n]
                level, jump = theta[b, n], step[n]  # before the branch: twice as fast
                fired = membrane > level
                if fired:
                    membrane = membrane - level if soft else 0.0
                u[b, n] = current
                v[b, n] = membrane
                theta[b, n] = level * keep_theta + (jump if fired else 0.0)
                spikes[b, k, n] = fired


@numba.njit(cache=True, nogil=True)
def scan_relay(sums, bias, limit, threshold, first, last, u, v, sent):  # type: ignore[no-untyped-def]
    """What relays send in updates `first` to `last`, integers.

    Args:
        limit: ``(neurons,)``, largest magnitude that is sent.
        threshold: ``(neurons,)``, magnitude up to which nothing is.
        sent: like sums, filled in.
    """
    whole = u.dtype.type
    for b in range(len(u)):
        for k in range(first, last):
            heard, into, current, membrane = sums[b, k], sent[b, k], u[b], v[b]
            for n in range(len(current)):
                current[n] = _wrapped(whole(heard[n]), whole)
            for n in range(len(current)):
                membrane[n] = _saturated(current[n] + bias[n], whole)
            for n in range(len(current)):
                payload = min(max(membrane[n], whole(-limit[n])), limit[n])
                into[n] = payload if whole(abs(payload)) > threshold[n] else whole(0)


@numba.njit(cache=True, nogil=True)
def scan_relay_float(sums, bias, limit, threshold, first, last, u, v, sent):  # type: ignore[no-untyped-def]
    """The same in floats."""
    nodes, _, neurons = sums.shape
    for b in range(nodes):
        for k in range(first, last):
            for n in range(neurons):
                membrane = sums[b, k, n] + bias[n]
                u[b, n], v[b, n] = sums[b, k, n], membrane
                payload = min(max(membrane, -limit[n]), limit[n])
                sent[b, k, n] = payload if abs(payload) > threshold[n] else 0.0
