"""Scores of predicted classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array


@dataclass(frozen=True, kw_only=True)
class F1:
    """Micro and macro F1, each 0 to 1; macro is over the classes that occur in either array."""

    micro: float
    macro: float


def f1(labels: Array, predictions: Array) -> F1:
    """F1 of predicted classes ``(nodes,)`` against the true ones; 0 of no nodes.

    As scikit-learn's `f1_score` counts, which takes a second to import.
    """
    if not len(labels):
        return F1(micro=0.0, macro=0.0)
    classes, coded = np.unique(np.concatenate([labels, predictions]), return_inverse=True)
    true, said = np.split(coded, 2)
    hits, of_truth, of_answers = (
        np.bincount(x, minlength=len(classes)) for x in (true[true == said], true, said)
    )
    return F1(
        micro=float(np.mean(true == said)), macro=float(np.mean(2 * hits / (of_truth + of_answers)))
    )
