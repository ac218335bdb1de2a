"""What quantisation cost, as numbers that the report prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    Cause,
    Population,
    Projection,
    QNetwork,
    QPopulation,
    QStream,
    QuantisationError,
    Readout,
    Schedule,
    Scheme,
)
from neurograph.ir.rounding import Rounded, by_entries, round_projections, weight_of_all
from neurograph.quantization.calibration import Calibration, decode, run_floats
from neurograph.quantization.comparator import SpikeComparator
from neurograph.quantization.heard_payloads import handing_on, heard_payloads
from neurograph.quantization.site import relays_along
from neurograph.runtime.engine import Simulation

_SHARE = "per step"


def quantisation_errors(
    measured: Calibration, scheme: Scheme, quantized: QNetwork, integers: Simulation
) -> tuple[QuantisationError, ...]:
    """Everything that the integers cost, in the network's order; see the functions below."""
    rounded = round_projections(measured.extended, scheme)
    network, held = measured.network, quantized.readout
    assert isinstance(held, Readout), "a readout moves onto the chip after it was rounded"
    features = [s for s in scheme.streams if not s.mean_of]
    populations = zip(network.spiking, quantized.spiking, strict=True)
    return (
        *(x for s in features for x in stream_errors(s, measured.inputs[s.name][measured.judging])),
        *(x for p, held in populations for x in population_errors(p, held)),
        *(x for j in measured.extended.projections for x in _errors_of(j, rounded[j.name])),
        *readout_errors(network.readout, held),
        *activity_errors(measured, integers),
        *cause_errors(measured, quantized, rounded),
    )


def stream_errors(stream: QStream, x: Array) -> list[QuantisationError]:
    """Values that the payload's width clips, and the error of the decoded values."""
    values = np.asarray(x, np.float32)
    clipped = np.abs(np.rint(values * np.float32(stream.scale))) > stream.payload_max
    error = stream.encode(values) / np.float32(stream.scale) - values
    name = stream.name
    return [
        QuantisationError(
            where=name,
            what="features clipped",
            cause=Cause.FEATURES_CLIPPED,
            amount=int(np.count_nonzero(clipped)),
            total=values.size,
            unit="values",
        ),
        QuantisationError(
            where=name,
            what="rms error of features",
            amount=_rms(error),
            total=_rms(values),
            unit="feature",
        ),
    ]


def _errors_of(projection: Projection, held: Rounded) -> list[QuantisationError]:
    return (entry_errors if by_entries(projection) else weight_errors)(projection, held)


def entry_errors(projection: Projection, held: Rounded) -> list[QuantisationError]:
    """Entries along edges that became zero, and the error in all, each counted once per node."""
    wanted, got = projection.mix, [p for p in held.pieces if isinstance(p.mix, Schedule)]
    assert isinstance(wanted, Schedule)
    unit = weight_of_all(projection) * held.gain
    values = [
        (
            getattr(wanted, kind),
            np.sum([getattr(p.mix, kind) * 2.0**p.exponent for p in got], axis=0) / unit,
        )
        for kind in ("of_so_far", "of_new", "of_self")
    ]
    floats, integers = (np.concatenate([v[i].ravel() for v in values]) for i in (0, 1))
    present = floats != 0
    return [
        QuantisationError(
            where=projection.name,
            what="entries rounded to zero",
            cause=Cause.WEIGHTS_ZEROED,
            amount=int(np.count_nonzero(integers[present] == 0)),
            total=int(np.count_nonzero(present)),
            unit="entries",
        ),
        QuantisationError(
            where=projection.name,
            what="rms error of entries",
            cause=Cause.WEIGHTS_ROUNDED,
            amount=_rms((integers - floats)[present]) if present.any() else 0.0,
            total=_rms(floats[present]) if present.any() else 0.0,
            unit="entry",
        ),
    ]


def weight_errors(projection: Projection, held: Rounded) -> list[QuantisationError]:
    """Non-zero weights that became zero, weights that were clipped, and the error in all."""
    weight, name = projection.weight, projection.name
    present = int(np.count_nonzero(weight))
    gone = int(np.count_nonzero((weight != 0) & (held.decoded == 0)))
    clipped = int(np.count_nonzero(~held.inside))
    return [
        QuantisationError(
            where=name,
            what="weights rounded to zero",
            cause=Cause.WEIGHTS_ZEROED,
            amount=gone,
            total=present,
            unit="weights",
        ),
        QuantisationError(
            where=name,
            what="weights clipped",
            cause=Cause.WEIGHTS_CLIPPED,
            amount=clipped,
            total=present,
            unit="weights",
        ),
        QuantisationError(
            where=name,
            what="rms error of weights",
            cause=Cause.WEIGHTS_ROUNDED,
            amount=_rms(held.decoded - weight),
            total=_rms(weight),
            unit="weight",
        ),
    ]


