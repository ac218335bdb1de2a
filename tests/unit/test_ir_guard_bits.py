"""Guard bits: fixed at 6 in the chip's own LIF, 0 to 6 in the programs, unsaid where they are 6."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import QLIF, QAdaptiveLIF, QPopulation, QSoftResetLIF
from neurograph.testing import corner_networks

SOFT = QSoftResetLIF(voltage_decay=4096, threshold=9)
ADAPTIVE = QAdaptiveLIF(voltage_decay=4096, threshold=9, threshold_decay=1024, threshold_step=5)


def neurons_of(neuron, **given):
    return QPopulation(
        name="h", rows=1, channels=2, neuron=neuron, bias_mant=np.array([1, -2]), **given
    )


def test_the_chips_lif_has_six_and_keeps_them():
    lif = QLIF(voltage_decay=0, threshold=9)
    assert [n.guard_bits for n in (lif, SOFT, ADAPTIVE)] == [6, 6, 6]
    assert "guard_bits" not in {f.name for f in fields(lif)}
    with pytest.raises(FrozenInstanceError):
        lif.guard_bits = 3
    with pytest.raises(TypeError):
        replace(lif, guard_bits=3)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (
            lambda: replace(SOFT, guard_bits=7),
            "QSoftResetLIF: guard_bits is 7, expected an integer 0 to 6",
        ),
        (
            lambda: replace(ADAPTIVE, guard_bits=-1),
            "QAdaptiveLIF: guard_bits is -1, expected an integer 0 to 6",
        ),
        (
            lambda: replace(ADAPTIVE, guard_bits=2.5),
            "QAdaptiveLIF: guard_bits is 2.5, expected an integer 0 to 6",
        ),
        (
            lambda: replace(SOFT, guard_bits=(6, 3)),
            "QSoftResetLIF: guard_bits for 2 channels, limit one number, which all neurons share; "
            "make it several populations",
        ),
        (
            lambda: replace(SOFT, threshold=1 << 17),
            "QSoftResetLIF: threshold is 131072, expected an integer 1 to 131071",
        ),
        (
            lambda: replace(SOFT, threshold=(9, 1 << 20), guard_bits=3),
            "QSoftResetLIF: threshold[1] is 1048576, expected an integer 1 to 1048575",
        ),
        (
            lambda: replace(SOFT, threshold=1 << 23, guard_bits=0),
            "QSoftResetLIF: threshold is 8388608, expected an integer 1 to 8388607",
        ),
    ],
)
def test_what_cannot_be_is_refused(build, told):
    with pytest.raises(NetworkError) as error:
        build()
    assert str(error.value) == told


@pytest.mark.parametrize("bits", range(7))
def test_a_threshold_takes_the_24_bits_that_guard_bits_leave(bits):
    top = (1 << 23 - bits) - 1
    held = neurons_of(replace(SOFT, threshold=(top, 3), guard_bits=bits))
    assert held.theta.tolist() == [top << bits, 3 << bits]
    assert neurons_of(replace(ADAPTIVE, guard_bits=bits)).theta.tolist() == [9, 9]


def test_the_unit_of_v_follows_scale_and_guard_bits():
    lif = QLIF(voltage_decay=0, threshold=9)
    assert neurons_of(lif, scale=0.5).unit.tolist() == [32.0, 32.0]
    soft = neurons_of(replace(SOFT, guard_bits=3), scale=(0.5, 3.0))
    assert soft.unit.tolist() == [4.0, 24.0]
    assert neurons_of(replace(ADAPTIVE, guard_bits=0), scale=7.0).unit.tolist() == [7.0, 7.0]
    assert soft.unit.dtype == np.float64


def test_six_guard_bits_are_not_printed():
    assert repr(SOFT) == "QSoftResetLIF(voltage_decay=4096, threshold=9, current_decay=4095)"
    assert repr(replace(SOFT, guard_bits=np.int64(3))) == (
        "QSoftResetLIF(voltage_decay=4096, threshold=9, current_decay=4095, guard_bits=3)"
    )
    assert repr(ADAPTIVE) == (
        "QAdaptiveLIF(voltage_decay=4096, threshold=9, threshold_decay=1024, threshold_step=5, "
        "current_decay=4095)"
    )
    assert repr(replace(ADAPTIVE, guard_bits=0)) == repr(ADAPTIVE)[:-1] + ", guard_bits=0)"


@pytest.mark.parametrize("corner", ["soft reset fires on", "adaptive with memory"])
def test_a_fingerprint_changes_with_the_guard_bits(corner):
    network = corner_networks()[corner].network
    (population,) = network.populations
    prints = {network.sha256}
    for bits in range(7):
        held = replace(population, neuron=replace(population.neuron, guard_bits=bits))
        prints.add(replace(network, populations=(held,)).sha256)
    assert len(prints) == 7
