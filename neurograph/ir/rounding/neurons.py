"""Neurons in integers at a given scale."""

from __future__ import annotations

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.ir import NeuronScale, Population, QPopulation


def round_population(population: Population, given: NeuronScale) -> QPopulation:
    """`population` at `given`; its biases become mantissas of the smallest exponent that fits."""
    wanted = population.bias * np.asarray(given.scale) * 2**given.guard_bits
    exponent = 0
    while exponent < fx.BIAS_EXP_MAX and np.abs(wanted).max() > fx.BIAS_MANT_MAX << exponent:
        exponent += 1
    return QPopulation(
        name=population.name,
        rows=population.rows,
        channels=population.channels,
        neuron=population.neuron.rounded(given),
        bias_mant=np.rint(wanted / (1 << exponent)).astype(np.int64),
        bias_exp=exponent,
        scale=given.scale,
        columns=population.columns,
    )
