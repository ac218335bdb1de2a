"""`lif`: leaky; tau is the time constant of its membrane.

::

    v = (1 - 1/tau) v + u;   s = 1[v > theta];   v = (1 - s) v
"""

from __future__ import annotations

import torch
from torch import Tensor

from neurograph.models.layers.neurons.base import NeuronLayer


class Lif(NeuronLayer):
    """Takes in 1/tau of its input and keeps the rest of its membrane."""

    def gain(self) -> Tensor:
        return torch.tensor(1.0 / self.tau)

    def keep(self) -> Tensor:
        return 1.0 - self.gain()
