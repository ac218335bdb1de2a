"""Every rule of `check` bites, says what is wrong in full, and lets the rest pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.check import check, mantissa_bits
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DoesNotFitError
from neurograph.ir import (
    LIF,
    QLIF,
    AdaptiveLIF,
    Network,
    Neuron,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QSoftResetLIF,
    SoftResetLIF,
)
from neurograph.testing.builders import PLAIN_LIF, float_layer, float_link, float_network, one_layer
from neurograph.testing.chips import with_limits

LOIHI1, LOIHI2 = load_profile("loihi1"), load_profile("loihi2")


def network(
    neuron: QNeuron = PLAIN_LIF,
    *,
    bits: int = 1,
    weight: tuple[int, ...] = (2, -4, 6),
    repeat: int = 1,
    exponent: int = 0,
    delay: int = 0,
    bias: int = 0,
    bias_exp: int = 0,
) -> QNetwork:
    """Three inputs into two neurons."""
    return one_layer(
        [weight, weight],
        neuron=neuron,
        mix=[[repeat]],
        exponent=exponent,
        delay=delay,
        bias=[bias, 0],
        bias_exp=bias_exp,
        bits=bits,
        steps=2,
        name="x>h",
    )


def before(neuron: Neuron, *, binary: bool) -> Network:
    """The same inputs and neurons before quantisation."""
    layer, link = float_layer("h", 1, 2, neuron), float_link("x", "h", np.ones((2, 3)), name="x>h")
    return float_network([layer], [link], binary=binary, steps=2)


def said(net: Network | QNetwork, profile: HardwareProfile) -> list[str]:
    found = check(net, profile)
    assert all(v.needed > v.limit for v in found)
    return [str(v) for v in found]


@pytest.mark.parametrize("profile", [LOIHI1, LOIHI2], ids=lambda p: p.name)
def test_a_plain_network_fits_both_chips(profile: HardwareProfile) -> None:
    assert check(network(), profile) == ()
    assert check(before(LIF(voltage_decay=0.5, threshold=1), binary=True), profile) == ()


def test_spikenet_fits_loihi_2_and_breaks_every_rule_of_loihi_1_at_once() -> None:
    neuron = QAdaptiveLIF(voltage_decay=4096, threshold=64, threshold_decay=1229, threshold_step=12)
    net = network(neuron, bits=8)
    assert check(net, LOIHI2) == ()
    assert str(DoesNotFitError("loihi1", check(net, LOIHI1))) == (
        "does not fit profile 'loihi1' (3 violations):\n"
        "  h: its adaptive threshold needs 2 AdaptiveLIF neurons, limit 0; "
        "train with --neuron lif, or use a chip with adaptive-threshold neurons\n"
        "  x: a graded input needs 8 bits of spike payload, limit 1; "
        "give it plain spikes (a binary stream), or use a chip with graded spikes\n"
        "  h: its leak needs 4,096 of 4,096 parts of v per step, limit 4,095; "
        "train with a membrane time constant above 1, or use a chip with memoryless ones"
    )


def test_a_float_network_is_told_before_it_is_quantised() -> None:
    neuron = AdaptiveLIF(voltage_decay=1, threshold=1, threshold_decay=0.3, threshold_step=0.2)
    net = before(neuron, binary=False)
    assert check(net, LOIHI2) == ()
    assert [v.what for v in check(net, LOIHI1)] == [
        "its adaptive threshold",
        "a graded input",
        "its leak",
    ]


@pytest.mark.parametrize(
    "net",
    [
        network(QSoftResetLIF(voltage_decay=0, threshold=1)),
        before(SoftResetLIF(voltage_decay=0, threshold=1), binary=True),
    ],
)
def test_a_soft_reset_is_no_hard_one(net: Network | QNetwork) -> None:
    assert check(net, LOIHI2) == ()
    assert said(net, LOIHI1) == [
        "h: its soft reset needs 2 SoftResetLIF neurons, limit 0; "
        "train --model spikenet --neuron lif, or use a chip with soft-reset neurons"
    ]


def test_a_float_lif_without_memory_is_refused_where_the_decay_field_ends() -> None:
    forgetful = LIF(voltage_decay=1, threshold=1)
    slow = LIF(voltage_decay=4095 / 4096, threshold=1)
    assert [v.what for v in check(before(forgetful, binary=True), LOIHI1)] == ["its leak"]
    assert check(before(slow, binary=True), LOIHI1) == ()
    assert check(before(forgetful, binary=True), LOIHI2) == ()


@pytest.mark.parametrize(
    ("net", "limits", "sentence"),
    [
        (
            network(delay=5),
            {"delay_steps": 4},
            "x>h: its delay needs 5 hardware steps, limit 4; "
            "shorten it, or relay it over a population",
        ),
        (
            network(weight=(256 - 2, -2, 2)),
            {"weight_bits": 7},
            "x>h: a weight needs 8 bits, limit 7; quantise with fewer bits",
        ),
        (
            network(exponent=3),
            {"weight_shift_left": 2},
            "x>h: its exponent needs 3 bits to the left, limit 2; quantise for this profile",
        ),
        (
            network(exponent=-3),
            {"weight_shift_right": 2},
            "x>h: its exponent needs 3 bits to the right, limit 2; quantise for this profile",
        ),
        (
            network(QLIF(voltage_decay=0, threshold=1 << 12)),
            {"threshold_bits": 12},
            "h: its threshold needs 13 bits, limit 12; quantise for this profile",
        ),
        (
            network(
                QAdaptiveLIF(
                    voltage_decay=0, threshold=1 << 20, threshold_decay=0, threshold_step=0
                )
            ),
            {"membrane_bits": 21},
            "h: its threshold needs 22 bits, limit 21; quantise for this profile",
        ),
        (
            network(QSoftResetLIF(voltage_decay=0, threshold=(7, 1 << 12))),
            {"threshold_bits": 12, "membrane_bits": 19},
            "h: its threshold needs 20 bits, limit 19; quantise for this profile",
        ),
        (
            network(QSoftResetLIF(voltage_decay=0, threshold=1 << 18, guard_bits=2)),
            {"membrane_bits": 21},
            "h: its threshold needs 22 bits, limit 21; quantise for this profile",
        ),
        (
            network(
                QAdaptiveLIF(
                    voltage_decay=0, threshold=(1 << 20, 9), threshold_decay=0, threshold_step=0
                )
            ),
            {"membrane_bits": 21},
            "h: its threshold needs 22 bits, limit 21; quantise for this profile",
        ),
        (
            network(bias=-8),
            {"bias_mantissa_bits": 4},
            "h: its bias needs 5 bits, limit 4; quantise for this profile",
        ),
        (
            network(bias=1, bias_exp=4),
            {"bias_exponent_bits": 2},
            "h: its bias exponent needs 3 bits, limit 2; quantise for this profile",
        ),
        (
            network(),
            {"synapse_bits_per_core": 26},
            "h: a neuron's input needs 27 bits of a core's memory, limit 26; "
            "give it fewer input channels or sampled neighbours",
        ),
        (
            network(),
            {"axons_in_per_core": 2},
            "h: a neuron's input needs 3 of a core's input axons, limit 2; "
            "give it fewer input channels or sampled neighbours",
        ),
        (
            network(),
            {"neurons_per_core": 1, "cores_per_chip": 1, "chips_per_system": 1},
            "network: one replica needs 2 neurons, limit 1; shrink 'h' (2 neurons)",
        ),
        (
            network(),
            {"synapse_bits_per_core": 30, "cores_per_chip": 1, "chips_per_system": 1},
            "network: one replica needs 54 bits of synaptic memory, limit 30; "
            "shrink 'h' (2 neurons)",
        ),
    ],
)
def test_a_limit_is_told_in_full(net: QNetwork, limits: dict[str, int], sentence: str) -> None:
    chip = replace(LOIHI1, neurons=LOIHI2.neurons)
    told = said(net, with_limits(chip, **limits))
    assert [s for s in told if "wider states" not in s] == [sentence]
    assert check(net, chip) == ()


def test_an_unknown_limit_is_not_checked_and_is_named() -> None:
    blind = with_limits(LOIHI1, delay_steps=None, threshold_bits=None, synapse_bits_per_core=None)
    assert check(network(QLIF(voltage_decay=0, threshold=131071), delay=62), blind) == ()
    assert set(blind.unknown_limits) == {"delay_steps", "threshold_bits", "synapse_bits_per_core"}


@pytest.mark.parametrize(
    ("weight", "repeat", "bits"),
    [
        ((254, -256, 2), 1, 8),  # the whole signed range in steps of 2
        ((254, 252, 2), 1, 7),  # a magnitude in steps of 2
        ((255, 1, 0), 1, 8),
        ((-255, -1, 0), 1, 8),
        ((128, -128, 0), 1, 2),  # +1 and -1 in steps of 128
        ((255, 1, 0), 3, 10),  # 765
        ((-256, 2, 0), 3, 10),  # -384 and 3
        ((0, 0, 0), 1, 0),
    ],
)
def test_mantissa_bits(weight: tuple[int, ...], repeat: int, bits: int) -> None:
    (projection,) = network(weight=weight, repeat=repeat).projections
    assert mantissa_bits(projection) == bits


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (
            {"current_bits": 16},
            "h: its current needs 24 bits, limit 16; use a chip with wider states",
        ),
        (
            {"membrane_bits": 23},
            "h: its membrane needs 24 bits, limit 23; use a chip with wider states",
        ),
        ({"decay_bits": 8}, "h: its decay needs 12 bits, limit 8; use a chip with finer decays"),
        (
            {"threshold_shift": 4},
            "h: its fixed neuron needs 6 bits of shift between sum and threshold, limit 4; use a "
            "neuron program (adaptive or soft reset), or another chip",
        ),
    ],
)
def test_arithmetic_that_the_chip_does_otherwise(limits: dict[str, int], sentence: str) -> None:
    assert said(network(), with_limits(LOIHI1, **limits)) == [sentence]
