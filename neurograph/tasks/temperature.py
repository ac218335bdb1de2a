"""Probabilities of classes that mean what they say: logits divided by a fitted temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array

WIDEST = 12.0  # natural logarithms on either side of the spread of the logits


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """What logits are divided by before the softmax; no class changes its place by it.

    Attributes:
        value: above 0; 1 leaves the logits as they are.
        nodes: how many it was fitted on; 0 where there were none.
        loss: mean negative log-likelihood of those nodes at temperature 1 and at this one, nats.
        fitted_on: which nodes: "val", or "folds", training and validation nodes left out in turn.
    """

    value: float = 1.0
    nodes: int = 0
    loss: tuple[float, float] | None = None
    fitted_on: str = "val"

    def probabilities(self, logits: Array) -> Array:
        """Float64 ``(nodes, classes)``, each row of sum 1."""
        logarithms: Array = np.exp(_log_softmax(logits / self.value))
        return logarithms

    def to_dict(self) -> dict[str, Any]:
        """JSON values by name."""
        loss = (
            None if self.loss is None else dict(zip(("at_1", "at_value"), self.loss, strict=True))
        )
        told = {"value": self.value, "fitted_on": self.fitted_on, "nodes": self.nodes}
        return {**told, "loss": loss}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Temperature:
        """What `to_dict` gave."""
        loss = given["loss"]
        pair = None if loss is None else (float(loss["at_1"]), float(loss["at_value"]))
        return cls(**{**given, "loss": pair})


def fit_temperature(logits: Array, truth: Array) -> Temperature:
    """The temperature under which the truth is likeliest.

    Beside the n nodes counts one more, of every class in equal parts (Perks' prior): n nodes that
    are all classified rightly do not prove that the next one will be.

    Args:
        logits: ``(nodes, classes)``.
        truth: int ``(nodes,)``, the class of each.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; that targets are not
    0 and 1: Platt, Probabilistic Outputs for Support Vector Machines, 1999.
    """
    from scipy.optimize import minimize_scalar

    nodes, classes = logits.shape
    spread = float(np.ptp(logits, axis=1).mean()) if nodes else 0.0
    if not spread:  # nothing to scale
        return Temperature(nodes=nodes)
    wanted = np.full(logits.shape, 1 / classes / (nodes + 1))
    wanted[np.arange(nodes), truth] += nodes / (nodes + 1)
    centred = logits - logits.max(axis=1, keepdims=True)

    def loss(logarithm: float) -> float:
        return -float((wanted * _log_softmax(centred / np.exp(logarithm))).sum(axis=1).mean())

    around = float(np.log(spread))
    found = minimize_scalar(loss, bounds=(around - WIDEST, around + WIDEST), method="bounded")
    value = float(np.exp(found.x))
    return Temperature(
        value=value, nodes=nodes, loss=(_nats(logits, truth), _nats(logits / value, truth))
    )


def _nats(logits: Array, truth: Array) -> float:
    """Mean negative log-likelihood of the truth."""
    return -float(_log_softmax(logits)[np.arange(len(truth)), truth].mean())


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    logarithms: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithms
