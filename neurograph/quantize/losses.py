"""What quantisation took, as numbers that the report prints."""

from __future__ import annotations

import numpy as np

from neurograph import fixedpoint as fx
from neurograph.arrays import Array
from neurograph.ir import (
    AdaptiveLIF,
    Loss,
    Population,
    Projection,
    QAdaptiveLIF,
    QPopulation,
    QStream,
    Readout,
)
from neurograph.quantize.weights import Mantissas
from neurograph.record import RunRecord


def stream_losses(stream: QStream, x: Array) -> list[Loss]:
    """Values that the payload's width clips, and the error of the decoded values."""
    values = np.asarray(x, np.float32)
    clipped = np.abs(np.rint(values * np.float32(stream.scale))) > stream.payload_max
    error = stream.encode(values) / np.float32(stream.scale) - values
    name = stream.name
    return [
        Loss(
            where=name,
            what="features clipped",
            amount=int(np.count_nonzero(clipped)),
            total=values.size,
            unit="values",
        ),
        Loss(
            where=name,
            what="rms error of features",
            amount=_rms(error),
            total=_rms(values),
            unit="feature",
        ),
    ]


def weight_losses(projection: Projection, held: Mantissas) -> list[Loss]:
    """Non-zero weights that became zero, weights that were clipped, and the error in all."""
    weight, name = projection.weight, projection.name
    present = int(np.count_nonzero(weight))
    gone = int(np.count_nonzero((weight != 0) & (held.mantissa == 0)))
    return [
        Loss(
            where=name, what="weights rounded to zero", amount=gone, total=present, unit="weights"
        ),
        Loss(
            where=name, what="weights clipped", amount=held.clipped, total=present, unit="weights"
        ),
        Loss(
            where=name,
            what="rms error of weights",
            amount=_rms(held.decoded - weight),
            total=_rms(weight),
            unit="weight",
        ),
    ]


def population_losses(population: Population, held: QPopulation) -> list[Loss]:
    """How far the integer neuron's constants are from the float ones."""
    wanted, neuron = population.neuron, held.neuron
    one, unit = fx.DECAY_ONE, held.scale * (1 << fx.GUARD_BITS)
    pairs = [
        ("current decay", (neuron.current_decay + 1) / one, wanted.current_decay, "per step"),
        ("voltage decay", neuron.voltage_decay / one, wanted.voltage_decay, "per step"),
    ]
    if isinstance(wanted, AdaptiveLIF) and isinstance(neuron, QAdaptiveLIF):
        pairs += [
            ("threshold", neuron.threshold / unit, wanted.threshold, "v"),
            ("threshold decay", neuron.threshold_decay / one, wanted.threshold_decay, "per step"),
            ("threshold step", neuron.threshold_step / unit, wanted.threshold_step, "v"),
        ]
    else:
        pairs.append(("threshold", neuron.threshold / held.scale, wanted.threshold, "v"))
    losses = [
        Loss(
            where=held.name,
            what=f"{what} rounded",
            amount=abs(got - want),
            total=want,
            unit=unit_of,
        )
        for what, got, want, unit_of in pairs
    ]
    error = held.bias / unit - population.bias
    losses.append(
        Loss(
            where=held.name,
            what="rms error of biases",
            amount=_rms(error),
            total=_rms(population.bias),
            unit="v",
        )
    )
    return losses


def readout_losses(wanted: Readout, held: Readout) -> list[Loss]:
    """The error of the readout's weights and biases on their grid."""
    pairs = [
        ("weight", "weights", held.weight, wanted.weight),
        ("logit", "biases", held.bias, wanted.bias),
    ]
    return [
        Loss(
            where="readout",
            what=f"rms error of {what}",
            amount=_rms(got - want),
            total=_rms(want),
            unit=unit,
        )
        for unit, what, got, want in pairs
    ]


def activity_losses(activity: RunRecord, held: RunRecord) -> list[Loss]:
    """Per population, spikes that differ from the float run, and membranes that end saturated."""
    losses = []
    for name, spikes in activity.spikes.items():
        v = held.final[name]["v"]
        pairs = [
            ("spikes that differ on calibration nodes", spikes != held.spikes[name], "spikes"),
            ("membranes saturated after the last step", np.abs(v) == fx.STATE_MAX, "neurons"),
        ]
        losses += [
            Loss(where=name, what=what, amount=int(where.sum()), total=where.size, unit=unit)
            for what, where, unit in pairs
        ]
    return losses


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values), dtype=np.float64)))
