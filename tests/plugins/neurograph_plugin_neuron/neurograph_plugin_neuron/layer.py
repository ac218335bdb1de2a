"""`salif`, trained: ``v = (1 - 1/tau) v + u``; where it fires, ``v - theta`` is left."""

from __future__ import annotations

import torch
from torch import Tensor

from neurograph.models.layers.neurons.base import NeuronLayer


class SoftAlif(NeuronLayer):
    """Takes in 1/tau of its input; reset and threshold are those that its kind says."""

    def gain(self) -> Tensor:
        return torch.tensor(1.0 / self.tau)

    def keep(self) -> Tensor:
        return 1.0 - self.gain()
