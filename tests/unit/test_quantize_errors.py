"""What quantisation took from a population whose channels have scales of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.ir import (
    AdaptiveLIF,
    Population,
    QAdaptiveLIF,
    QPopulation,
    QSoftResetLIF,
    SoftResetLIF,
)
from neurograph.quantization.errors import population_errors


def test_losses_of_a_population_with_a_scale_per_channel_are_the_largest():
    neuron = AdaptiveLIF(voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2)
    wanted = Population(name="h", rows=2, channels=3, neuron=neuron, bias=np.array([0.5, 0, -1]))
    held = QPopulation(
        name="h",
        rows=2,
        channels=3,
        neuron=QAdaptiveLIF(
            voltage_decay=4096,
            threshold=(640, 1270, 2570),  # of 640, 1280, 2560
            threshold_decay=1229,
            threshold_step=(128, 256, 500),  # of 128, 256, 512
        ),
        bias_mant=np.array([321, 0, -2560]),
        scale=(10.0, 20.0, 40.0),
    )
    errors = {x.what: x for x in population_errors(wanted, held)}
    threshold = errors["threshold rounded, largest over channels"]
    assert (threshold.amount, threshold.total) == (pytest.approx(10 / 1280), 1.0)
    step = errors["threshold step rounded, largest over channels"]
    assert (step.amount, step.total) == (pytest.approx(12 / 2560), 0.2)
    rms = errors["rms error of biases"]
    assert rms.amount == pytest.approx(1 / 640 / np.sqrt(3))
    shared = population_errors(
        wanted, replace(held, scale=10.0, neuron=replace(held.neuron, threshold=630))
    )
    (loss,) = [x for x in shared if x.what == "threshold rounded"]
    assert loss.amount == pytest.approx(10 / 640)


def test_losses_are_in_the_unit_that_guard_bits_leave():
    neuron = SoftResetLIF(voltage_decay=1.0, threshold=1.0)
    wanted = Population(name="h", rows=1, channels=2, neuron=neuron, bias=np.array([0.5, -1]))
    held = QPopulation(
        name="h",
        rows=1,
        channels=2,
        neuron=QSoftResetLIF(voltage_decay=4096, threshold=999, guard_bits=3),
        bias_mant=np.array([4000, -4000]),
        bias_exp=1,
        scale=1000.0,
    )
    errors = {x.what: x for x in population_errors(wanted, held)}
    assert errors["threshold rounded"].amount == pytest.approx(1 / 1000)
    assert errors["rms error of biases"].amount == pytest.approx(0.5 / np.sqrt(2))
