"""Neurons in integers at a given scale."""

from __future__ import annotations

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    LIF,
    QLIF,
    AdaptiveLIF,
    Neuron,
    NeuronScale,
    Population,
    QAdaptiveLIF,
    QNeuron,
    QPopulation,
    QSoftResetLIF,
    SoftResetLIF,
)
from neurograph.ir.values import PerChannel


def round_neuron(neuron: Neuron, given: NeuronScale) -> QNeuron:
    """The nearest integer neuron."""
    # the chip lets u decay by one 4096th more than its field says
    du = int(np.clip(round(neuron.current_decay * fx.DECAY_ONE) - 1, 0, fx.DECAY_ONE - 1))
    dv = round(neuron.voltage_decay * fx.DECAY_ONE)
    scale, guard = np.asarray(given.scale), given.guard_bits
    match neuron:
        case AdaptiveLIF():
            return QAdaptiveLIF(
                current_decay=du,
                voltage_decay=dv,
                threshold=_whole(neuron.threshold * scale * 2**guard, least=1),
                threshold_decay=round(neuron.threshold_decay * fx.DECAY_ONE),
                threshold_step=_whole(neuron.threshold_step * scale * 2**guard),
                guard_bits=guard,
            )
        case SoftResetLIF():
            vth = _whole(neuron.threshold * scale, least=1)
            return QSoftResetLIF(
                current_decay=du, voltage_decay=dv, threshold=vth, guard_bits=guard
            )
        case LIF():
            assert not isinstance(given.scale, tuple), "the fixed LIF has one threshold for all"
            vth = max(round(neuron.threshold * given.scale), 1)
            return QLIF(current_decay=du, voltage_decay=min(dv, 4095), threshold=vth)


def _whole(numbers: Array, *, least: int = 0) -> PerChannel:
    """The nearest integer, or integers."""
    held = np.maximum(np.rint(numbers), least).astype(np.int64).tolist()
    return tuple(held) if isinstance(held, list) else held


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
        neuron=round_neuron(population.neuron, given),
        bias_mant=np.rint(wanted / (1 << exponent)).astype(np.int64),
        bias_exp=exponent,
        scale=given.scale,
    )


def programmed(neuron: Neuron) -> bool:
    """Whether a neuron is a program of its own on the chip, with a threshold per neuron."""
    match neuron:
        case AdaptiveLIF() | SoftResetLIF():
            return True
        case LIF():
            return False
