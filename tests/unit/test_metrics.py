import numpy as np
import pytest

from neurograph.tasks import F1, f1


def test_micro_is_accuracy_and_macro_weighs_classes_alike():
    labels = np.array([0, 0, 0, 0, 1, 1, 2])
    predictions = np.array([0, 0, 0, 1, 1, 1, 0])
    score = f1(labels, predictions)
    assert score.micro == pytest.approx(5 / 7)
    # class 0: precision 3/4, recall 3/4; class 1: 2/3, 1; class 2 is never predicted
    assert score.macro == pytest.approx((0.75 + 0.8 + 0.0) / 3)


@pytest.mark.parametrize("seed", range(8))
def test_it_counts_as_scikit_learn_does(seed: int) -> None:
    from sklearn.metrics import f1_score

    random = np.random.default_rng(seed)
    labels, predictions = random.integers(0, 1 + seed, (2, 1 + 5 * seed)) * 7
    score = f1(labels, predictions)
    for average, ours in (("micro", score.micro), ("macro", score.macro)):
        theirs = f1_score(labels, predictions, average=average, zero_division=0.0)
        assert ours == pytest.approx(theirs, rel=1e-15)


def test_of_nothing_it_is_nothing() -> None:
    assert f1(np.zeros(0, int), np.zeros(0, int)) == F1(micro=0.0, macro=0.0)
