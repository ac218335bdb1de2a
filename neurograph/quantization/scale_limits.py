"""How large a population's scale can be before some number of it leaves its field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import Population, Projection, Schedule
from neurograph.ir.rounding import accumulation, mantissa_range
from neurograph.quantization.outlet import EDGES_SHARE, Outlet

MARGIN = 0.99  # of the largest scale: rounding may add to a sum
_ROOM = 2.0  # of a payload above what relays send on calibration nodes: others may send more
_TINY = 1e-100  # stands for zero where it divides


@dataclass(frozen=True, eq=False, kw_only=True)
class Afferent:
    """A projection into a population, or into a relay whose edges lead on to it.

    Attributes:
        projection: in floats.
        payload_scale: payload units per float unit.
        payload_max: the largest payload.
        mean: whether it carries the means of another stream's rounding errors.
        through: the relay; None: it leads to the population.
    """

    projection: Projection
    payload_scale: float
    payload_max: int
    mean: bool
    through: Outlet | None = None

    @property
    def unit(self) -> float:
        """What a scale of the population is divided by, to be the gain of the weights."""
        return self.payload_scale * (1.0 if self.through is None else self.through.gain)


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
    direct = [a for a in into if a.through is None]
    room = fx.STATE_MAX / (guard * share) * (1.0 - edges_share(into))
    sums = room / np.maximum(_largest_sums(direct), _TINY) if direct else np.inf
    largest_bias = max(float(np.abs(population.bias).max()), _TINY)
    shared = min(
        (fx.BIAS_MANT_MAX << fx.BIAS_EXP_MAX) / (largest_bias * guard),
        neuron.largest_scale(guard),
    )
    sums = np.minimum(sums, _relay_limits(into))
    limits: Array = np.minimum(np.minimum(sums, _exponent_limits(into, bits)), shared) * MARGIN
    return limits


def _exponent_limits(into: Sequence[Afferent], bits: int) -> Array:
    """Float64 ``(channels,)``: the scale at which largest weights need the last exponent."""
    found = []
    for a in into:
        low, high, _ = mantissa_range(a.projection.weight, bits)
        largest = np.maximum(np.abs(a.projection.weight).max(axis=1), _TINY)
        found.append((max(high, -low) << fx.WEIGHT_EXP_MAX) * a.unit / largest)
    limits: Array = np.min(found, axis=0)
    return limits


def _largest_sums(into: Sequence[Afferent]) -> Array:
    """Float64 ``(channels,)``: the largest sum in float units, as payload widths allow it."""
    sums = [_reach(a) for a in into]
    top: Array = np.sum(sums, axis=0).max(axis=0)
    return top


def _reach(a: Afferent) -> Array:
    """Float64 ``(rows, channels)``, or one row by schedule: the largest sums of one projection."""
    mix, weight = a.projection.mix, np.abs(a.projection.weight).sum(axis=1)
    rows = [mix.row_total] if isinstance(mix, Schedule) else mix.sum(axis=1)
    reach: Array = np.outer(rows, weight) * (a.payload_max / a.payload_scale)
    return reach


def _relay_limits(into: Sequence[Afferent]) -> Array | float:
    """Float64 ``(channels,)``: the scale at which a relay's states or its payloads are full."""
    limits: Array | float = np.inf
    for outlet in outlets(into):
        sums = _largest_sums([a for a in into if a.through is outlet])
        state = fx.STATE_MAX / np.maximum(sums, _TINY)
        payload = outlet.payload_max / np.maximum(_ROOM * outlet.largest, _TINY)
        limits = np.minimum(limits, np.minimum(state, payload) * outlet.gain)
    return limits


def outlets(into: Sequence[Afferent]) -> tuple[Outlet, ...]:
    """The relays among the ways in, each once."""
    found = {a.through.relay.name: a.through for a in into if a.through is not None}
    return tuple(found.values())


def edges_share(into: Sequence[Afferent]) -> float:
    """The share of a sum's room that relays' edges take."""
    return EDGES_SHARE if outlets(into) else 0.0
