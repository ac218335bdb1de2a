"""`if`: integrates and fires; nothing of the membrane leaks.

::

    v = v + u;   s = 1[v > theta];   v = (1 - s) v
"""

from __future__ import annotations

import torch
from torch import Tensor

from neurograph.models.layers.neurons.base import NeuronLayer


class If(NeuronLayer):
    """Takes in all of its input and keeps all of its membrane."""

    def gain(self) -> Tensor:
        return torch.tensor(1.0)

    def keep(self) -> Tensor:
        return torch.tensor(1.0)
