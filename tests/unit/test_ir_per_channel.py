"""Thresholds, steps and scales of integer neurons: one for all channels, or one per channel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QPopulation,
    QSoftResetLIF,
)
from neurograph.testing.builders import (
    constant_readout,
    integer_layer,
    integer_link,
    integer_network,
)

SOFT = {"voltage_decay": 4096}
ADAPTIVE = {"voltage_decay": 4096, "threshold_decay": 1024}


def neurons_of(neuron, channels=3, **changes):
    given = {"name": "h", "rows": 2, "bias_mant": np.zeros(channels, int), **changes}
    return QPopulation(channels=channels, neuron=neuron, **given)


@pytest.mark.parametrize("given", [[1, 2, 3], np.array([1, 2, 3], np.int16), (1, np.int64(2), 3)])
def test_numbers_per_channel_are_tuples_of_python_integers(given):
    soft = QSoftResetLIF(threshold=given, **SOFT)
    adaptive = QAdaptiveLIF(threshold=given, threshold_step=given, **ADAPTIVE)
    assert (
        repr(soft) == "QSoftResetLIF(voltage_decay=4096, threshold=(1, 2, 3), current_decay=4095)"
    )
    assert repr(adaptive.threshold) == repr(adaptive.threshold_step) == "(1, 2, 3)"
    assert hash(soft) == hash(QSoftResetLIF(threshold=(1, 2, 3), **SOFT))


def test_a_population_says_theta_step_and_scale_of_each_channel():
    lif = neurons_of(QLIF(voltage_decay=0, threshold=5))
    soft = neurons_of(QSoftResetLIF(threshold=[5, 6, 7], **SOFT), scale=np.array([0.5, 1.0, 2.0]))
    adaptive = neurons_of(
        QAdaptiveLIF(threshold=[5, 6, 7], threshold_step=9, **ADAPTIVE), scale=[1, 2, 4.5]
    )
    assert [p.theta.tolist() for p in (lif, soft, adaptive)] == [
        [320, 320, 320],
        [320, 384, 448],
        [5, 6, 7],
    ]
    assert [p.theta_step.tolist() for p in (lif, soft, adaptive)] == [[0] * 3, [0] * 3, [9] * 3]
    assert [p.scales.tolist() for p in (lif, soft, adaptive)] == [
        [1.0, 1.0, 1.0],
        [0.5, 1.0, 2.0],
        [1.0, 2.0, 4.5],
    ]
    assert {p.theta.dtype for p in (lif, soft, adaptive)} == {np.dtype(np.int64)}
    assert {p.theta_step.dtype for p in (lif, soft, adaptive)} == {np.dtype(np.int64)}
    assert {p.scales.dtype for p in (lif, soft, adaptive)} == {np.dtype(np.float64)}
    assert repr(soft.scale) == "(0.5, 1.0, 2.0)"


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (
            lambda: QLIF(voltage_decay=0, threshold=[3, 4]),
            "QLIF: threshold for 2 channels, limit one number, which all neurons share; "
            "use QSoftResetLIF or QAdaptiveLIF",
        ),
        (
            lambda: QSoftResetLIF(threshold=(1, 1 << 17), **SOFT),
            "QSoftResetLIF: threshold[1] is 131072, expected an integer 1 to 131071",
        ),
        (
            lambda: QSoftResetLIF(threshold=[3, 2.5], **SOFT),
            "QSoftResetLIF: threshold[1] is 2.5, expected an integer 1 to 131071",
        ),
        (
            lambda: QSoftResetLIF(threshold=[[3], [4]], **SOFT),
            "QSoftResetLIF: threshold[0] is [3], expected an integer 1 to 131071",
        ),
        (
            lambda: QAdaptiveLIF(threshold=(0, 1), threshold_step=0, **ADAPTIVE),
            "QAdaptiveLIF: threshold[0] is 0, expected an integer 1 to 8388607",
        ),
        (
            lambda: QAdaptiveLIF(threshold=1, threshold_step=(0, 0, -1), **ADAPTIVE),
            "QAdaptiveLIF: threshold_step[2] is -1, expected an integer 0 to 8388607",
        ),
        (
            lambda: QAdaptiveLIF(threshold=(1, 2), threshold_step=(1, 2, 3), **ADAPTIVE),
            "QAdaptiveLIF: threshold for 2 channels, threshold_step for 3; needed as many, or one "
            "number for all",
        ),
        (
            lambda: QAdaptiveLIF(threshold=1, threshold_step=(0, 2_097_152), **ADAPTIVE),
            "QAdaptiveLIF: theta of channel 1 can reach 8388608, limit 8388607 (24 bit)",
        ),
        (
            lambda: QAdaptiveLIF(
                threshold=(8_388_607, 8_388_607), threshold_step=(0, 1), **ADAPTIVE
            ),
            "QAdaptiveLIF: theta of channel 1 can reach 8388608, limit 8388607 (24 bit)",
        ),
        (
            lambda: QAdaptiveLIF(threshold=1, threshold_step=2_097_152, **ADAPTIVE),
            "QAdaptiveLIF: theta can reach 8388608, limit 8388607 (24 bit)",
        ),
        (
            lambda: neurons_of(QSoftResetLIF(threshold=(1, 2), **SOFT)),
            "h: threshold for 2 channels, needed 3 or one number for all",
        ),
        (
            lambda: neurons_of(QAdaptiveLIF(threshold=1, threshold_step=(1,), **ADAPTIVE)),
            "h: threshold_step for 1 channels, needed 3 or one number for all",
        ),
        (
            lambda: neurons_of(QSoftResetLIF(threshold=(), **SOFT)),
            "h: threshold for 0 channels, needed 3 or one number for all",
        ),
        (
            lambda: neurons_of(QSoftResetLIF(threshold=1, **SOFT), scale=[1.0, 2.0]),
            "h: scale for 2 channels, needed 3 or one number for all",
        ),
        (
            lambda: neurons_of(QSoftResetLIF(threshold=1, **SOFT), scale=[1.0, 0.0, 2.0]),
            "h: scale[1] is 0.0, expected above 0",
        ),
        (
            lambda: neurons_of(QSoftResetLIF(threshold=1, **SOFT), scale=float("inf")),
            "h: scale is inf, expected above 0",
        ),
    ],
)
def test_numbers_per_channel_that_cannot_be_are_refused(build, told):
    with pytest.raises(NetworkError) as error:
        build()
    assert str(error.value) == told


def test_a_theta_at_its_ceiling_is_held():
    neuron = QAdaptiveLIF(threshold=(8_388_607, 1), threshold_step=(0, 2_097_151), **ADAPTIVE)
    assert neuron.threshold_step == (0, 2_097_151)


def chain(*neurons):
    """x -> a -> b ..: nothing random, so that its fingerprint is the same for ever."""
    names = ["x", *"abc"[: len(neurons)]]
    return integer_network(
        [
            integer_layer(name, 1, 2, neuron, bias=[1, -2], scale=3.5)
            for name, neuron in zip(names[1:], neurons, strict=True)
        ],
        [integer_link(a, b, [[2, -4], [6, 8]], name=f"{a}{b}") for a, b in pairwise(names)],
        bits=8,
        steps=3,
        readout=constant_readout(names[-1], 6, weight=1.0),
    )


def test_fingerprints_of_earlier_deployments_are_still_theirs():
    """Records and deployments on disk name their network by this number."""
    network = chain(
        QLIF(voltage_decay=4095, threshold=9),
        QSoftResetLIF(voltage_decay=4096, threshold=11),
        QAdaptiveLIF(voltage_decay=4096, threshold=640, threshold_decay=1229, threshold_step=128),
    )
    assert network.sha256 == "14956cb3d6f9565b8c93a47400cda857f8e385e73f9079a07456127505af8066"


def test_a_fingerprint_changes_with_one_channels_threshold_or_step():
    prints = {
        chain(QAdaptiveLIF(threshold=threshold, threshold_step=step, **ADAPTIVE)).sha256
        for threshold, step in [(5, 6), ((5, 6), 6), ((6, 5), 6), ((5, 6), (6, 5)), (5, (6, 5))]
    }
    assert len(prints) == 5
