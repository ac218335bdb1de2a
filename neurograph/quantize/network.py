"""Post-training quantisation: a float network in the integers that a chip holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from neurograph.arrays import Array
from neurograph.engine import IntegerArithmetic, simulate
from neurograph.errors import NetworkError
from neurograph.ir import Network, Projection, QNetwork, QPopulation, QProjection
from neurograph.profile import HardwareProfile
from neurograph.quantize.calibration import Calibration, calibrate
from neurograph.quantize.losses import (
    activity_losses,
    population_losses,
    readout_losses,
    stream_losses,
    weight_losses,
)
from neurograph.quantize.population import fit_population
from neurograph.quantize.readout import round_readout
from neurograph.quantize.weights import Mantissas
from neurograph.record import RunRecord


def quantize(
    network: Network,
    profile: HardwareProfile,
    calibration: Mapping[str, Array],
    *,
    weight_bits: int = 8,
    feature_bits: int = 8,
) -> QNetwork:
    """Scale every population into the chip's integers, by what the calibration data shows.

    Each real-valued stream is clipped where that changes the fewest spikes. Each population gets
    one scale: that of the least expected error of its synaptic sums, among those at which no
    input at all can make the current wrap. Each projection uses the width of its mantissas at
    that scale. The readout is rounded to a power-of-two grid, on which its sums are exact,
    wherever it runs (`readout_on_chip`). Deterministic.

    Args:
        calibration: per stream, real values ``(targets, steps, rows, channels)`` of training
            nodes; some hundred targets are enough.
        weight_bits: 2 to 8, sign included. feature_bits: payload width of real-valued streams.

    Returns:
        The integer network; its `lost` says what the integers cost.

    Raises:
        NetworkError: widths beyond the profile's, calibration that is empty or does not fit, a
            population that no scale fits, or one that quantisation silences.
    """
    _check_bits(network, profile, weight_bits, feature_bits)
    measured = calibrate(network, calibration, feature_bits)
    lost = [
        loss for s in measured.streams.values() for loss in stream_losses(s, calibration[s.name])
    ]
    populations: list[QPopulation] = []
    projections: dict[str, QProjection] = {}
    for population in network.populations:
        afferents = measured.afferents(population.name)
        fit = fit_population(population, afferents, network.updates, weight_bits)
        populations.append(fit.population)
        lost += population_losses(population, fit.population)
        for afferent, held in zip(afferents, fit.weights, strict=True):
            projection = afferent.projection
            projections[projection.name] = _projection(projection, held)
            lost += weight_losses(projection, held)
    readout = round_readout(network.readout, network.steps, network.latency)
    lost += readout_losses(network.readout, readout)
    quantized = QNetwork(
        streams=tuple(measured.streams.values()),
        populations=tuple(populations),
        projections=tuple(projections[j.name] for j in network.projections),
        readout=readout,
        steps=network.steps,
        latency=network.latency,
    )
    integers = _run(quantized, measured)
    _check_alive(measured.activity, integers)
    return replace(quantized, lost=(*lost, *activity_losses(measured.activity, integers)))


def _projection(projection: Projection, held: Mantissas) -> QProjection:
    return QProjection(
        name=projection.name,
        source=projection.source,
        target=projection.target,
        mix=projection.mix,
        weight=held.mantissa,
        exponent=held.exponent,
        delay=projection.delay,
    )


def _run(quantized: QNetwork, measured: Calibration) -> RunRecord:
    return simulate(
        quantized,
        measured.payloads,
        measured.activity.nodes,
        IntegerArithmetic(quantized),
        target="reference",
        sha256=quantized.sha256,
    )


def _check_alive(activity: RunRecord, integers: RunRecord) -> None:
    for name, spikes in activity.spikes.items():
        if spikes.any() and not integers.spikes[name].any():
            raise NetworkError(
                f"{name}: quantisation silences it: on the calibration nodes the float network "
                f"fires at {spikes.mean():.2%}, the integers never; use more weight or feature bits"
            )


def _check_bits(
    network: Network, profile: HardwareProfile, weight_bits: int, feature_bits: int
) -> None:
    """Raise NetworkError unless the profile offers these widths."""
    _check_width("weights", weight_bits, profile, "weight_bits", "use fewer weight bits")
    for stream in network.streams:
        if not stream.binary:
            _check_width(
                f"{stream.name}: features",
                feature_bits,
                profile,
                "payload_bits",
                "use fewer feature bits, binary features, or a chip with graded spikes",
            )


def _check_width(
    what: str, bits: int, profile: HardwareProfile, limit_name: str, remedy: str
) -> None:
    if bits < 2:
        raise NetworkError(f"{what} of {bits} bits; at least 2, sign included")
    limit = profile.limit(limit_name)
    if limit is not None and bits > limit:
        raise NetworkError(
            f"{what} of {bits} bits, profile '{profile.name}' has {limit:g}; {remedy}"
        )
