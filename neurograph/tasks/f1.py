"""Scores of predicted classes."""

from __future__ import annotations

from dataclasses import dataclass

from neurograph.core.arrays import Array


@dataclass(frozen=True, kw_only=True)
class F1:
    """Micro and macro F1, each 0 to 1; macro is over the classes that occur in either array."""

    micro: float
    macro: float


def f1(labels: Array, predictions: Array) -> F1:
    """F1 of predicted classes ``(nodes,)`` against the true ones."""
    from sklearn.metrics import f1_score  # takes a second, and few commands score

    micro, macro = (
        float(f1_score(labels, predictions, average=average, zero_division=0.0))
        for average in ("micro", "macro")
    )
    return F1(micro=micro, macro=macro)
