"""SpikeNet: sampled neighbours, real-valued input, spiking layers, linear readout over all steps.

Source: Li et al., "Scaling Up Dynamic Graph Representation Learning via Spiking Neural Networks",
AAAI 2023. Ours differ: a uniform seeded sampler, a real leaky membrane where tau > 1.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from neurograph.core.errors import ModelError
from neurograph.graphs.label_spikes import NOTHING
from neurograph.ir import Network, Scheme
from neurograph.models.integer.net import IntegerNet
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_mean, slot_currents
from neurograph.models.layers.batch import Batch
from neurograph.models.neurons import layer_class
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.tree_model import TreeLayer, TreeModel
from neurograph.models.tree_network import Numbers

SPREAD = {"labels": 0.5, "recurrence": 0.2}  # standard deviation of fresh weights


class Layer(TreeLayer):
    """A tree layer whose sums feed neurons, scaled by what these take of a current."""

    def __init__(self, inputs: int, outputs: int, config: SpikeNetConfig) -> None:
        super().__init__(inputs, outputs)
        self.neuron = layer_class(config.neuron)(config.ir_neuron(), config)

    def gain(self) -> Tensor:
        return self.neuron.gain()


class SpikeNet(TreeModel):
    """Spiking layers; what is read out are the last one's spikes."""

    config: SpikeNetConfig

    def __init__(self, config: SpikeNetConfig) -> None:
        of_first = 0 if config.feature_hops else config.features
        widths = (of_first, *config.hidden)
        spiking = [Layer(inputs, outputs, config) for inputs, outputs in pairwise(widths)]
        super().__init__(config, spiking)
        self.spiking = spiking
        shapes = config.extra()
        spread = {**SPREAD, "features": max(3 * config.features, 1) ** -0.5}  # as of a layer
        self.extra = nn.ParameterDict({n: _fresh(shape, spread[n]) for n, shape in shapes.items()})

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """Spikes, 0 or 1 ``(nodes, T, rows, channels)`` per layer; `dropout` is between layers."""
        dropout = dropout or no_dropout(len(batch.where))
        first, *rest = self.spiking
        spikes = [first.neuron(self._first_currents(batch))]
        for number, layer in enumerate(rest, 1):
            groups, drop = self.neighbour_groups[number], dropout.of_layer(number)
            inputs = self_and_mean(spikes[-1], groups, drop)
            spikes.append(layer.neuron(layer.currents(inputs)))
        return spikes

    def _first_currents(self, batch: Batch) -> Tensor:
        """``(nodes, T, rows, H)`` of features, and of the labels of the rows' neighbours."""
        groups = self.neighbour_groups[0]
        products = self.spiking[0].products(batch.features)
        currents = slot_currents(products, batch.where, groups)
        if batch.labels is None:
            return currents
        of_class = self.extra_weight("labels").T
        heard = torch.cat([torch.zeros_like(of_class), of_class], 1)  # by neighbours alone
        rows = torch.cat([heard, torch.zeros_like(heard[:1])])  # the last row says nothing
        sent = torch.where(batch.labels == NOTHING, len(of_class), batch.labels)
        # rows of their own for every step, as features have: gradients of steps are added at once
        steps = sent.shape[1]
        first = len(rows) * torch.arange(steps, dtype=sent.dtype, device=sent.device)
        sent = (sent + first[:, None]).int()
        return currents + slot_currents(rows.repeat(steps, 1), sent, groups)

    def capture(self) -> Network:
        return self.config.network(self.captured())

    def captured(self) -> Numbers:
        layers = [layer.numbers(layer.neuron.to_neuron()) for layer in self.spiking]
        return self.numbers(layers, {name: self.extra_weight(name) for name in self.extra})

    def extra_weight(self, name: str) -> Tensor:
        """Weight of a connection besides those of the layers, with its neurons' gain."""
        layer = self.spiking[-1 if name == "recurrence" else 0]
        gain = layer.gain() * (layer.input_gain if name == "features" else 1.0)
        weight: Tensor = self.extra[name] * gain
        return weight

    def in_integers(self, scheme: Scheme) -> IntegerNet:
        if self.config.label_input:
            raise ModelError(
                "a model with label input is not trained in integers; export quantises it"
            )
        return IntegerNet.of(self, scheme)


def _fresh(shape: tuple[int, int], spread: float) -> nn.Parameter:
    """Weights before training."""
    return nn.Parameter(torch.randn(shape) * spread)
