"""Probabilities are right as often as they say; few nodes do not make a model sure."""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.tasks.temperature import Temperature, fit_temperature


def logits_and_truth(nodes: int, sharpness: float):
    """Logits whose softmax, divided by `sharpness`, is how the truth was drawn."""
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(nodes, 4)) * 2
    likely = Temperature().probabilities(logits)
    truth = (likely.cumsum(axis=1) > rng.random((nodes, 1))).argmax(axis=1)
    return logits * sharpness, truth


@pytest.mark.parametrize("sharpness", [0.05, 1.0, 300.0])
def test_it_finds_by_how_much_logits_are_too_sharp(sharpness):
    logits, truth = logits_and_truth(20000, sharpness)
    found = fit_temperature(logits, truth)
    assert found.value == pytest.approx(sharpness, rel=0.05)
    assert found.loss is not None
    assert found.loss[1] <= found.loss[0]


def test_a_probability_is_how_often_it_is_right():
    logits, truth = logits_and_truth(20000, 9.0)
    likely = fit_temperature(logits, truth).probabilities(logits)
    np.testing.assert_allclose(likely.sum(axis=1), 1)
    np.testing.assert_array_equal(likely.argmax(axis=1), logits.argmax(axis=1))
    sure = likely.max(axis=1)
    right = likely.argmax(axis=1) == truth
    for low, high in ((0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        within = (sure >= low) & (sure < high)
        assert right[within].mean() == pytest.approx(sure[within].mean(), abs=0.03)


def test_six_right_answers_do_not_make_it_certain():
    truth = np.arange(6) % 3
    logits = 50.0 * np.eye(3)[truth]
    found = fit_temperature(logits, truth)
    assert found.probabilities(logits).max(axis=1) == pytest.approx((6 + 1 / 3) / 7, abs=1e-3)


def test_where_nothing_can_be_learnt_logits_stay_as_they_are():
    assert fit_temperature(np.ones((5, 3)), np.zeros(5, int)).value == 1
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, int)) == Temperature()


def test_a_model_that_is_always_wrong_says_all_are_as_likely():
    truth = np.zeros(400, int)
    logits = np.tile([0.0, 8.0], (400, 1))
    likely = fit_temperature(logits, truth).probabilities(logits)
    np.testing.assert_allclose(likely, 0.5, atol=0.01)
