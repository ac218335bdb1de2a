"""A spiking graph convolution: one weight per layer, for a node and its neighbours alike."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from neurograph.ir import Network
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_mean
from neurograph.models.layers.batch import Batch
from neurograph.models.neurons import layer_class
from neurograph.models.tree_model import TreeModel, as_array
from neurograph.models.tree_network import LayerNumbers
from neurograph_plugin_model.config import SpikingGcnConfig


class SpikingGcn(TreeModel):
    """See the config."""

    config: SpikingGcnConfig

    def __init__(self, config: SpikingGcnConfig) -> None:
        widths = pairwise((config.features, *config.hidden))
        super().__init__(config, [nn.Linear(inputs, outputs) for inputs, outputs in widths])
        self.neuron = layer_class("lif")(config.ir_neuron(), config)

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        drop, heard = no_dropout(len(batch.where)), batch.features[batch.where.long()]
        spikes: list[Tensor] = []
        layers = zip(self.layers, self.neighbour_groups, strict=True)
        for number, (layer, groups) in enumerate(layers, 1):
            own, mean = self_and_mean(heard, groups, drop).unbind(3)
            current = layer(self.config.self_gain * own + mean) * self.neuron.gain()
            heard = self.neuron(current)
            spikes.append(heard)
            drop = dropout.of_layer(number) if dropout else drop
        return spikes

    def capture(self) -> Network:
        gain, neuron = self.neuron.gain().item(), self.config.ir_neuron()
        layers = [
            LayerNumbers(
                own=as_array(layer.weight) * gain * self.config.self_gain,
                neighbours=as_array(layer.weight) * gain,
                bias=as_array(layer.bias) * gain,
                neuron=neuron,
            )
            for layer in self.layers
        ]
        return self.config.network(self.numbers(layers))
