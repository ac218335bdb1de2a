"""What quantisation cost, as a network and a file hold it."""

from __future__ import annotations

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import (
    AdaptiveLIF,
    Cause,
    Choice,
    Population,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QSoftResetLIF,
    QuantisationError,
    SoftResetLIF,
)
from neurograph.quantization.errors import population_errors
from neurograph.testing.builders import one_layer
from neurograph.workflow import store


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


def of_the_first_schema(path, why):
    """Rename, in a file of a network, what the first schema called otherwise."""
    with h5py.File(path, "a") as file:
        fields = (tree := json.loads(file["json"][()]))["fields"]
        fields["lost"] = fields.pop("errors")
        for loss in fields["lost"]:
            loss["noun"] = "Loss"
            del loss["fields"]["cause"]
        del fields["scheme_from"]
        for choice in fields["choices"]:
            choice["fields"]["why"] = why
        del file["json"]
        file["json"] = json.dumps(tree)
        file.attrs["schema"] = 1


@pytest.mark.parametrize(
    ("why", "scheme_from"),
    [
        ("fixed in training, whose forward pass ran these integers", "training"),
        ("the smallest exponent", "calibration"),
    ],
)
def test_a_file_of_the_first_schema_says_causes_and_origin_in_phrases(tmp_path, why, scheme_from):
    errors = (
        QuantisationError(
            where="x",
            what="features clipped",
            amount=1,
            total=2,
            unit="values",
            cause=Cause.FEATURES_CLIPPED,
        ),
        QuantisationError(where="h", what="threshold rounded", amount=0.1, total=1.0, unit="v"),
    )
    choices = (Choice(where="h", what="scale", value="64", why=why),)
    network = replace(one_layer([[2]]), errors=errors, choices=choices, scheme_from=scheme_from)
    store.save(network, tmp_path / "n.h5")
    assert store.load(QNetwork, tmp_path / "n.h5").errors == errors
    of_the_first_schema(tmp_path / "n.h5", why)
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert (back.errors, back.choices, back.scheme_from) == (errors, choices, scheme_from)
    assert back.sha256 == network.sha256


def test_a_cause_or_an_origin_that_nobody_knows_is_refused():
    with pytest.raises(NetworkError, match="h: no cause of an error 'rain'; known: features_clip"):
        QuantisationError(where="h", what="wet", amount=0, total=1, unit="v", cause="rain")
    with pytest.raises(NetworkError, match="a scheme from 'guess'; known: calibration, training"):
        replace(one_layer([[2]]), scheme_from="guess")
