"""Synaptic operations from what was sent: exact, per target neuron and update."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Network, Projection, QNetwork, QProjection


def synaptic_ops(
    network: Network | QNetwork, projection: Projection | QProjection, sent: Mapping[str, Array]
) -> Array:
    """Emissions that arrive in time, times the non-zero synapses behind each.

    Args:
        sent: per stream and population, ``(updates, rows, channels)`` on its own clock.

    Returns:
        int64 ``(updates, rows, channels)`` of the target, on its clock.
    """
    emitted = np.asarray(sent[projection.source], np.int64)
    arriving = np.zeros_like(emitted)
    lag = network.wiring.lag[projection.name]
    if lag < len(emitted):
        arriving[lag:] = emitted[: len(emitted) - lag]
    mix = projection.still.astype(bool).astype(np.int64)
    joined = (projection.weight != 0).astype(np.int64)
    by_channel = arriving @ joined.T  # (updates, source rows, target channels)
    updates, rows, channels = by_channel.shape
    flat = by_channel.transpose(1, 0, 2).reshape(rows, updates * channels)
    heard: Array = (mix @ flat).reshape(mix.shape[0], updates, channels).transpose(1, 0, 2)
    return heard
