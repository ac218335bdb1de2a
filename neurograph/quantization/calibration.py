"""What the float network does on the calibration data, by which every choice is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Network, QStream, encode
from neurograph.ir.passes.means import with_means
from neurograph.runtime.engine import FloatArithmetic, Simulation, simulate

_COMPARED = 128  # nodes for a single choice; at 27 steps of 778 neurons, 2.7 million spikes


@dataclass(frozen=True, eq=False, kw_only=True)
class Sent:
    """What a relay sends that hears along edges, and hands on to weights.

    Attributes:
        stream: its payloads, as if they were an input.
        payloads: ``(nodes, updates, 1, channels)``.
    """

    stream: QStream
    payloads: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """The float network's run over the calibration data, whose payloads are chosen.

    Attributes:
        network: with a relay in each projection along edges.
        inputs: real values per stream, ``(nodes, steps, rows, channels)``.
        activity: the float run.
        streams: as integers, means included.
        judges: int64 ids of the nodes by which choices are made; None: all that run.
        heard: by name of a relay that hears along edges, what its integers send.
    """

    network: Network
    inputs: Mapping[str, Array]
    activity: Simulation
    streams: tuple[QStream, ...]
    judges: Array | None = None
    heard: Mapping[str, Sent] = field(default_factory=dict)

    def with_heard(self, sent: Sent) -> Calibration:
        """The same, where one more relay is heard."""
        later = replace(self, heard={**self.heard, sent.stream.name: sent})
        later.__dict__["payloads"] = self.payloads  # made once
        return later

    @cached_property
    def given(self) -> dict[str, Array]:
        """Integers of all that is no spike: payloads of streams, and what relays send."""
        return {**self.payloads, **{name: sent.payloads for name, sent in self.heard.items()}}

    def stream(self, source: str) -> QStream:
        """What a source sends, as if it were an input; of its own account, not as a mean."""
        if source in self.heard:
            return self.heard[source].stream
        known = {s.name: s for s in self.streams}
        if source in known:
            return replace(known[source], mean_of="")
        of = next(p for p in self.network.populations if p.name == source)
        return QStream(name=source, rows=of.rows, channels=of.channels, bits=1)

    @cached_property
    def judging(self) -> Array:
        """Ids of all nodes whose spikes are compared."""
        return np.arange(self.activity.count) if self.judges is None else self.judges

    @cached_property
    def few(self) -> Array:
        """Of them, ids of those by which a single choice is made, ascending."""
        return few_of(self.activity.count, self.judges)

    @cached_property
    def extended(self) -> Network:
        """The network with its means, whose projections have integers."""
        return with_means(self.network, self.streams)

    @cached_property
    def payloads(self) -> Mapping[str, Array]:
        """The calibration data as integers, per stream."""
        return encode(self.streams, self.inputs)


def decode(streams: Iterable[QStream], inputs: Mapping[str, Array]) -> dict[str, Array]:
    """What the payloads of `inputs` stand for, in float units, per stream."""
    known = {s.name: s for s in streams}
    payloads = encode(known.values(), inputs)
    return {name: x / np.float32(known[name].scale) for name, x in payloads.items()}


def few_of(count: int, judges: Array | None) -> Array:
    """Distinct ids of the nodes by which a single choice is made, ascending.

    Args:
        count: of nodes that run.
        judges: ids of those whose spikes are compared; None: all.
    """
    ids = np.arange(count) if judges is None else judges
    few: Array = np.unique(ids[spread(len(ids))])
    return few


def spread(count: int) -> Array:
    """Indices of the nodes by which a single choice is made, spread over all `count`.

    Calibration nodes come in the order of their ids, which often follows the time at which they
    appeared: the first ones are no fair sample.
    """
    few: Array = np.linspace(0, count - 1, min(count, _COMPARED)).round().astype(np.int64)
    return few


def run_floats(network: Network, inputs: Mapping[str, Array]) -> Simulation:
    """The float network's run over calibration data.

    Raises:
        NetworkError: no nodes, or inputs that do not fit the network's streams.
    """
    if not inputs or not all(len(x) for x in inputs.values()):
        raise NetworkError("calibration without nodes: give inputs of at least one training node")
    count = len(next(iter(inputs.values())))
    return simulate(network, inputs, count, FloatArithmetic(network))
