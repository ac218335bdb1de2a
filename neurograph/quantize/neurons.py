"""Neurons in integers at a given scale, and what rounding their constants changes."""

from __future__ import annotations

import numpy as np

from neurograph import fixedpoint as fx
from neurograph.ir import (
    LIF,
    QLIF,
    AdaptiveLIF,
    Neuron,
    Population,
    QAdaptiveLIF,
    QNeuron,
    QPopulation,
    QSoftResetLIF,
    SoftResetLIF,
)

_GUARD = 1 << fx.GUARD_BITS


def largest_scale(population: Population) -> float:
    """The largest scale at which threshold and bias still have room, with a margin to round."""
    neuron = population.neuron
    bias = float(np.abs(population.bias).max()) * _GUARD
    room = [(fx.BIAS_MANT_MAX << fx.BIAS_EXP_MAX) / bias] if bias else []
    match neuron:
        case AdaptiveLIF(threshold=start, threshold_step=step, threshold_decay=decay):
            fixed_point = step * fx.DECAY_ONE / max(round(decay * fx.DECAY_ONE), 1)
            room.append(fx.STATE_MAX / (max(start + step, fixed_point) * _GUARD))
        case SoftResetLIF() | LIF():
            room.append(fx.THRESHOLD_MAX / neuron.threshold)
    return min(room) * 0.99


def quantize_neuron(neuron: Neuron, scale: float) -> QNeuron:
    """The nearest integer neuron; `scale` is in units of a synaptic sum per float unit."""
    # the chip lets u decay by one 4096th more than its field says
    du = int(np.clip(round(neuron.current_decay * fx.DECAY_ONE) - 1, 0, fx.DECAY_ONE - 1))
    dv = round(neuron.voltage_decay * fx.DECAY_ONE)
    match neuron:
        case AdaptiveLIF():
            return QAdaptiveLIF(
                current_decay=du,
                voltage_decay=dv,
                threshold=max(round(neuron.threshold * scale * _GUARD), 1),
                threshold_decay=round(neuron.threshold_decay * fx.DECAY_ONE),
                threshold_step=round(neuron.threshold_step * scale * _GUARD),
            )
        case SoftResetLIF():
            vth = max(round(neuron.threshold * scale), 1)
            return QSoftResetLIF(current_decay=du, voltage_decay=dv, threshold=vth)
        case LIF():
            vth = max(round(neuron.threshold * scale), 1)
            return QLIF(current_decay=du, voltage_decay=min(dv, 4095), threshold=vth)


def quantize_population(population: Population, scale: float) -> QPopulation:
    """`population` at `scale`; its biases become mantissas of the smallest exponent that fits."""
    wanted = population.bias * (scale * _GUARD)
    exponent = 0
    while np.abs(wanted).max() > fx.BIAS_MANT_MAX << exponent:
        exponent += 1
    return QPopulation(
        name=population.name,
        rows=population.rows,
        channels=population.channels,
        neuron=quantize_neuron(population.neuron, scale),
        bias_mant=np.rint(wanted / (1 << exponent)).astype(np.int16),
        bias_exp=exponent,
        scale=scale,
    )
