"""The shape and the dynamics of a model, as one flat record."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import TreeSpec
from neurograph.models.dysign.rates import SLOPES
from neurograph.models.layers.implicit import Solver
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.neurons import cell, check_neuron


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What decides the shape of any model here.

    Attributes:
        features: F, inputs per slot. classes, steps: of the graph.
        hidden: channels per layer, the last one is read out.
        dropout: share of the activations dropped between layers in training.
        threshold: of the neurons, at the first step.
    """

    features: int
    classes: int
    steps: int
    hidden: tuple[int, ...] = (128, 10)
    tree: TreeSpec = field(default_factory=TreeSpec)
    dropout: float = 0.7
    threshold: float = 1.0

    def __post_init__(self) -> None:
        if len(self.hidden) != self.tree.layers:
            raise ModelError(
                f"hidden sizes {self.hidden} for fan-outs {self.tree.fanouts}; needed one per hop"
            )
        if min(self.features, self.classes, self.steps, *self.hidden) < 1:
            raise ModelError(
                f"{self.features} features, hidden {self.hidden}, {self.classes} classes, "
                f"{self.steps} steps: all must be at least 1"
            )
        if not 0 <= self.dropout < 1:
            raise ModelError(f"dropout is {self.dropout}, needed 0 to below 1")


@dataclass(frozen=True, kw_only=True)
class SpikeNetConfig(ModelConfig):
    """Everything that decides the shape and the dynamics of a SpikeNet.

    Attributes:
        neuron: `if`, `lif`, `plif` or `alif`. tau: membrane time constant in steps.
        gamma: added to the threshold of an `alif` by a spike.
        threshold_decay: share of an `alif`'s threshold lost per step (0.3 is the paper's 0.7).
        surrogate, alpha: name and width of the surrogate gradient.
    """

    neuron: str = "alif"
    tau: float = 1.0
    gamma: float = 0.2
    threshold_decay: float = 0.3
    surrogate: str = "sigmoid"
    alpha: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_neuron(self.neuron, self.tau, self.cell)

    @property
    def cell(self) -> Cell:
        return cell(self.neuron, self, self.surrogate, self.alpha)


@dataclass(frozen=True, kw_only=True)
class DySignConfig(ModelConfig):
    """Everything that decides the shape and the dynamics of a Dy-SIGN.

    Attributes:
        latency: K, latency steps per snapshot.
        leak: lambda, share of the membrane kept per latency step; 1: nothing leaks (IF).
        feedback, compensation: whether the model has these connections.
        surrogate: derivative of a rate, `sigmoid` or `clamp`, see `dysign.rates.RateCurve`.
        solver: of the backward pass, see `layers.implicit.Solver`.
        spectral_bound: the largest singular value that the feedback weight may have.
    """

    latency: int = 5
    leak: float = 0.8
    feedback: bool = True
    compensation: bool = True
    surrogate: str = "sigmoid"
    solver: str = "broyden"
    spectral_bound: float = 1.0

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
        if self.surrogate not in SLOPES:
            raise ModelError(f"no surrogate '{self.surrogate}'; known: {', '.join(SLOPES)}")
        Solver(method=self.solver)
