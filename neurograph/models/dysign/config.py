"""Dy-SIGN's sizes, dynamics and presets; what it computes is in `model`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from neurograph.core.errors import ModelError
from neurograph.core.setting import setting
from neurograph.ir import Neuron, Projection, SoftResetLIF
from neurograph.ir.timing import Lagging
from neurograph.models.config import TRAINING, ModelConfig
from neurograph.models.layers.names import SOLVER_NAMES, check_name
from neurograph.models.resident_network import within
from neurograph.models.tree_network import compensation, feedback, layer_names

SLOPES = ("sigmoid", "clamp")  # see `rates.RateCurve`


@dataclass(frozen=True, kw_only=True)
class DySignConfig(ModelConfig):
    """Everything that decides the shape and the dynamics of a Dy-SIGN."""

    threshold: float = setting(1.0, "membrane potential above which a neuron fires")
    latency: int = setting(5, "latency steps per snapshot, K", unit="steps", most=10_000)
    leak: float = setting(
        0.8, "share of the membrane kept per latency step; 1: no leak", unit="above 0 to 1"
    )
    feedback: bool = setting(True, "connections from the last layer back to the first")
    compensation: bool = setting(True, "connections from the features straight to the last layer")
    surrogate: str = setting(
        "sigmoid", "derivative of a firing rate by its current", known=SLOPES, group=TRAINING
    )
    solver: str = setting(
        "broyden", "how the backward pass finds its equilibrium", known=SOLVER_NAMES, group=TRAINING
    )
    spectral_bound: float = setting(
        1.0, "largest singular value that the feedback weight may have", group=TRAINING
    )

    name: ClassVar[str] = "dysign"
    module: ClassVar[str] = "neurograph.models.dysign.model:DySign"
    about: ClassVar[str] = "soft-reset neurons with feedback, trained at their equilibrium"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "dblp-dysign": {"latency": 10, "schedule": "cosine"},
        "demo-dysign": {"hidden": (64, 10), "epochs": 30, "batch": 64, "schedule": "cosine"},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.latency < 1:
            raise ModelError(
                f"latency is {self.latency} latency steps per snapshot, needed at least 1"
            )
        if not 0 < self.leak <= 1:
            raise ModelError(
                f"leak is {self.leak}, the share of the membrane kept per latency step; needed "
                "above 0, at most 1 (which is no leak)"
            )
        if not (self.threshold > 0 and self.spectral_bound > 0):
            raise ModelError(
                f"threshold {self.threshold}, spectral bound {self.spectral_bound}; both must be "
                "above 0"
            )
        if self.compensation and len(self.hidden) == 1:
            raise ModelError(
                "with one layer the compensation is one more copy of its own input; add a layer, "
                "or leave it out (--no-compensation)"
            )
        check_name("surrogate", self.surrogate, SLOPES)
        check_name("solver", self.solver, SOLVER_NAMES)

    @property
    def neurons(self) -> str:
        return "soft-reset"

    @property
    def updates(self) -> int:
        return self.latency

    def with_latency(self, latency: int) -> DySignConfig:
        """The same with other latency steps: rates settle at the same point, sooner or closer."""
        return replace(self, latency=latency)

    def ir_neuron(self) -> Neuron:
        return SoftResetLIF(voltage_decay=1.0 - self.leak, threshold=self.threshold)

    def extra(self) -> Mapping[str, tuple[int, int]]:
        """Feedback ``(first layer, last layer)`` and compensation ``(last layer, features)``."""
        first, last = self.hidden[0], self.hidden[-1]
        shapes = {"feedback": (first, last), "compensation": (last, self.features)}
        return {name: shape for name, shape in shapes.items() if getattr(self, name)}

    def projections(self, weights: Mapping[str, Any]) -> Iterator[Projection]:
        names = layer_names(len(self.hidden))
        if self.feedback:
            yield feedback(names, self.tree, weights["feedback"])
        if self.compensation:
            yield compensation(names, self.tree, weights["compensation"])

    def resident_extra(self, weights: Mapping[str, Any]) -> Iterator[Lagging]:
        """The feedback waits for the relays between the layers; rates settle at the same point."""
        names = layer_names(len(self.hidden))
        source, first, last = names[0], names[1], names[-1]
        if self.feedback:
            name = f"{last}->{first}.feedback"
            back = within(name, last, first, weights["feedback"])
            yield back, 2 * (len(self.hidden) - 1) + 1
        if self.compensation:
            name = f"{source}->{last}.compensation"
            yield within(name, source, last, weights["compensation"]), 0
