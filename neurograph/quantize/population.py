"""The scale of a population: what its weights, threshold and bias share in integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurograph import fixedpoint as fx
from neurograph.arrays import Array
from neurograph.errors import NetworkError
from neurograph.ir import Population, QPopulation
from neurograph.ir.bounds import Term, largest_sum
from neurograph.quantize.calibration import Afferent
from neurograph.quantize.neurons import largest_scale, quantize_population
from neurograph.quantize.weights import Mantissas, mantissas, smallest_exponent

_PER_OCTAVE, _OCTAVES = 16, 3  # tried scales, from the largest downwards
_WORTH = 2.0  # v saturates where u wraps: its proof may cost this factor of resolution, not more


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """A population and all projections into it in integers of one scale.

    Attributes:
        weights: per afferent. noise: expected squared error of a synaptic sum, in float units.
        largest_sum: proven bound of the sum over all projections.
    """

    population: QPopulation
    weights: tuple[Mantissas, ...]
    noise: float
    largest_sum: int


def fit_population(
    population: Population, afferents: Sequence[Afferent], updates: int, bits: int
) -> Fit:
    """The scale of the least noise among those at which no input can make u leave its 24 bits.

    v is kept inside by proof, too, where its memory is short; a longer one may saturate.

    Raises:
        NetworkError: no scale fits.
    """
    room = (fx.STATE_MAX >> fx.GUARD_BITS) / _largest_float_sum(afferents)
    top = min(largest_scale(population), room)
    scales = top * 2.0 ** (-np.arange(_OCTAVES * _PER_OCTAVE + 1) / _PER_OCTAVE)
    fits = [fit_at(population, afferents, float(scale), bits) for scale in scales]
    allowed = [f for f in fits if f and stays_inside(f.population, f.largest_sum, updates)]
    if not allowed:
        raise NetworkError(
            f"{population.name}: at no scale do its synaptic sums stay within 24 bits and its "
            f"weight exponents within {fx.WEIGHT_EXP_MAX}; use fewer feature bits, a shorter "
            "memory of the current, or smaller weights"
        )
    return min(allowed, key=lambda fit: fit.noise)


def stays_inside(population: QPopulation, largest_sum: int, updates: int) -> bool:
    """Whether synaptic sums of at most `largest_sum` provably keep u inside its 24 bits.

    And v, where its proof costs at most the factor `_WORTH`: v saturates where u would wrap.
    """
    neuron = population.neuron
    u = (largest_sum << fx.GUARD_BITS) * _piled(neuron.current_decay + 1, updates)
    pile = _piled(neuron.voltage_decay, updates)
    v = (u + float(np.abs(population.bias).max())) * pile if pile <= _WORTH else 0.0
    return max(u, v) <= fx.STATE_MAX


def fit_at(
    population: Population, afferents: Sequence[Afferent], scale: float, bits: int
) -> Fit | None:
    """Weights of `bits` bits at one scale; None where an exponent leaves the chip's range."""
    chosen: list[Mantissas] = []
    parts: list[Term] = []
    noise = 0.0
    for a in afferents:
        weight, gain = a.projection.weight, scale / a.payload_scale
        if (exponent := smallest_exponent(weight, gain, bits)) > fx.WEIGHT_EXP_MAX:
            return None
        # half the range is finer but clips the largest weights; at few bits that can be better
        exponents = (exponent, exponent - 1) if exponent > fx.WEIGHT_EXP_MIN else (exponent,)
        tried = [mantissas(weight, gain, bits, e) for e in exponents]
        errors = [_noise(weight - m.decoded, a.moment) for m in tried]
        best = tried[int(np.argmin(errors))]
        chosen.append(best)
        noise += min(errors)
        if best.exponent < 0:
            noise += 1 / (12 * scale**2)  # the shifted sum is floored to units of 1 / scale
        parts.append(_term(a, best.mantissa, best.exponent))
    return Fit(
        population=quantize_population(population, scale),
        weights=tuple(chosen),
        noise=noise,
        largest_sum=largest_sum(parts),
    )


def _term(afferent: Afferent, weight: Array, exponent: int) -> Term:
    return Term(
        name=afferent.projection.name,
        mix=afferent.projection.mix,
        weight=weight,
        exponent=exponent,
        payload_max=afferent.payload_max,
    )


def _piled(decay: int, updates: int) -> float:
    """Largest state that inputs of at most 1 pile up, ``1 + keep + keep**2 + ...``."""
    keep = 1.0 - decay / fx.DECAY_ONE
    return float(updates) if keep == 1.0 else (1.0 - keep**updates) / (1.0 - keep)


def _noise(error: Array, moment: Array) -> float:
    """Expected ``(error @ x)**2``, averaged over target channels."""
    return float(((error @ moment) * error).sum()) / len(error)


def _largest_float_sum(afferents: Sequence[Afferent]) -> float:
    """The largest synaptic sum in float units, as far as payload widths allow one."""
    sums = sum(
        np.outer(a.projection.mix.sum(axis=1), np.abs(a.projection.weight).sum(axis=1))
        * (a.payload_max / a.payload_scale)
        for a in afferents
    )
    return max(float(np.max(sums)), float(np.finfo(float).tiny))