def population_errors(population: Population, held: QPopulation) -> list[QuantisationError]:
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
    errors = [
        QuantisationError(
            where=held.name,
            what=what,
            amount=float(np.max(np.abs(got - want))),
            total=want,
            unit=unit_of,
        )
        for what, got, want, unit_of in pairs
    ]
    error = held.bias / unit - population.bias
    errors.append(
        QuantisationError(
            where=held.name,
            what="rms error of biases",
            amount=_rms(error),
            total=_rms(population.bias),
            unit="v",
        )
    )
    return errors


def readout_errors(wanted: Readout, held: Readout) -> list[QuantisationError]:
    """The error of the readout's weights and biases on their grid."""
    return [
        QuantisationError(
            where="readout",
            what="rms error of weights",
            cause=Cause.WEIGHTS_ROUNDED,
            amount=_rms(held.weight - wanted.weight),
            total=_rms(wanted.weight),
            unit="weight",
        ),
        QuantisationError(
            where="readout",
            what="rms error of biases",
            amount=_rms(held.bias - wanted.bias),
            total=_rms(wanted.bias),
            unit="logit",
        ),
    ]


def activity_errors(measured: Calibration, held: Simulation) -> list[QuantisationError]:
    """Per population, spikes that differ from the float run, and membranes that end saturated."""
    errors = []
    for name, spikes in measured.activity.spikes.items():
        differ = (spikes != held.spikes[name])[measured.judging]
        saturated = np.abs(held.final[name]["v"][measured.judging]) == fx.STATE_MAX
        errors += [
            QuantisationError(
                where=name,
                what="spikes that differ on calibration nodes",
                cause=Cause.SPIKES_DIFFER,
                amount=int(differ.sum()),
                total=differ.size,
                unit="spikes",
            ),
            QuantisationError(
                where=name,
                what="membranes saturated after the last step",
                cause=Cause.MEMBRANES_SATURATED,
                amount=int(saturated.sum()),
                total=saturated.size,
                unit="neurons",
            ),
        ]
    return errors


def cause_errors(
    measured: Calibration, quantized: QNetwork, rounded: Mapping[str, Rounded]
) -> list[QuantisationError]:
    """Per population, spikes that change where only features, or only its integers, are rounded.

    Its own integers are compared on the very payloads, against floats that hear what those stand
    for, so that neither cause counts for the other.
    """
    decoded, beside = _decoded(measured)
    beside = _hearing(beside, quantized, rounded)
    relays = {p.name: p for p in quantized.populations if p.neuron.graded}
    found = []
    for p in quantized.spiking:
        wanted = measured.activity.spikes[p.name][measured.few]
        along = [relays[r.name] for r in relays_along(measured.network, p.name)]
        ends = {p.name, *(r.name for r in along)}
        pieces = {
            j.name: rounded[j.name].pieces
            for j in measured.extended.projections
            if j.target in ends
        }
        own = SpikeComparator(beside, p.name).changed(p, pieces, along)
        found += [
            QuantisationError(
                where=p.name,
                what="spikes that payloads alone change",
                cause=Cause.PAYLOADS_ALONE,
                amount=int(np.count_nonzero(wanted != decoded.spikes[p.name][beside.few])),
                total=wanted.size,
                unit="spikes",
            ),
            QuantisationError(
                where=p.name,
                what="spikes that its own integers alone change",
                cause=Cause.OWN_INTEGERS_ALONE,
                amount=int(own.sum()),
                total=wanted.size,
                unit="spikes",
            ),
        ]
    return found


def _decoded(measured: Calibration) -> tuple[Simulation, Calibration]:
    """The float run on what payloads stand for: of few nodes, or of all that hear each other."""
    alone = measured.network.nodes is None
    of = measured.few if alone else slice(None)
    inputs = {name: x[of] for name, x in measured.inputs.items()}
    decoded = run_floats(measured.extended, decode(measured.streams, inputs))
    return decoded, replace(measured, inputs=inputs, activity=decoded)


def _hearing(
    beside: Calibration, quantized: QNetwork, rounded: Mapping[str, Rounded]
) -> Calibration:
    """With what relays send in integers that hear along edges, and hand on."""
    relays = {p.name: p for p in quantized.populations}
    for name in handing_on(beside.network):
        into = [j.name for j in beside.extended.projections if j.target == name]
        sent = heard_payloads(beside, relays[name], {n: rounded[n].pieces for n in into})
        beside = beside.with_heard(sent)
    return beside


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values), dtype=np.float64)))
