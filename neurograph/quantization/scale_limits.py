"""How large a population's scale can be before some number of it leaves its field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import Population, Projection
from neurograph.ir.rounding import accumulation, mantissa_range

MARGIN = 0.99  # of the largest scale: rounding may add to a sum
_TINY = 1e-100  # stands for zero where it divides


@dataclass(frozen=True, eq=False, kw_only=True)
class Afferent:
    """A projection into a population.

    Attributes:
        projection: in floats.
        payload_scale: payload units per float unit.
        payload_max: the largest payload.
        mean: whether it carries the means of another stream's rounding errors.
    """

    projection: Projection
    payload_scale: float
    payload_max: int
    mean: bool


def largest_scales(
    population: Population, into: Sequence[Afferent], bits: int, guard_bits: int, updates: int
) -> Array:
    """Float64 ``(channels,)``: up to these, every number of a channel stays within its field.

    The numbers are sums, weights, biases and thresholds.

    Args:
        population: in floats.
        into: the projections into it.
        bits: of a weight.
        guard_bits: of v below the unit of a sum.
        updates: of a run, over which a current with a memory accumulates.
    """
    neuron, guard = population.neuron, 2.0**guard_bits
    share = accumulation(round(neuron.current_decay * fx.DECAY_ONE), updates)
    sums = fx.STATE_MAX / (guard * share) / np.maximum(_largest_sums(into), _TINY)
    largest_bias = max(float(np.abs(population.bias).max()), _TINY)
    shared = min(
        (fx.BIAS_MANT_MAX << fx.BIAS_EXP_MAX) / (largest_bias * guard),
        neuron.largest_scale(guard),
    )
    limits: Array = np.minimum(np.minimum(sums, _exponent_limits(into, bits)), shared) * MARGIN
    return limits


def _exponent_limits(into: Sequence[Afferent], bits: int) -> Array:
    """Float64 ``(channels,)``: the scale at which largest weights need the last exponent."""
    found = []
    for a in into:
        low, high, _ = mantissa_range(a.projection.weight, bits)
        largest = np.maximum(np.abs(a.projection.weight).max(axis=1), _TINY)
        found.append((max(high, -low) << fx.WEIGHT_EXP_MAX) * a.payload_scale / largest)
    limits: Array = np.min(found, axis=0)
    return limits


def _largest_sums(into: Sequence[Afferent]) -> Array:
    """Float64 ``(channels,)``: the largest sum in float units, as payload widths allow it."""
    sums = [
        np.outer(a.projection.still.sum(axis=1), np.abs(a.projection.weight).sum(axis=1))
        * (a.payload_max / a.payload_scale)
        for a in into
    ]
    top: Array = np.sum(sums, axis=0).max(axis=0)
    return top
