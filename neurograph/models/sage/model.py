"""Baselines of SpikeNet, without spikes, to compare with: the same sampling, widths and readout.

`sage` has ReLU in place of neurons, so a snapshot knows nothing of those before it until the
readout. `sage-gru` puts a gated recurrent unit over the snapshots behind the last layer.

Source: GraphSAGE's mean aggregator (Hamilton et al., NeurIPS 2017); GRU: Cho et al., EMNLP 2014.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import relu

from neurograph.core.errors import ModelError
from neurograph.ir import Network
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_mean, slot_currents
from neurograph.models.layers.batch import Batch
from neurograph.models.sage.config import SageConfig
from neurograph.models.sage.operations import Counter
from neurograph.models.tree_model import TreeLayer, TreeModel


class Sage(TreeModel):
    """``relu(W_self x + W_neighbours mean(x) + b)`` of every slot, layer by layer."""

    def __init__(self, config: SageConfig) -> None:
        widths = (config.features, *config.hidden)
        dense = [TreeLayer(inputs, outputs) for inputs, outputs in pairwise(widths)]
        super().__init__(config, dense)
        self.dense = dense
        self.gru: nn.GRU | None = None

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """At least 0, ``(nodes, T, rows, channels)`` per layer; `dropout` acts between layers."""
        dropout = dropout or no_dropout(len(batch.where))
        first, *rest = self.dense
        products = first.products(batch.features)
        found = [relu(slot_currents(products, batch.where, self.neighbour_groups[0]))]
        for number, layer in enumerate(rest, 1):
            groups, drop = self.neighbour_groups[number], dropout.of_layer(number)
            inputs = self_and_mean(found[-1], groups, drop)
            found.append(relu(layer.currents(inputs)))
        return found

    def capture(self) -> Network:
        """Raises ModelError: nothing of it is a spiking network."""
        raise ModelError(
            "a model without spikes is a baseline: nothing of it runs on a spiking chip; run "
            "neurograph run on it, then neurograph report SPIKING_RUN --baseline RUN"
        )

    def counter(self) -> Counter:
        return Counter(self)


class SageGru(Sage):
    """The same, then a GRU as wide as the last layer; all its states are read out."""

    def __init__(self, config: SageConfig) -> None:
        super().__init__(config)
        self.gru: nn.GRU
        width = config.hidden[-1]
        self.gru = nn.GRU(width, width, batch_first=True)

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """As of `Sage`; then the GRU's states ``(nodes, T, 1, channels)``, between -1 and 1."""
        found = super().activations(batch, dropout)
        states, _ = self.gru(found[-1].squeeze(2))
        return [*found, states.unsqueeze(2)]
