import numpy as np
import pytest

from neurograph.tasks import f1


def test_micro_is_accuracy_and_macro_weighs_classes_alike():
    labels = np.array([0, 0, 0, 0, 1, 1, 2])
    predictions = np.array([0, 0, 0, 1, 1, 1, 0])
    score = f1(labels, predictions)
    assert score.micro == pytest.approx(5 / 7)
    # class 0: precision 3/4, recall 3/4; class 1: 2/3, 1; class 2 is never predicted
    assert score.macro == pytest.approx((0.75 + 0.8 + 0.0) / 3)
