"""What a neuron does in a step, charge, fire and reset, in numbers of any kind; no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neurograph.core.errors import ModelError
from neurograph.core.nearest import unknown
from neurograph.ir import Neuron

SURROGATE_NAMES = ("sigmoid", "triangle", "arctan", "super", "multi-gauss")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The constants of a neuron, and its step.

    Attributes:
        threshold: theta at the first step.
        hold: share of theta kept per step (1: constant).
        jump: added to theta by a spike.
        surrogate: name of the surrogate gradient, see `surrogate`.
        alpha: its width.
        soft_reset: a spike takes theta from the membrane, instead of returning it to 0.
    """

    threshold: float = 1.0
    hold: float = 1.0
    jump: float = 0.0
    surrogate: str = "sigmoid"
    alpha: float = 1.0
    soft_reset: bool = False

    @classmethod
    def of(cls, neuron: Neuron, surrogate: str, alpha: float) -> Cell:
        """The cell of a neuron of a network."""
        return cls(
            threshold=neuron.threshold,
            hold=1.0 - neuron.threshold_decay,
            jump=neuron.threshold_step,
            surrogate=surrogate,
            alpha=alpha,
            soft_reset=neuron.soft_reset,
        )

    @property
    def compiled(self) -> bool:
        """Whether the compiled loops do this very step."""
        return type(self) is Cell and not self.soft_reset

    def charge(self, v: Any, current: Any, keep: Any) -> Any:
        """The membrane before it is compared with theta; it fires where it exceeds that."""
        return keep * v + current

    def reset(self, v: Any, spikes: Any, theta: Any) -> Any:
        """The membrane that is left; theta is the one that v exceeded."""
        return v - spikes * theta if self.soft_reset else (1 - spikes) * v

    def adapt(self, theta: Any, spikes: Any) -> Any:
        """The threshold of the next step."""
        return self.hold * theta + self.jump * spikes


def check_surrogate(name: str) -> None:
    """Raise ModelError unless `name` is a surrogate."""
    if name not in SURROGATE_NAMES:
        raise ModelError(unknown("surrogate", name, SURROGATE_NAMES))
