"""Agreement of two runs: shares by hand, and the sentence on the first difference."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.testing.records import run_record
from neurograph.verify import compare


def record(backend="reference", **changes):
    """Two nodes, 3 updates; 'a' has 2 rows of 2 channels, 'b' one neuron."""
    spikes = {"a": np.zeros((2, 3, 2, 2), bool), "b": np.zeros((2, 3, 1, 1), bool)}
    final = {
        name: {key: np.zeros((2, *s.shape[2:]), np.int32) for key in ("u", "v")}
        for name, s in spikes.items()
    }
    made = run_record(
        spikes, backend=backend, nodes=[30, 17], final=final, logits=np.eye(2)[[1, 0]]
    )
    return replace(made, **changes)


def with_spikes(base, *places):
    spikes = {name: s.copy() for name, s in base.spikes.items()}
    for name, *at in places:
        spikes[name][tuple(at)] = True
    return replace(base, spikes=spikes)


def test_equal_runs_are_identical():
    agreement = compare(record(), record("loihi-sim"))
    assert agreement.identical
    assert agreement.final_states is True
    assert agreement.predictions == agreement.spikes == 1.0
    assert agreement.first_difference is None
    assert (agreement.nodes, agreement.differing_spikes, agreement.compared_spikes) == (2, 0, 30)


def test_the_first_difference_is_the_earliest_update():
    other = with_spikes(
        record("loihi-sim"), ("a", 0, 2, 0, 0), ("b", 1, 1, 0, 0), ("a", 1, 2, 1, 1)
    )
    agreement = compare(record(), other)
    assert agreement.first_difference == (
        "b: snapshot 2 of 3, node 17, row 0, channel 0: reference is silent; loihi-sim fires "
        "(3 spikes differ)"
    )
    assert agreement.differing_spikes == 3
    assert agreement.spikes == pytest.approx(1 - 3 / 30)
    assert agreement.spikes_by_population == pytest.approx({"a": 1 - 2 / 24, "b": 1 - 1 / 6})
    assert agreement.final_states is True
    assert not agreement.identical


def test_in_one_update_the_cause_comes_before_its_effect():
    other = with_spikes(record("loihi-sim"), ("b", 0, 1, 0, 0), ("a", 1, 1, 1, 0))
    assert compare(other, record()).first_difference == (
        "a: snapshot 2 of 3, node 17, row 1, channel 0: loihi-sim fires; reference is silent "
        "(2 spikes differ)"
    )


def test_same_spikes_and_other_states_are_not_identical():
    state = {"u": np.zeros((2, 2, 2), np.int32), "v": np.zeros((2, 2, 2), np.int32)}
    state["v"][1, 0, 1] = -7
    other = record("loihi-sim", final={**record().final, "a": state})
    agreement = compare(record(), other)
    assert agreement.final_states is False
    assert agreement.first_difference == (
        "a: final v, node 17, row 0, channel 1: reference 0, loihi-sim -7 (1 differ)"
    )
    assert not agreement.identical


def test_float_states_are_not_compared_and_predictions_are():
    floats = record("float", logits=np.array([[0.0, 1.0], [0.0, 1.0]]), network_sha256="f")
    agreement = compare(floats, record())
    assert agreement.final_states is None
    assert agreement.predictions == 0.5
    assert agreement.spikes == 1.0
    assert agreement.first_difference == (
        "same spikes, but node 17: float predicts class 1, reference 0"
    )


def test_an_agreement_is_json():
    other = with_spikes(record("loihi-sim"), ("a", 0, 2, 0, 0))
    read = json.loads(json.dumps(compare(record(), other).to_dict()))
    assert read["identical"] is False
    assert read["spikes_by_population"]["b"] == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodes": [17, 30]}, "reference and loihi-sim: runs over different nodes"),
        ({"network_sha256": "m"}, "runs of different integer networks"),
        ({"spikes": {"a": np.zeros((2, 3, 2, 2), bool)}}, "cannot be compared"),
        ({"final": {}}, "final states"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(changes, message):
    with pytest.raises(NetworkError, match=message):
        compare(record(), record("loihi-sim", **changes))
