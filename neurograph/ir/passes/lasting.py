"""The pass that lets a network last for another number of steps."""

from __future__ import annotations

from dataclasses import replace

from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork


def fixes_steps(network: QNetwork) -> str | None:
    """What of a network is of so many steps and no others; None: it may last as long as wanted."""
    if network.nodes is not None:
        return "edges that are there step by step"
    return None if network.readout is None else "a readout with weights for each of them"


def lasting(network: QNetwork, steps: int) -> QNetwork:
    """The same network for so many steps.

    Ensures:
        In the steps that both have, the spikes are the same for the same inputs.

    Raises:
        NetworkError: a network with a readout, or with edges over time, of another number.
    """
    if steps == network.steps:
        return network
    if (what := fixes_steps(network)) is not None:
        raise NetworkError(f"{steps} steps, and the network has {what}: needed {network.steps}")
    return replace(network, steps=steps)
