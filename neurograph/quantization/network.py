"""Quantisation: a float network in the integers that a chip holds, by what spikes show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Choice, Network, NeuronScale, QNetwork, Scheme, WeightGrid
from neurograph.ir.quantisation import SchemeFrom
from neurograph.ir.rounding import check_ranges, round_network
from neurograph.quantization.calibration import Calibration, run_floats
from neurograph.quantization.comparator import SpikeComparator
from neurograph.quantization.errors import quantisation_errors
from neurograph.quantization.explain import given_choices, population_choices, stream_choices
from neurograph.quantization.population import ScaleSearch
from neurograph.quantization.scale_limits import Afferent
from neurograph.quantization.streams import choose_streams
from neurograph.runtime.engine import IntegerArithmetic, Simulation, simulate

_SPLIT_WORTH = 0.9  # signs are split where that leaves at most this share of the changed spikes


def quantize(
    network: Network,
    profile: HardwareProfile,
    calibration: Mapping[str, Array],
    *,
    weight_bits: int = 8,
    feature_bits: int = 8,
    scheme: Scheme | None = None,
) -> QNetwork:
    """Round a network to integers, at the scales that change the fewest calibration spikes.

    Each choice is made on its own: the clip of a stream and whether its mean rounding error
    travels beside it, by the spikes that its payloads change; the scale of a population (of each
    channel, where the chip runs a neuron program), the exponents of the projections into it and
    whether their signs are split, by the spikes that its integers change. Only scales are tried at
    which no input at all can make a current wrap. The readout is rounded to a power-of-two grid,
    on which its sums are exact, wherever it runs (`readout_on_chip`). Deterministic.

    Args:
        calibration: per stream, real values ``(nodes, steps, rows, channels)`` of training
            nodes; some hundred are enough.
        weight_bits: 2 to 8, sign included.
        feature_bits: payload width of real-valued streams.
        scheme: use this one, in which the network was trained; the widths are its own.

    Returns:
        The integer network; its `errors` say what the integers cost, its `choices` why.

    Raises:
        NetworkError: widths beyond the profile's, calibration that is empty or does not fit, a
            population that no scale fits, or one that quantisation silences.
    """
    if scheme is None:
        check_bits(network, profile, weight_bits, feature_bits)
        made = _choose(network, calibration, weight_bits, feature_bits)
        scheme, choices, activity = made.scheme, made.choices, made.activity
        scheme_from: SchemeFrom = "calibration"
    else:
        activity, choices = run_floats(network, calibration), given_choices(scheme)
        scheme_from = "training"
    measured = Calibration(
        network=network, inputs=calibration, activity=activity, streams=scheme.streams
    )
    quantized = round_network(network, scheme)
    check_ranges(quantized)
    integers = _run(quantized, measured)
    _check_alive(activity, integers)
    errors = quantisation_errors(measured, scheme, quantized, integers)
    return replace(quantized, errors=errors, choices=choices, scheme_from=scheme_from)


def choose_scheme(
    network: Network,
    profile: HardwareProfile,
    calibration: Mapping[str, Array],
    *,
    weight_bits: int = 8,
    feature_bits: int = 8,
) -> tuple[Scheme, tuple[Choice, ...]]:
    """The scales that `quantize` chooses, and why; arguments and errors as there."""
    check_bits(network, profile, weight_bits, feature_bits)
    made = _choose(network, calibration, weight_bits, feature_bits)
    return made.scheme, made.choices


@dataclass(frozen=True, eq=False, kw_only=True)
class _Made:
    scheme: Scheme
    choices: tuple[Choice, ...]
    activity: Simulation


def _choose(
    network: Network, calibration: Mapping[str, Array], weight_bits: int, feature_bits: int
) -> _Made:
    activity = run_floats(network, calibration)
    chosen = choose_streams(network, calibration, feature_bits)
    measured = Calibration(
        network=network,
        inputs=calibration,
        activity=activity,
        streams=tuple(s for c in chosen.values() for s in c.streams),
    )
    scales: dict[str, NeuronScale] = {}
    grids: dict[str, WeightGrid] = {}
    choices = [*stream_choices(chosen)]
    for population in network.populations:
        search = ScaleSearch(
            population=population,
            afferents=_afferents(measured, population.name),
            comparator=SpikeComparator(measured, population.name),
            updates=network.updates,
            bits=weight_bits,
        )
        whole, split = search.best(split=False), search.best(split=True)
        best = split if split.total < _SPLIT_WORTH * whole.total else whole
        scales[population.name] = search.scale(best.scales)
        grids.update(best.grids)
        choices += population_choices(search, whole, split, best)
    order = [j.name for j in measured.extended.projections]
    scheme = Scheme(
        streams=measured.streams,
        populations=scales,
        projections={name: grids[name] for name in order},
    )
    return _Made(scheme=scheme, choices=tuple(choices), activity=activity)


def _afferents(measured: Calibration, population: str) -> list[Afferent]:
    streams = {s.name: s for s in measured.streams}
    found = []
    for j in measured.extended.projections:
        if j.target == population:
            stream = streams.get(j.source)
            found.append(
                Afferent(
                    projection=j,
                    payload_scale=stream.scale if stream else 1.0,
                    payload_max=stream.payload_max if stream else 1,
                    mean=bool(stream and stream.mean_of),
                )
            )
    return found


def _run(quantized: QNetwork, measured: Calibration) -> Simulation:
    count = measured.activity.count
    return simulate(quantized, measured.payloads, count, IntegerArithmetic(quantized))


def _check_alive(activity: Simulation, integers: Simulation) -> None:
    """Raise NetworkError, naming every layer that fires in floats and never in integers."""
    dead = [
        f"{name}: quantisation silences it: on the calibration nodes the float network fires at "
        f"{spikes.mean():.2%}, the integers never"
        for name, spikes in activity.spikes.items()
        if spikes.any() and not integers.spikes[name].any()
    ]
    if dead:
        raise NetworkError(f"{'; '.join(dead)}; use more weight or feature bits")


def check_bits(
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
