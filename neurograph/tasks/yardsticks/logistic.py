"""Logistic regression on the features that the network reads, without any edge."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore, held
from neurograph.tasks.yardsticks.arithmetic import of_logistic_regression
from neurograph.tasks.yardsticks.drawn import drawn, told
from neurograph.tasks.yardsticks.evidence import Answer, Evidence

STRENGTHS = (0.01, 0.1, 1.0, 0.001)  # C of scikit-learn, the inverse of the penalty; first on a tie
ITERATIONS = 100
AFFORDED = 1e8  # numbers of the inputs times classes
BLOCK = 1 << 22  # numbers of the inputs of nodes that are looked at together
FLAT = 1e-6  # a spread below this share of the mean is rounding


def logistic_regression(evidence: Evidence) -> list[Answer]:
    """Of each feature its mean over snapshots and its last value, standardised over training nodes.

    Binary features are read as they are. Nothing without features, or where the training nodes are
    of one class.
    """
    features, train = evidence.features, evidence.split.train
    classes = len(np.unique(evidence.train))
    if features is None or classes < 2:
        return []
    columns = features.num_features * (1 if _one_snapshot(features) else 2)
    fit = drawn(train, AFFORDED / (columns * classes))
    inputs = Inputs.of(features, fit)
    nodes = np.arange(evidence.graph.num_nodes)
    blocks = np.array_split(nodes, len(nodes) * columns // BLOCK + 1)
    with threadpool_limits(limits=1):  # on a busy machine, threads that wait for others spin
        models = list(_models(inputs.read(fit), evidence.graph.labels[fit]))
        parts, used = [], 0
        for read in map(inputs.read, blocks):
            parts.append([predict(read) for predict in models])
            used += int(np.count_nonzero(read))
    found = np.concatenate(parts, axis=1).astype(np.int64)
    outputs = 1 if classes == 2 else classes
    taken = of_logistic_regression(features, used / len(nodes), columns, outputs)
    return [
        Answer(answers, ", ".join(filter(None, (f"C {strength:g}", told(fit, train)))), taken)
        for strength, answers in zip(STRENGTHS, found, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What is read of the features of a node.

    Attributes:
        centre, scale: float64 ``(columns,)``, which standardise.
    """

    features: FeatureStore
    centre: Array
    scale: Array

    @classmethod
    def of(cls, features: FeatureStore, nodes: Array) -> Inputs:
        """Standardised over these nodes; ones and zeros stay as they are, most of them rare."""
        if features.binary:
            return cls(features, np.zeros(1), np.ones(1))
        raw = _raw(features, nodes)
        centre, scale = raw.mean(axis=0, dtype=np.float64), raw.std(axis=0, dtype=np.float64)
        return cls(features, centre, np.where(scale <= FLAT * np.abs(centre), 1.0, scale))

    def read(self, nodes: Array) -> Array:
        """Float32 ``(nodes, columns)``."""
        found: Array = ((_raw(self.features, nodes) - self.centre) / self.scale).astype(np.float32)
        return found


def _one_snapshot(features: FeatureStore) -> bool:
    """Whether features are the same in all steps."""
    return len(features.values) == 1 or held(features.values)


def _raw(features: FeatureStore, nodes: Array) -> Array:
    """Float32 ``(nodes, F)`` of one snapshot; else the mean and the last, ``(nodes, 2 F)``."""
    last = np.asarray(features.values[-1][nodes], np.float32)
    if _one_snapshot(features):
        return last
    steps = len(features.values)
    mean = last / steps
    for of in features.values[:-1]:
        mean += np.asarray(of[nodes], np.float32) / steps
    return np.hstack([mean, last])


def _models(inputs: Array, classes: Array) -> Iterator[Callable[[Array], Array]]:
    """What predicts classes, by strength."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    for strength in STRENGTHS:
        with warnings.catch_warnings():  # a yardstick need not be the very optimum
            warnings.simplefilter("ignore", ConvergenceWarning)
            yield LogisticRegression(C=strength, max_iter=ITERATIONS).fit(inputs, classes).predict
