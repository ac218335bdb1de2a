"""The pass that takes the readout away."""

from __future__ import annotations

from dataclasses import replace

from neurograph.ir import QNetwork


def without_readout(network: QNetwork) -> QNetwork:
    """The same layers, for who runs them and leaves the logits to others.

    Requires:
        Nothing.

    Ensures:
        The result has no readout; spikes and states are those of `network`.
    """
    return replace(network, readout=None)
