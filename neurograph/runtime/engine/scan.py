"""Neuron updates over time, compiled: what `fixedpoint` says, neuron by neuron.

Every kind of neuron is this one loop (`ir.neurons.base`): a constant theta neither decays nor
jumps, and a soft reset subtracts the theta that v exceeded.
"""

from __future__ import annotations

import numba

from neurograph.core.fixedpoint import STATE_BITS, STATE_MAX

_HALF = 1 << (STATE_BITS - 1)
_PERIOD = 1 << STATE_BITS


@numba.njit(inline="always")
def _decayed(state, keep):  # type: ignore[no-untyped-def]
    product = state * keep
    return product >> 12 if product >= 0 else -(-product >> 12)


@numba.njit(cache=True, nogil=True)
def scan_integer(sums, bias, step, rule, first, last, u, v, theta, spikes):  # type: ignore[no-untyped-def]
    """Updates `first` to `last` of sums ``(nodes, updates, neurons)``.

    Args:
        bias: ``(neurons,)``, in the unit of v.
        step: ``(neurons,)``, added to theta by a spike.
        rule: what u, v and theta keep, of 4096, whether the reset is soft, and the guard bits.
        u: ``(nodes, neurons)``, changed in place.
        v: likewise.
        theta: likewise.
        spikes: like sums, filled in.
    """
    keep_u, keep_v, keep_theta, soft, guard_bits = rule
    nodes, _, neurons = sums.shape
    for b in range(nodes):
        for k in range(first, last):
            for n in range(neurons):
                current = _decayed(u[b, n], keep_u) + (sums[b, k, n] << guard_bits)
                if current > _HALF:
                    current -= _PERIOD
                elif current <= -_HALF:
                    current += _PERIOD
                membrane = _decayed(v[b, n], keep_v) + current + bias[n]
                membrane = min(max(membrane, -STATE_MAX), STATE_MAX)
                level, jump = theta[b, n], step[n]  # before the branch: twice as fast
                fired = membrane > level
                if fired:
                    membrane = membrane - level if soft else 0
                u[b, n] = current
                v[b, n] = membrane
                theta[b, n] = (level * keep_theta >> 12) + (jump if fired else 0)
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
    nodes, _, neurons = sums.shape
    for b in range(nodes):
        for k in range(first, last):
            for n in range(neurons):
                current = sums[b, k, n] + 0 * bias[n]  # of the width of a state
                if current > _HALF:
                    current -= _PERIOD
                elif current <= -_HALF:
                    current += _PERIOD
                membrane = min(max(current + bias[n], -STATE_MAX), STATE_MAX)
                u[b, n], v[b, n] = current, membrane
                payload = min(max(membrane, -limit[n]), limit[n])
                sent[b, k, n] = payload if abs(payload) > threshold[n] else 0


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
