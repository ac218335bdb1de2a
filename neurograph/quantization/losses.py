"""What quantisation took, as numbers that the report prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    Loss,
    Population,
    Projection,
    QNetwork,
    QPopulation,
    QStream,
    Readout,
    Scheme,
)
from neurograph.ir.rounding import Rounded, round_projections
from neurograph.quantization.calibration import Calibration, decode, judged, run_floats
from neurograph.quantization.evidence import (
    CLIPPED,
    DIFFER,
    FEATURES_CLIPPED,
    OWN_INTEGERS_ALONE,
    PAYLOADS_ALONE,
    ZEROED,
)
from neurograph.quantization.judge import Judge
from neurograph.runtime.record import RunRecord

_SHARE = "per step"


def losses(
    measured: Calibration, scheme: Scheme, quantized: QNetwork, integers: RunRecord
) -> tuple[Loss, ...]:
    """Everything that the integers cost, in the network's order; see the functions below."""
    rounded = round_projections(measured.extended, scheme)
    network, held = measured.network, quantized.readout
    assert isinstance(held, Readout), "a readout moves onto the chip after it was rounded"
    features = [s for s in scheme.streams if not s.mean_of]
    populations = zip(network.populations, quantized.populations, strict=True)
    return (
        *(x for s in features for x in stream_losses(s, measured.inputs[s.name])),
        *(x for p, held in populations for x in population_losses(p, held)),
        *(x for j in measured.extended.projections for x in weight_losses(j, rounded[j.name])),
        *readout_losses(network.readout, held),
        *activity_losses(measured.activity, integers),
        *cause_losses(measured, quantized, rounded),
    )


def stream_losses(stream: QStream, x: Array) -> list[Loss]:
    """Values that the payload's width clips, and the error of the decoded values."""
    values = np.asarray(x, np.float32)
    clipped = np.abs(np.rint(values * np.float32(stream.scale))) > stream.payload_max
    error = stream.encode(values) / np.float32(stream.scale) - values
    name = stream.name
    return [
        Loss(
            where=name,
            what=FEATURES_CLIPPED,
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


def weight_losses(projection: Projection, held: Rounded) -> list[Loss]:
    """Non-zero weights that became zero, weights that were clipped, and the error in all."""
    weight, name = projection.weight, projection.name
    present = int(np.count_nonzero(weight))
    gone = int(np.count_nonzero((weight != 0) & (held.decoded == 0)))
    clipped = int(np.count_nonzero(~held.inside))
    return [
        Loss(where=name, what=ZEROED, amount=gone, total=present, unit="weights"),
        Loss(where=name, what=CLIPPED, amount=clipped, total=present, unit="weights"),
        Loss(
            where=name,
            what="rms error of weights",
            amount=_rms(held.decoded - weight),
            total=_rms(weight),
            unit="weight",
        ),
    ]


def population_losses(population: Population, held: QPopulation) -> list[Loss]:
    """How far the integer neuron's constants are from the float ones.

    Of constants that differ per channel, the largest error; where scales do, `what` says so.
    """
    wanted, neuron = population.neuron, held.neuron
    one, unit = fx.DECAY_ONE, held.unit  # unit: per channel
    each = isinstance(held.scale, tuple)
    rounded = "rounded, largest over channels" if each else "rounded"
    pairs: list[tuple[str, Array | float, float, str]] = [
        ("current decay rounded", (neuron.current_decay + 1) / one, wanted.current_decay, _SHARE),
        ("voltage decay rounded", neuron.voltage_decay / one, wanted.voltage_decay, _SHARE),
        (f"threshold {rounded}", held.theta / unit, wanted.threshold, "v"),
    ]
    if "theta" in wanted.states:
        decay = neuron.threshold_decay / one
        pairs += [
            ("threshold decay rounded", decay, wanted.threshold_decay, _SHARE),
            (f"threshold step {rounded}", held.theta_step / unit, wanted.threshold_step, "v"),
        ]
    losses = [
        Loss(
            where=held.name,
            what=what,
            amount=float(np.max(np.abs(got - want))),
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
            (DIFFER, spikes != held.spikes[name], "spikes"),
            ("membranes saturated after the last step", np.abs(v) == fx.STATE_MAX, "neurons"),
        ]
        losses += [
            Loss(where=name, what=what, amount=int(where.sum()), total=where.size, unit=unit)
            for what, where, unit in pairs
        ]
    return losses


def cause_losses(
    measured: Calibration, quantized: QNetwork, rounded: Mapping[str, Rounded]
) -> list[Loss]:
    """Per population, spikes that change where only features, or only its integers, are rounded.

    Its own integers are judged on the very payloads, against floats that hear what those stand
    for, so that neither cause counts for the other.
    """
    of = judged(len(measured.activity.nodes))
    few = {name: x[of] for name, x in measured.inputs.items()}
    decoded = run_floats(measured.extended, decode(measured.streams, few))
    beside = replace(measured, inputs=few, activity=decoded)
    found = []
    for p in quantized.populations:
        wanted = measured.activity.spikes[p.name][of]
        into = [j.name for j in measured.extended.projections if j.target == p.name]
        own = Judge(beside, p.name).changed(p, {n: rounded[n].parts for n in into})
        by_payloads = int(np.count_nonzero(wanted != decoded.spikes[p.name]))
        for what, amount in ((PAYLOADS_ALONE, by_payloads), (OWN_INTEGERS_ALONE, int(own.sum()))):
            found.append(
                Loss(where=p.name, what=what, amount=amount, total=wanted.size, unit="spikes")
            )
    return found


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values), dtype=np.float64)))
