"""What every model here has: layers over sampled trees, and a linear readout of all steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.ir import Network, Neuron, Scheme
from neurograph.models.config import ModelConfig
from neurograph.models.layers.aggregate import Dropout, NeighbourGroups
from neurograph.models.layers.batch import Batch, load_batch
from neurograph.models.layers.readout import fresh_readout
from neurograph.models.tree_network import LayerNumbers, Numbers

if TYPE_CHECKING:
    from neurograph.models.sage.operations import Counter
    from neurograph.models.training.predict import Forward


class TreeLayer(nn.Module):
    """``(W_self x + b_self + W_neighbours mean(x) + b_neighbours) gain`` of every slot.

    Attributes:
        input_gain: by which x is multiplied, folded into the weights.
    """

    input_gain = 1.0

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.own = _fresh_linear(inputs, outputs)
        self.neighbours = _fresh_linear(inputs, outputs)

    def gain(self) -> Tensor:
        return torch.ones_like(self.own.bias[:1])

    def weight(self, dim: int) -> Tensor:
        """Self weights and the neighbours', joined along `dim`, times gain."""
        joined = torch.cat([self.own.weight, self.neighbours.weight], dim)
        return joined * (self.gain() * self.input_gain)

    def bias(self) -> Tensor:
        return (self.own.bias + self.neighbours.bias) * self.gain()

    def products(self, features: Tensor) -> Tensor:
        """``(M, 2 H)`` of ``(M, F)``: by the self weights with the bias, by the neighbours'."""
        weight = self.weight(0)
        bias = torch.cat([self.bias(), torch.zeros_like(self.own.bias)])
        return linear(features, weight, bias)

    def currents(self, self_and_neighbours: Tensor) -> Tensor:
        """``(nodes, T, rows, H)`` of a row's own inputs and its neighbours' mean.

        Args:
            self_and_neighbours: ``(nodes, T, rows, 2, C)``.
        """
        return linear(self_and_neighbours.flatten(-2), self.weight(1), self.bias())

    def numbers(self, neuron: Neuron) -> LayerNumbers:
        """What it computes with, gain folded in, and the neurons behind it."""
        gain = self.gain().item()
        of_inputs = gain * self.input_gain
        return LayerNumbers(
            self_weight=as_array(self.own.weight) * of_inputs,
            neighbour_weight=as_array(self.neighbours.weight) * of_inputs,
            bias=(as_array(self.own.bias) + as_array(self.neighbours.bias)) * gain,
            neuron=neuron,
        )


