"""The shape and the dynamics of a model, as one flat record."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurograph.errors import ModelError
from neurograph.snn.neuron import Cell, check_neuron
from neurograph.tree import TreeSpec


@dataclass(frozen=True, kw_only=True)
class SpikeNetConfig:
    """Everything that decides the shape and the dynamics of a SpikeNet.

    Attributes:
        features: F, inputs per slot. classes, steps: of the graph.
        hidden: channels per layer, the last one's spikes are read out.
        neuron: `if`, `lif`, `plif` or `alif`. tau: membrane time constant in steps.
        threshold: at the first step. gamma: added to the threshold of an `alif` by a spike.
        threshold_decay: share of an `alif`'s threshold lost per step (0.3 is the paper's 0.7).
        surrogate, alpha: name and width of the surrogate gradient.
        dropout: share of the spikes dropped between layers in training.
    """

    features: int
    classes: int
    steps: int
    hidden: tuple[int, ...] = (128, 10)
    tree: TreeSpec = field(default_factory=TreeSpec)
    neuron: str = "alif"
    tau: float = 1.0
    threshold: float = 1.0
    gamma: float = 0.2
    threshold_decay: float = 0.3
    surrogate: str = "sigmoid"
    alpha: float = 1.0
    dropout: float = 0.7

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
        check_neuron(self.neuron, self.tau, self.cell)

    @property
    def cell(self) -> Cell:
        adaptive = self.neuron == "alif"
        return Cell(
            threshold=self.threshold,
            hold=1.0 - self.threshold_decay if adaptive else 1.0,
            jump=self.gamma if adaptive else 0.0,
            surrogate=self.surrogate,
            alpha=self.alpha,
        )
