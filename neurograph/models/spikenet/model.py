"""SpikeNet: sampled neighbours, real-valued input, spiking layers, linear readout over all steps.

Source: Li et al., "Scaling Up Dynamic Graph Representation Learning via Spiking Neural Networks",
AAAI 2023. Ours differ: a uniform seeded sampler, a real leaky membrane where tau > 1.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor

from neurograph.ir import Network, Scheme
from neurograph.models.integer.net import IntegerNet
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_mean, slot_currents
from neurograph.models.layers.batch import Batch
from neurograph.models.neurons import layer_class
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.tree_model import TreeLayer, TreeModel


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
        widths = (config.features, *config.hidden)
        spiking = [Layer(inputs, outputs, config) for inputs, outputs in pairwise(widths)]
        super().__init__(config, spiking)
        self.spiking = spiking

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """Spikes, 0 or 1 ``(nodes, T, rows, channels)`` per layer; `dropout` is between layers."""
        dropout = dropout or no_dropout(len(batch.where))
        first, *rest = self.spiking
        products = first.products(batch.features)
        spikes = [first.neuron(slot_currents(products, batch.where, self.neighbour_groups[0]))]
        for number, layer in enumerate(rest, 1):
            groups, drop = self.neighbour_groups[number], dropout.of_layer(number)
            inputs = self_and_mean(spikes[-1], groups, drop)
            spikes.append(layer.neuron(layer.currents(inputs)))
        return spikes

    def capture(self) -> Network:
        layers = [layer.numbers(layer.neuron.to_neuron()) for layer in self.spiking]
        return self.config.network(self.numbers(layers))

    def in_integers(self, scheme: Scheme) -> IntegerNet:
        return IntegerNet.of(self, scheme)
