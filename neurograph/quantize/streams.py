"""The payload scale of a stream: how far to clip real-valued features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.arrays import Array
from neurograph.engine import FloatArithmetic, simulate
from neurograph.ir import Network, QStream, Stream

_TARGETS = 64  # that a clip is judged on; at 27 steps of 768 neurons, 1.3 million spikes
_CLIPS = 2.0 ** (-np.arange(16) / 3)  # tried clips, as shares of the largest magnitude


def quantize_streams(
    network: Network, inputs: Mapping[str, Array], bits: int
) -> dict[str, QStream]:
    """Integer streams; a real-valued one is clipped where that changes the fewest spikes.

    The squared error of the features is a poor guide: a few large values set it, while most
    spikes hang on the resolution of the many small ones.

    Args:
        inputs: calibration values per stream ``(targets, steps, rows, channels)``.
    """
    few = {name: x[:_TARGETS] for name, x in inputs.items()}
    wanted = _spikes(network, few)
    return {
        s.name: _quantize_stream(network, s, few, wanted, inputs, bits) for s in network.streams
    }


def _quantize_stream(
    network: Network,
    stream: Stream,
    few: Mapping[str, Array],
    wanted: Mapping[str, Array],
    inputs: Mapping[str, Array],
    bits: int,
) -> QStream:
    if stream.binary:
        return _stream(stream, 1, 1.0)
    largest = float(np.abs(inputs[stream.name]).max())
    if largest == 0.0:
        return _stream(stream, bits, 1.0)
    tried = [_stream(stream, bits, ((1 << (bits - 1)) - 1) / (largest * clip)) for clip in _CLIPS]
    changed = []
    for candidate in tried:
        decoded = candidate.encode(few[stream.name]) / np.float32(candidate.scale)
        spikes = _spikes(network, {**few, stream.name: decoded})
        changed.append(sum(float(np.mean(spikes[name] != wanted[name])) for name in wanted))
    return tried[int(np.argmin(changed))]  # the first of equals: the one that clips least


def _stream(stream: Stream, bits: int, scale: float) -> QStream:
    return QStream(
        name=stream.name, rows=stream.rows, channels=stream.channels, bits=bits, scale=scale
    )


def _spikes(network: Network, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
    nodes = np.arange(len(next(iter(inputs.values()))))
    record = simulate(network, inputs, nodes, FloatArithmetic(network), target="float", sha256="")
    return record.spikes
