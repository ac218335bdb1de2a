"""The neuron that runs every kind whose update is that of `neurograph.ir.neurons.base`."""

from __future__ import annotations

from typing import Any

from neurograph_lava.processes.lif.process import AdaptiveLIF


class ProgrammedLIF(AdaptiveLIF):
    """An AdaptiveLIF whose reset may be soft.

    ``fires where v > theta; there v = 0, or v - theta if the reset is soft; then
    theta = theta * (1 - theta_decay) + theta_step * fired``

    Args (besides AdaptiveLIF's):
        soft_reset: whether it subtracts theta, as it was compared, where it fires.
    """

    def __init__(self, *, soft_reset: bool = False, **settings: Any) -> None:
        super().__init__(soft_reset=bool(soft_reset), **settings)
