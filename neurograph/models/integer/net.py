"""The forward pass of a SpikeNet in the integers of a scheme: spike for spike the reference.

The backward pass goes straight through every rounding: a sum counts as the current that it stands
for, a weight as what its mantissa holds, and a weight that the range of the mantissas clips gets
no gradient. Spikes have the surrogate gradient of the float model, at the membranes that these
currents make.

Source: straight-through estimator: Bengio, Léonard and Courville, arXiv:1308.3432.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from neurograph.core.arrays import Array
from neurograph.ir import QStream, Readout, Scheme
from neurograph.models.config import ModelConfig
from neurograph.models.integer import compiled
from neurograph.models.integer.neuron import fire_integer
from neurograph.models.integer.payloads import PayloadBatch
from neurograph.models.integer.sums import deeper_sums, first_sums
from neurograph.models.integer.weights import RoundedLayer, round_model
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_sum
from neurograph.models.layers.batch import load_batch

if TYPE_CHECKING:
    from neurograph.models.spikenet.model import SpikeNet


@dataclass(frozen=True, eq=False)
class IntegerNet:
    """A model with its present weights rounded; gradients reach the model's own parameters.

    Attributes:
        model: in floats.
        scheme: by which it is rounded.
        layers: in integers.
        readout: in integers.
    """

    model: SpikeNet
    scheme: Scheme
    layers: tuple[RoundedLayer, ...]
    readout: Readout

    @classmethod
    def of(cls, model: SpikeNet, scheme: Scheme) -> IntegerNet:
        """Round `model` as it is now; to be called anew when its weights have changed.

        Raises:
            NetworkError, ModelError: see `round_model`.
        """
        return cls(model, scheme, *round_model(model, scheme))

    @property
    def config(self) -> ModelConfig:
        return self.model.config

    def of_trees(
        self,
        values: Array,
        slots: Array,
        dropout: Dropout | None = None,
        labels: Array | None = None,  # noqa: ARG002  (see `SpikeNet.in_integers`)
    ) -> list[Tensor]:
        """`spikes` of sampled trees, from the features of all nodes (see `load_batch`)."""
        batch = load_payloads(values, slots, self.scheme.streams).to(self.model.device)
        return self.spikes(batch, dropout)

    def spikes(self, batch: PayloadBatch, dropout: Dropout | None = None) -> list[Tensor]:
        """0 or 1, ``(nodes, T, rows, channels)`` per layer; `dropout` acts between layers."""
        dropout = dropout or no_dropout(len(batch.where))
        spikes: list[Tensor] = []
        for number, (layer, rounded) in enumerate(
            zip(self.model.spiking, self.layers, strict=True)
        ):
            if number == 0:
                sums = first_sums(layer.weight(0), layer.bias(), batch, rounded)
            else:
                inputs = self_and_sum(spikes[-1], rounded.groups, dropout.of_layer(number))
                sums = deeper_sums(layer.weight(1), layer.bias(), inputs, rounded)
            neuron = layer.neuron
            spikes.append(fire_integer(sums, neuron.keep(), rounded, neuron.cell))
        return spikes

    def rates(self, activations: list[Tensor]) -> list[float]:
        return self.model.rates(activations)

    def spikes_of_trees(
        self,
        values: Array,
        slots: Array,
        labels: Array | None = None,  # noqa: ARG002  (see `SpikeNet.in_integers`)
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Every spike, as bool and as `of_trees` gives it."""
        found = self.of_trees(values, slots)
        return [x > 0 for x in found], found

    def read_out(self, spikes: list[Tensor]) -> Tensor:
        """Float64 logits ``(nodes, classes)``: sums of whole multiples of a power of two, exact."""
        readout = self.model.readout
        weight = as_rounded(readout.over_time(), self.readout.weight)
        return linear(
            spikes[-1].flatten(1).double(), weight, as_rounded(readout.bias, self.readout.bias)
        )


def load_payloads(values: Array, slots: Array, streams: Sequence[QStream]) -> PayloadBatch:
    """Gather the features of sampled trees (see `load_batch`), and round them."""
    return compiled.encode_batch(load_batch(values, slots), streams)


def as_rounded(given: Tensor, rounded: Array) -> Tensor:
    """`rounded` in float64, with the gradient passed on to `given`."""
    held: Tensor = _AsRounded.apply(given, rounded)  # type: ignore[no-untyped-call]
    return held


class _AsRounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor, rounded: Array) -> Tensor:
        ctx.dtype = given.dtype
        return torch.tensor(rounded, dtype=torch.float64, device=given.device)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0].to(ctx.dtype), None
