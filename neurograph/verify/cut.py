"""A network cut short, so that its last state is its state at an update of interest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, Readout


def cut(
    network: QNetwork, payloads: Mapping[str, Array], updates: int
) -> tuple[QNetwork, dict[str, Array]]:
    """The first `updates` updates of every population, as a network, and its payloads.

    Each update is a snapshot of its own, so that one may end within a snapshot; a payload is sent
    as often as before. The readout is one class that reads nothing.

    Args:
        payloads: per stream, ``(nodes, steps, rows, channels)``.
    """
    last = network.populations[-1]
    inputs = updates * last.rows * last.channels
    nothing = Readout(source=last.name, weight=np.zeros((1, inputs)), bias=np.zeros(1))
    shorter = replace(network, steps=updates, latency=1, readout=nothing, lost=())
    given = {
        name: np.repeat(x, network.latency, axis=1)[:, :updates] for name, x in payloads.items()
    }
    return shorter, given
