"""Whether a chip can express a network: every broken rule at once, each with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from neurograph.chip.capacity import capacity_violations
from neurograph.chip.footprint import AnyNetwork, exceeds, mantissa_bits
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.residents.capacity import resident_violations
from neurograph.core import fixedpoint as fx
from neurograph.core.errors import Violation
from neurograph.ir import Network, Neuron, QNetwork, QNeuron, QPopulation, QProjection, Stream
from neurograph.ir.passes.relays import with_relays

Rule = Callable[[AnyNetwork, HardwareProfile], Iterator[Violation]]


def check(network: AnyNetwork, profile: HardwareProfile) -> tuple[Violation, ...]:
    """Every limit of the chip that the network breaks; empty if it fits.

    A float network is checked for what is decided before quantisation: neuron kinds, graded
    inputs, decays, delays, sizes. A limit that the chip's maker has not published is not checked;
    `profile.unknown_limits` names those, and so does every placement.
    """
    network = with_relays(network) if isinstance(network, Network) else network
    return tuple(violation for rule in RULES for violation in rule(network, profile))


def neuron_kinds(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """A neuron that is not in the chip's list of programs."""
    for p in network.populations:
        neuron, count = p.neuron, p.rows * p.channels
        if neuron.kind not in profile.neurons:
            unit = f"{neuron.kind} neurons"
            yield from exceeds(p.name, neuron.special, count, 0, unit, neuron.remedy)


def payload_widths(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """A graded input on a chip whose spikes carry fewer bits, or none."""
    set_biases = {p.bias_from for p in network.populations if isinstance(p, QPopulation)}
    for s in network.streams:
        if s.name in set_biases:
            continue  # its integers lie in registers, and are no spikes
        # a float stream's width is chosen later: a sign and at least one bit, if it is graded
        bits = (1 if s.binary else 2) if isinstance(s, Stream) else s.bits
        limit, unit = profile.limit("payload_bits"), "bit of spike payload"
        remedy = "give it plain spikes (a binary stream), or use a chip with graded spikes"
        yield from exceeds(s.name, "a graded input", bits, limit, unit, remedy)


def membrane_memory(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """A membrane that forgets faster than the chip's decay field can say."""
    for p in network.populations:
        limit, unit = profile.limit("voltage_decay_max"), f"of {fx.DECAY_ONE:,} parts of v per step"
        remedy = "train with a membrane time constant above 1, or use a chip with memoryless ones"
        yield from exceeds(p.name, "its leak", _voltage_decay(p.neuron), limit, unit, remedy)


def delays(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    for j in network.projections:
        limit, remedy = profile.limit("delay_steps"), "shorten it, or relay it over a population"
        yield from exceeds(j.name, "its delay", j.delay, limit, "hardware steps", remedy)


def weight_widths(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """Weights, times the entries of the row mix, that the chip's mantissa cannot hold."""
    for j in network.projections:
        if isinstance(j, QProjection):
            limit, remedy = profile.limit("weight_bits"), "quantise with fewer bits"
            yield from exceeds(j.name, "a weight", mantissa_bits(j), limit, "bit", remedy)


def exponents(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    for j in network.projections:
        if isinstance(j, QProjection):
            remedy = "quantise for this profile"
            left, right = profile.limit("weight_shift_left"), profile.limit("weight_shift_right")
            yield from exceeds(j.name, "its exponent", j.exponent, left, "bit to the left", remedy)
            yield from exceeds(
                j.name, "its exponent", -j.exponent, right, "bit to the right", remedy
            )


def thresholds(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    for p in network.populations:
        if isinstance(p, QPopulation):
            # a program keeps its threshold as state beside v, the fixed LIF as a mantissa
            fixed = not p.neuron.has_program
            limit = profile.limit("threshold_bits" if fixed else "membrane_bits")
            largest = int(np.max(p.neuron.threshold if fixed else p.theta))  # of all channels
            bits = largest.bit_length() + (not fixed)  # state has a sign
            remedy = "quantise for this profile"
            yield from exceeds(p.name, "its threshold", bits, limit, "bit", remedy)


def biases(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    for p in network.populations:
        if isinstance(p, QPopulation):
            assert isinstance(network, QNetwork), "integer populations are of an integer network"
            largest = int(np.max(network.largest_bias(p) >> p.bias_exp))
            mantissa = largest.bit_length() + 1
            limit, remedy = profile.limit("bias_mantissa_bits"), "quantise for this profile"
            yield from exceeds(p.name, "its bias", mantissa, limit, "bit", remedy)
            limit = profile.limit("bias_exponent_bits")
            exponent = p.bias_exp.bit_length()
            yield from exceeds(p.name, "its bias exponent", exponent, limit, "bit", remedy)


def guard_bits(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """A fixed neuron whose sums and threshold the chip shifts by another number of bits."""
    fixed, limit = fx.GUARD_BITS, profile.limit("threshold_shift")
    for p in network.populations:
        if not p.neuron.has_program and limit is not None and limit != fixed:
            yield Violation(
                where=p.name,
                what="its fixed neuron",
                needed=fixed,
                limit=limit,
                unit="bit of shift between sum and threshold",
                remedy="use a neuron program (adaptive or soft reset), or another chip",
            )


def state_widths(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """Currents and membranes whose arithmetic the reference defines wider than the chip's."""
    for p in network.populations:
        for what, name in (("its current", "current_bits"), ("its membrane", "membrane_bits")):
            remedy = "use a chip with wider states"
            yield from exceeds(p.name, what, fx.STATE_BITS, profile.limit(name), "bit", remedy)


def decay_widths(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """Decays finer than the chip's field."""
    for p in network.populations:
        needed, limit = fx.DECAY_ONE.bit_length() - 1, profile.limit("decay_bits")
        remedy = "use a chip with finer decays"
        yield from exceeds(p.name, "its decay", needed, limit, "bit", remedy)


def capacity(network: AnyNetwork, profile: HardwareProfile) -> Iterator[Violation]:
    """Neurons too large for a core, networks too large for the largest system."""
    if network.nodes is not None:
        yield from resident_violations(network, profile)
    else:
        yield from capacity_violations(network, profile)


RULES: tuple[Rule, ...] = (
    neuron_kinds,
    payload_widths,
    membrane_memory,
    delays,
    weight_widths,
    exponents,
    thresholds,
    biases,
    guard_bits,
    state_widths,
    decay_widths,
    capacity,
)


def _voltage_decay(neuron: Neuron | QNeuron) -> int:
    """Share of v lost per step, in 1/4096."""
    if isinstance(neuron, QNeuron):
        return neuron.voltage_decay
    return round(neuron.voltage_decay * fx.DECAY_ONE)
