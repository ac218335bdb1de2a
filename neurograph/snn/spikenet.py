"""SpikeNet: sampled neighbours, real-valued input, spiking layers, linear readout over all steps.

Source: Li et al., "Scaling Up Dynamic Graph Representation Learning via Spiking Neural Networks",
AAAI 2023. Ours differ: a uniform seeded sampler, a real leaky membrane where tau > 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from neurograph.arrays import Array
from neurograph.errors import ModelError
from neurograph.snn.aggregate import Dropout, Family, no_dropout, self_and_mean, slot_currents
from neurograph.snn.batch import Batch, load_batch
from neurograph.snn.neuron import Cell, Neuron, check_neuron
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


class Layer(nn.Module):
    """``I = (W_self x + b_self + W_neighbours mean(x) + b_neighbours) gain``, then neurons."""

    def __init__(self, inputs: int, outputs: int, config: SpikeNetConfig) -> None:
        super().__init__()
        self.own = nn.Linear(inputs, outputs)
        self.neighbours = nn.Linear(inputs, outputs)
        self.neuron = Neuron(config.neuron, config.tau, config.cell)

    def weight(self, dim: int) -> Tensor:
        """Own weights and the neighbours', joined along `dim`, times gain."""
        return torch.cat([self.own.weight, self.neighbours.weight], dim) * self.neuron.gain()

    def bias(self) -> Tensor:
        bias: Tensor = (self.own.bias + self.neighbours.bias) * self.neuron.gain()
        return bias

    def products(self, features: Tensor) -> Tensor:
        """``(M, 2 H)`` of ``(M, F)``: by the own weights with the bias, by the neighbours'."""
        weight = self.weight(0)
        bias = torch.cat([self.bias(), torch.zeros_like(self.own.bias)])
        return linear(features, weight, bias)

    def currents(self, beside: Tensor) -> Tensor:
        """``(B, T, R, H)`` of a row's own inputs beside their mean, ``(B, T, R, 2, C)``."""
        return linear(beside.flatten(-2), self.weight(1), self.bias())


class SpikeNet(nn.Module):
    """Logits of target nodes from the features of their sampled trees."""

    def __init__(self, config: SpikeNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = (config.features, *config.hidden)
        self.spiking = [Layer(inputs, outputs, config) for inputs, outputs in pairwise(widths)]
        self.layers = nn.ModuleList(self.spiking)
        self.readout = nn.Linear(config.steps * config.hidden[-1], config.classes)
        self.families = [Family.of(config.tree, n + 1) for n in range(len(config.hidden))]

    @property
    def device(self) -> torch.device:
        return self.readout.weight.device

    def of_trees(self, values: Array, slots: Array, dropout: Dropout | None = None) -> list[Tensor]:
        """`spikes` of sampled trees, from the features of all nodes (see `load_batch`)."""
        batch = load_batch(values, slots).to(self.device)
        exact = self.readout.weight.dtype == torch.float64
        return self.spikes(batch.double() if exact else batch, dropout)

    def spikes(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """0 or 1, ``(B, T, rows, channels)`` per layer; `dropout` acts between layers."""
        dropout = dropout or no_dropout(len(batch.where))
        first, *rest = self.spiking
        products = first.products(batch.features)
        spikes = [first.neuron(slot_currents(products, batch.where, self.families[0]))]
        for number, layer in enumerate(rest, 1):
            beside = self_and_mean(spikes[-1], self.families[number], dropout.of_layer(number))
            spikes.append(layer.neuron(layer.currents(beside)))
        return spikes

    def read_out(self, spikes: list[Tensor]) -> Tensor:
        """Logits ``(B, classes)`` of the last layer's spikes over all steps."""
        logits: Tensor = self.readout(spikes[-1].flatten(1))
        return logits

    def forward(self, batch: Batch, dropout: Dropout | None = None) -> Tensor:
        """Logits ``(B, classes)``."""
        return self.read_out(self.spikes(batch, dropout))
