"""The payloads of a stream: how far to clip features, and whether their mean error travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Network, QStream, Stream
from neurograph.ir.passes.means import with_means
from neurograph.quantization.calibration import decode, run_floats, spread
from neurograph.runtime.engine import Simulation

_CLIPS = 2.0 ** (-np.arange(20) / 4)  # tried clips, as shares of the largest magnitude
_WORTH = 0.9  # the mean travels where it leaves at most this share of the changed spikes


@dataclass(frozen=True, eq=False, kw_only=True)
class StreamChoice:
    """How one stream of features became payloads.

    Attributes:
        streams: of payloads: the features, and perhaps the means of their rounding errors.
        changed: share of calibration spikes that these payloads change, in float arithmetic.
        unclipped: the same share if nothing is clipped.
        without_mean: the same share if the best clip goes alone.
        clip: largest magnitude that a payload holds.
        largest: magnitude of the calibration features.
    """

    streams: tuple[QStream, ...]
    clip: float
    largest: float
    changed: float = 0.0
    unclipped: float = 0.0
    without_mean: float = 0.0


def choose_streams(
    network: Network, inputs: Mapping[str, Array], bits: int
) -> dict[str, StreamChoice]:
    """Per stream, the payloads that change the fewest spikes.

    The squared error of the features is a poor guide: a few large values set it, while most
    spikes hang on the resolution of the many small ones.

    Args:
        inputs: calibration values per stream ``(nodes, steps, rows, channels)``.
    """
    few = {name: x[spread(len(x))] for name, x in inputs.items()}
    wanted = run_floats(network, few)
    return {s.name: _choose(network, s, few, wanted, inputs[s.name], bits) for s in network.streams}


def _choose(
    network: Network,
    stream: Stream,
    few: Mapping[str, Array],
    wanted: Simulation,
    values: Array,
    bits: int,
) -> StreamChoice:
    largest = float(np.abs(values).max())
    if stream.binary or largest == 0.0:
        plain = _stream(stream, 1 if stream.binary else bits, 1.0)
        return StreamChoice(streams=(plain,), clip=float(plain.payload_max), largest=largest)
    tried = [_stream(stream, bits, _payload_max(bits) / (largest * clip)) for clip in _CLIPS]
    alone = [_changed(network, (s,), few, wanted) for s in tried]
    with_mean = [_changed(network, (s, s.mean()), few, wanted) for s in tried]
    worth = min(with_mean) <= _WORTH * min(alone)
    changed = with_mean if worth else alone
    best = int(np.argmin(changed))  # the first of equals: the one that clips least
    return StreamChoice(
        streams=(tried[best], tried[best].mean()) if worth else (tried[best],),
        changed=changed[best],
        unclipped=changed[0],
        without_mean=min(alone),
        clip=largest * float(_CLIPS[best]),
        largest=largest,
    )


def _payload_max(bits: int) -> int:
    return (1 << (bits - 1)) - 1


def _stream(stream: Stream, bits: int, scale: float) -> QStream:
    return QStream(
        name=stream.name, rows=stream.rows, channels=stream.channels, bits=bits, scale=scale
    )


def _changed(
    network: Network, streams: tuple[QStream, ...], few: Mapping[str, Array], wanted: Simulation
) -> float:
    """Share of spikes, averaged over populations, that differ with these payloads of a stream."""
    held = run_floats(with_means(network, streams), {**few, **decode(streams, few)})
    differ = [np.mean(held.spikes[n] != spikes) for n, spikes in wanted.spikes.items()]
    return float(np.mean(differ))
