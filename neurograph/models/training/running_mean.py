"""A running mean of the weights: late in a training, steadier than any of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class RunningMean:
    """Of all weights of a model, recent steps counting most.

    Args:
        model: whose weights are averaged from now on.
        keep: share of the mean that a step keeps, 0 to below 1.
    """

    def __init__(self, model: nn.Module, keep: float) -> None:
        self.model, self.keep = model, keep
        self.state = {name: x.detach().clone() for name, x in model.state_dict().items()}

    def update(self) -> None:
        """After a step of the optimiser."""
        for name, x in self.model.state_dict().items():
            if x.is_floating_point():
                self.state[name].mul_(self.keep).add_(x, alpha=1.0 - self.keep)
            else:
                self.state[name].copy_(x)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from this mean."""
        self.state = {name: x.clone() for name, x in state.items()}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the mean as its weights, until the block ends."""
        with torch.no_grad():
            own = {name: x.clone() for name, x in self.model.state_dict().items()}
        self.model.load_state_dict(self.state)
        try:
            yield
        finally:
            self.model.load_state_dict(own)
