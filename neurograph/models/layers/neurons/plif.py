"""`plif`: a `lif` that learns its time constant.

Source: Fang et al., ICCV 2021 (parametric LIF; the threshold is fixed).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from neurograph.ir import Neuron
from neurograph.models.layers.neurons.base import LayerSettings
from neurograph.models.layers.neurons.lif import Lif


class Plif(Lif):
    """``1/tau = sigmoid(w)``, which stays between 0 and 1 whatever the optimiser does."""

    def __init__(self, start: Neuron, settings: LayerSettings) -> None:
        super().__init__(start, settings)
        self.w = nn.Parameter(torch.tensor(-math.log(settings.tau - 1.0)))

    def gain(self) -> Tensor:
        return torch.sigmoid(self.w)
