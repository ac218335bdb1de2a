"""The payloads of a stream: how far to clip features, and whether their mean error travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Network, QStream, Schedule, Stream
from neurograph.ir.passes.means import with_means
from neurograph.quantization.calibration import decode, few_of, run_floats
from neurograph.quantization.site import Site, emitted_by, relays_along
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
    network: Network,
    inputs: Mapping[str, Array],
    bits: int,
    judges: Array | None,
    activity: Simulation,
    numbers: Mapping[str, Array],
) -> dict[str, StreamChoice]:
    """Per stream, the payloads that change the fewest spikes.

    The squared error of the features is a poor guide: a few large values set it, while most
    spikes hang on the resolution of the many small ones.

    Args:
        network: with relays, in floats.
        inputs: calibration values per stream ``(nodes, steps, rows, channels)``.
        bits: of a payload.
        judges: nodes by whose spikes to choose, where they hear each other; None: all.
        activity: the float run over `inputs`.
        numbers: what those relays send that hear along edges, and hand on.
    """
    few = few_of(activity.count, judges)
    trial: _Trial = (
        _Alone(network, {name: x[few] for name, x in inputs.items()})
        if network.nodes is None
        else _Together(network, inputs, numbers, activity, few)
    )
    return {s.name: _choose(trial, s, inputs[s.name], bits) for s in network.streams}


class _Trial(Protocol):
    """Counts the spikes that payloads change in float arithmetic."""

    def changed(self, stream: str, payloads: tuple[QStream, ...]) -> float:
        """Share of spikes, averaged over populations, that differ with these of a stream."""

    def means_travel(self, stream: str) -> bool:
        """Whether the means of a stream's rounding errors have a way."""


class _Alone:
    """Nodes that run each alone, through the whole network."""

    def __init__(self, network: Network, few: Mapping[str, Array]) -> None:
        self._network, self._few = network, few
        self._wanted = run_floats(network, few)

    def changed(self, stream: str, payloads: tuple[QStream, ...]) -> float:  # noqa: ARG002
        decoded = {**self._few, **decode(payloads, self._few)}
        held = run_floats(with_means(self._network, payloads), decoded)
        differ = [np.mean(held.spikes[n] != s) for n, s in self._wanted.spikes.items()]
        return float(np.mean(differ))

    def means_travel(self, stream: str) -> bool:  # noqa: ARG002
        return True


class _Together:
    """Nodes that hear each other: the populations that hear a stream, by weights or by a relay."""

    def __init__(
        self,
        network: Network,
        inputs: Mapping[str, Array],
        numbers: Mapping[str, Array],
        activity: Simulation,
        few: Array,
    ) -> None:
        self._network, self._activity = network, activity
        self._given = {**inputs, **numbers}
        self._wanted = {p.name: activity.spikes[p.name][few] for p in network.spiking}
        self._few = few

    def changed(self, stream: str, payloads: tuple[QStream, ...]) -> float:
        differ = []
        for site, inputs in self._sites(stream):
            own = tuple(_renamed(s) for s in payloads)
            held = run_floats(
                with_means(site.network, own), {**inputs, **decode(own, inputs)}
            ).spikes[site.target][site.around.rows]
            differ.append(np.mean(held != self._wanted[site.target]))
        return float(np.mean(differ)) if differ else 0.0

    def means_travel(self, stream: str) -> bool:
        """Where all its ways are by weights: along edges they would need relays of their own."""
        ways = [j for j in self._network.projections if j.source == stream]
        return not any(isinstance(j.mix, Schedule) for j in ways)

    @lru_cache(maxsize=1)  # noqa: B019  as long as the trial, which is short
    def _sites(self, stream: str) -> list[tuple[Site, dict[str, Array]]]:
        found = []
        for p in self._network.spiking:
            ends = {p.name, *(r.name for r in relays_along(self._network, p.name))}
            if any(j.source == stream and j.target in ends for j in self._network.projections):
                site = Site.of(self._network, p.name, self._few)
                sent = {
                    emitted_by(s): site.sent(s, self._given, self._activity) for s in site.sources
                }
                found.append((site, sent))
        return found


def _renamed(stream: QStream) -> QStream:
    """As a site calls it."""
    of = emitted_by(stream.mean_of) if stream.mean_of else ""
    return replace(stream, name=emitted_by(stream.name), mean_of=of)


def _choose(trial: _Trial, stream: Stream, values: Array, bits: int) -> StreamChoice:
    largest = float(np.abs(values).max())
    if stream.binary or largest == 0.0:
        plain = _stream(stream, 1 if stream.binary else bits, 1.0)
        return StreamChoice(streams=(plain,), clip=float(plain.payload_max), largest=largest)
    tried = [_stream(stream, bits, _payload_max(bits) / (largest * clip)) for clip in _CLIPS]
    alone = [trial.changed(stream.name, (s,)) for s in tried]
    with_mean = (
        [trial.changed(stream.name, (s, s.mean())) for s in tried]
        if trial.means_travel(stream.name)
        else alone
    )
    worth = min(with_mean) <= _WORTH * min(alone) and with_mean is not alone
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
