"""Whether two runs can be compared."""

from __future__ import annotations

import numpy as np

from neurograph.core.errors import NetworkError
from neurograph.runtime.record import FLOAT, RunRecord


def check_comparable(first: RunRecord, second: RunRecord) -> None:
    """Raise NetworkError unless both ran the same populations over the same nodes, in order."""
    who = f"{first.backend} and {second.backend}"
    if not len(first.nodes) or not np.array_equal(first.nodes, second.nodes):
        raise NetworkError(f"{who}: runs over different nodes, or none, cannot be compared")
    shapes = [_spike_shapes(first, second), _spike_shapes(second, first)]
    if shapes[0] != shapes[1]:
        raise NetworkError(f"{who}: spikes {shapes[0]} and {shapes[1]} cannot be compared")
    if FLOAT not in (first.backend, second.backend):
        if first.network_sha256 != second.network_sha256:
            raise NetworkError(f"{who}: runs of different integer networks; export, then run again")
        states = [_state_shapes(r) for r in (first, second)]
        if states[0] != states[1]:
            raise NetworkError(f"{who}: final states {states[0]} and {states[1]}")


def _spike_shapes(record: RunRecord, other: RunRecord) -> dict[str, tuple[int, ...]]:
    """Of its populations; against floats, of those that the floats have, too."""
    fewer = other.backend == FLOAT and other.spikes
    names = [name for name in record.spikes if not fewer or name in other.spikes]
    return {name: record.spikes[name].shape for name in names}


def _state_shapes(record: RunRecord) -> dict[str, dict[str, tuple[int, ...]]]:
    return {n: {key: s.shape for key, s in states.items()} for n, states in record.final.items()}