class TreeModel(nn.Module, ABC):
    """Logits of nodes from the features of their sampled trees."""

    def __init__(self, config: ModelConfig, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(layers)
        if isinstance(first := layers[0], TreeLayer):
            first.input_gain = config.input_gain
        self.readout = fresh_readout(
            config.readout,
            config.hidden[-1],
            config.classes,
            steps=config.steps,
            keep=config.readout_keep,
        )
        self.neighbour_groups = [
            NeighbourGroups.of(config.tree, n + 1) for n in range(len(config.hidden))
        ]

    @abstractmethod
    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """``(nodes, T, rows, channels)`` of every layer; `dropout` acts between layers."""

    @abstractmethod
    def capture(self) -> Network:
        """The float network of one node, with the weights that the model has now.

        Raises:
            ModelError: a model without spikes, or of the whole graph.
            NetworkError: a weight or bias is not finite.
        """

    def captured(self) -> Numbers:
        """The weights that the model has now, for whatever its config makes of them.

        Raises:
            ModelError: a model that is laid out over sampled trees alone.
        """
        raise ModelError(
            f"model {self.config.name} is laid out over sampled trees alone; capture it as 'trees'"
        )

    def numbers(
        self, layers: Sequence[LayerNumbers], extra: Mapping[str, Tensor] | None = None
    ) -> Numbers:
        """What `capture` needs: these layers, the extra connections, and the readout."""
        return Numbers(
            layers=tuple(layers),
            readout=as_array(self.readout.over_time(self.readout.weight.double())),
            readout_bias=as_array(self.readout.bias),
            extra={name: as_array(weight) for name, weight in (extra or {}).items()},
        )

    def in_integers(self, scheme: Scheme) -> Forward:  # noqa: ARG002
        """The model with its present weights rounded by `scheme`.

        Raises:
            ModelError: a model that cannot be trained in integers.
            NetworkError: the scheme is of another model, or cannot hold a weight.
        """
        raise ModelError(
            f"model {self.config.name} is not trained in integers; export quantises it"
        )

    def counter(self) -> Counter:
        """Counts what a model without spikes computes.

        Raises:
            ModelError: a model with spikes.
        """
        raise ModelError(
            "a model with spikes is no baseline: export it first, then run it: neurograph export"
        )

    def warnings(self, history: Sequence[Mapping[str, Any]]) -> Iterator[str]:  # noqa: ARG002
        """What makes the gradients of these epochs doubtful, from their rows of metrics."""
        yield from ()

    def rates(self, activations: list[Tensor]) -> list[float]:
        """The firing rate of each layer; of one without spikes, the share of values not 0."""
        return [int(x.count_nonzero()) / x.numel() for x in activations]

    def spikes(self, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
        """Every spike, bool ``(nodes, updates, rows, channels)`` per layer, and the activations."""
        found = self.activations(batch)
        return [x > 0 for x in found], found

    def after_step(self) -> None:
        """Called after every step of the optimiser: puts weights back within their bounds.

        Raises:
            ModelError: the training cannot go on.
        """

    def check_weights(self) -> None:
        """Raise ModelError if a weight is beyond its bounds."""

    def observed(self) -> dict[str, float]:
        """What the model noticed since the last call, as metrics of an epoch."""
        return {}

    @property
    def device(self) -> torch.device:
        return self.readout.weight.device

    def of_trees(
        self,
        values: Array,
        slots: Array,
        dropout: Dropout | None = None,
        labels: Array | None = None,
    ) -> list[Tensor]:
        """`activations` of sampled trees, from the features of all nodes (see `load_batch`)."""
        return self.activations(self._batch(values, slots, labels), dropout)

    def spikes_of_trees(
        self, values: Array, slots: Array, labels: Array | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """`spikes` of sampled trees."""
        return self.spikes(self._batch(values, slots, labels))

    def _batch(self, values: Array, slots: Array, labels: Array | None = None) -> Batch:
        if self.config.label_input is not (labels is not None):
            needed = "the labels of" if self.config.label_input else "no labels for"
            raise ModelError(
                f"model {self.config.name}, label input {self.config.label_input}: needed {needed} "
                "the slots of its trees, see label_spikes.sent_labels"
            )
        batch = load_batch(values, slots, labels).to(self.device)
        return batch.double() if self.readout.weight.dtype == torch.float64 else batch

    def read_out(self, activations: list[Tensor]) -> Tensor:
        """Logits ``(nodes, classes)`` of the last layer over all steps."""
        logits: Tensor = self.readout(activations[-1].flatten(1))
        return logits

    def forward(self, batch: Batch, dropout: Dropout | None = None) -> Tensor:
        """Logits ``(nodes, classes)``."""
        return self.read_out(self.activations(batch, dropout))


def _fresh_linear(inputs: int, outputs: int) -> nn.Linear:
    """As PyTorch starts it; of a layer that hears labels alone, a bias of zeros."""
    if inputs:
        return nn.Linear(inputs, outputs)
    empty = nn.Linear(1, outputs)
    empty.in_features, empty.weight = 0, nn.Parameter(torch.empty(outputs, 0))
    nn.init.zeros_(empty.bias)
    return empty


def as_array(tensor: Tensor) -> Array:
    """Float64, of a parameter."""
    array: Array = tensor.detach().cpu().double().numpy()
    return array
