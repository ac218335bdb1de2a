"""Quantisation: a float network in the integers that a chip holds, by what spikes show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Choice, Network, QNetwork, Scheme
from neurograph.ir.passes.relays import with_relays
from neurograph.ir.quantisation import SchemeFrom
from neurograph.ir.rounding import check_ranges, round_network
from neurograph.quantization.calibration import Calibration, run_floats
from neurograph.quantization.choose import Widths, choose
from neurograph.quantization.errors import quantisation_errors
from neurograph.quantization.explain import given_choices
from neurograph.runtime.engine import IntegerArithmetic, Simulation, simulate


def quantize(
    network: Network,
    profile: HardwareProfile,
    calibration: Mapping[str, Array],
    *,
    weight_bits: int = 8,
    feature_bits: int = 8,
    scheme: Scheme | None = None,
    judges: Array | None = None,
) -> QNetwork:
    """The network of `quantize_by`, which see for arguments and errors."""
    made, _ = quantize_by(
        network,
        profile,
        calibration,
        weight_bits=weight_bits,
        feature_bits=feature_bits,
        scheme=scheme,
        judges=judges,
    )
    return made


def quantize_by(
    network: Network,
    profile: HardwareProfile,
    calibration: Mapping[str, Array],
    *,
    weight_bits: int = 8,
    feature_bits: int = 8,
    scheme: Scheme | None = None,
    judges: Array | None = None,
) -> tuple[QNetwork, Scheme]:
    """Round a network to integers, at the scales that change the fewest calibration spikes.

    Each choice is made on its own: the clip of a stream and whether its mean rounding error
    travels beside it, by the spikes that its payloads change; the scale of a population (of each
    channel, where the chip runs a neuron program), the exponents of the projections into it and
    whether their signs are split, by the spikes that its integers change. Only scales are tried at
    which no input at all can make a current wrap. The readout is rounded to a power-of-two grid,
    on which its sums are exact, wherever it runs (`readout_on_chip`). Deterministic.

    Of a network whose nodes hear each other, each projection along edges gets a relay, before or
    behind its weights, whichever takes fewer operations; it is judged by the spikes that it leads
    to. Entries of edges become integers of up to 8 bits, in pieces of several exponents, so that
    hubs keep theirs; a payload gets as few bits, and leaves out as much, as hardly changes a spike.

    Args:
        calibration: per stream, real values ``(nodes, steps, rows, channels)`` of training
            nodes; some hundred are enough. Of all nodes, where they hear each other.
        weight_bits: 2 to 8, sign included.
        feature_bits: payload width of real-valued streams.
        scheme: use this one, in which the network was trained; the widths are its own.
        judges: ids of the training nodes, by whose spikes everything is chosen, where nodes hear
            each other; default, all.

    Returns:
        The integer network; its `errors` say what the integers cost, its `choices` why. And the
        scheme by which it was rounded.

    Raises:
        NetworkError: widths beyond the profile's, calibration that is empty or does not fit, a
            population that no scale fits, or one that quantisation silences; entries of edges
            that differ by more than synapses hold.
    """
    if scheme is None:
        check_bits(network, profile, weight_bits, feature_bits)
        widths = Widths.on(profile, weight_bits, feature_bits)
        made = choose(network, calibration, widths, _judges(network, judges))
        scheme, choices, activity = made.scheme, made.choices, made.activity
        scheme_from: SchemeFrom = "calibration"
    else:
        activity, choices = run_floats(network, calibration), given_choices(scheme)
        scheme_from = "training"
    measured = Calibration(
        network=with_relays(network, scheme.first),
        inputs=calibration,
        activity=activity,
        streams=scheme.streams,
        judges=_judges(network, judges),
    )
    quantized = round_network(network, scheme)
    check_ranges(quantized)
    integers = _run(quantized, measured)
    _check_alive(activity, integers)
    errors = quantisation_errors(measured, scheme, quantized, integers)
    whole = replace(quantized, errors=errors, choices=choices, scheme_from=scheme_from)
    return whole, scheme


def choose_scheme(
    network: Network,
    profile: HardwareProfile,
    calibration: Mapping[str, Array],
    *,
    weight_bits: int = 8,
    feature_bits: int = 8,
    judges: Array | None = None,
) -> tuple[Scheme, tuple[Choice, ...]]:
    """The scales that `quantize` chooses, and why; arguments and errors as there."""
    check_bits(network, profile, weight_bits, feature_bits)
    widths = Widths.on(profile, weight_bits, feature_bits)
    made = choose(network, calibration, widths, _judges(network, judges))
    return made.scheme, made.choices


def _judges(network: Network, given: Array | None) -> Array | None:
    """Distinct ids of nodes by whose spikes to choose; None: all.

    Raises:
        NetworkError: ids that the network does not have, or none.
    """
    if given is None:
        return None
    ids: Array = np.unique(np.asarray(given, np.int64))
    if network.nodes is None:
        raise NetworkError(
            "judges of a network of one node, needed one whose nodes hear each other; give the "
            "training nodes' inputs alone"
        )
    if not ids.size or ids[0] < 0 or ids[-1] >= network.nodes:
        held = f"{ids[0]} to {ids[-1]}" if ids.size else "none"
        raise NetworkError(
            f"nodes to judge by: {held}, needed some of 0 to {network.nodes - 1}; give the "
            "training nodes"
        )
    return ids


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
