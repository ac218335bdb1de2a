"""What a model's last layer becomes logits by: weights of every snapshot, or of a trace."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from neurograph.models.layers.names import LEAKY


class FlatReadout(nn.Linear):
    """A weight per class, snapshot and channel.

    Args:
        channels: of the last layer.
        classes: how many logits.
        steps: snapshots.
    """

    def __init__(self, channels: int, classes: int, steps: int) -> None:
        super().__init__(steps * channels, classes)

    def over_time(self, weight: Tensor | None = None) -> Tensor:
        """``(classes, steps * channels)``, by which all snapshots are multiplied.

        Args:
            weight: in the place of its own, perhaps in another precision.
        """
        return self.weight if weight is None else weight


class LeakyReadout(nn.Linear):
    """A weight per class and channel, of an exponential trace: ``r[t] = keep r[t-1] + s[t]``.

    Weights do not depend on the number of snapshots. The last trace is a sum over snapshots, in
    which ``s[t]`` counts ``keep ** (steps - 1 - t)`` times: what is computed is that sum.

    Args:
        channels: of the last layer.
        classes: how many logits.
        steps: snapshots.
        keep: share of the trace that is left after a snapshot, above 0 to 1.
    """

    def __init__(self, channels: int, classes: int, steps: int, keep: float) -> None:
        super().__init__(channels, classes)
        self.factors = [keep**age for age in range(steps - 1, -1, -1)]
        with torch.no_grad():  # logits of the size that those of a flat readout have at first
            self.weight /= sum(factor**2 for factor in self.factors) ** 0.5

    def over_time(self, weight: Tensor | None = None) -> Tensor:
        """See `FlatReadout.over_time`; `weight` is ``(classes, channels)``."""
        held = self.weight if weight is None else weight
        return (held.new_tensor(self.factors)[:, None] * held[:, None]).flatten(1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits ``(nodes, classes)`` of ``(nodes, steps * channels)``."""
        return linear(inputs, self.over_time(), self.bias)


def fresh_readout(
    kind: str, channels: int, classes: int, *, steps: int, keep: float
) -> FlatReadout | LeakyReadout:
    """A readout with fresh weights; `kind` is one of `names.READOUTS`."""
    if kind == LEAKY:
        return LeakyReadout(channels, classes, steps, keep)
    return FlatReadout(channels, classes, steps)
