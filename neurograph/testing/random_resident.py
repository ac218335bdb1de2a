"""Random resident networks that fire: a small random graph, relays, labels, recurrence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QPopulation, QProjection, QRelay, QStream, Schedule
from neurograph.ir.values import PerChannel
from neurograph.testing.builders import integer_layer, integer_link
from neurograph.testing.parts import Case, NeuronKind, random_readout
from neurograph.testing.random_networks import random_population
from neurograph.testing.schedules import integer_schedule

_SPIKES = 0.3  # variance of what fires


def random_resident_network(
    rng: np.random.Generator,
    *,
    neuron: NeuronKind = "LIF",
    recurrent: bool = False,
    binary: bool = False,
) -> Case:
    """Two layers with relays before them, and a relay of labels, over a graph of 1 to 9 nodes.

    ``x -> r -> h -> s -> o`` with ``r -> h`` and ``s -> o`` along edges, ``y -> heard`` along edges
    as well, ``heard -> h``, and ``x -> h``, ``h -> o`` within a node. Latency is 1 to 3, some
    projections are delayed, exponents are of both signs, relays cut off both ends of what they sum.

    Args:
        recurrent: the last layer leads back to its relay, and that one to the first layer.
        binary: plain spikes as features instead of 8-bit payloads.
    """
    nodes, steps = int(rng.integers(1, 10)), int(rng.integers(2, 6))
    wide, hidden, out, classes = (int(n) for n in rng.integers((2, 2, 2, 1), (8, 9, 6, 4)))
    mixes = _random_mixes(rng, nodes, steps)
    within = [
        ("x", "r", hidden, wide),
        ("x", "h", hidden, wide),
        ("heard", "h", hidden, classes),
        ("h", "s", out, hidden),
        ("h", "o", out, hidden),
        *([("o", "s", out, out)] if recurrent else []),
    ]
    links = [_within(rng, *ends, graded=ends[0] == "heard" or not binary) for ends in within]
    links += [
        _along(rng, "r", "h", np.eye(hidden, dtype=np.int64), mixes[0]),
        _along(rng, "s", "o", np.eye(out, dtype=np.int64), mixes[1]),
        _along(rng, "y", "heard", rng.integers(0, 120, (classes, classes)), mixes[2]),
    ]
    if recurrent:
        links.append(_along(rng, "s", "h", 10 * np.eye(hidden, out, dtype=np.int64), mixes[1]))
    sent = {"x": 0.24 if binary else 50.0**2, "y": 0.2, "h": _SPIKES, "o": _SPIKES, "s": 50.0**2}
    layers: list[QPopulation] = []
    for name, channels in (
        ("heard", classes),
        ("r", hidden),
        ("h", hidden),
        ("s", out),
        ("o", out),
    ):
        variance = _variance((j for j in links if j.target == name), sent)
        if name in ("h", "o"):
            layers.append(random_population(rng, name, 1, channels, neuron, variance / 4))
            continue
        relay = _random_relay(rng, channels, np.sqrt(variance))
        layers.append(integer_layer(name, 1, channels, relay, bias=rng.integers(-9, 9, channels)))
        sent[name] = min(variance, float(relay.payload_max) ** 2)
    streams = (
        QStream(name="x", rows=1, channels=wide, bits=1 if binary else 8),
        QStream(name="y", rows=1, channels=classes),
    )
    shape = (nodes, steps, 1, wide)
    features = rng.random(shape) < 0.4 if binary else rng.normal(0, 50, shape)
    labels = rng.random((nodes, steps, 1, classes)) < 0.3
    network = QNetwork(
        streams=streams,
        populations=tuple(layers),
        projections=tuple(links),
        readout=random_readout(rng, "o", steps * out),
        steps=steps,
        latency=int(rng.integers(1, 4)),
    )
    inputs = {"x": streams[0].encode(features), "y": streams[1].encode(labels)}
    return Case(network, inputs, np.arange(nodes))


def _random_mixes(rng: np.random.Generator, nodes: int, steps: int) -> tuple[Schedule, ...]:
    """By the same pairs: entries of all kinds, pairs so far alone, and counts of each pair."""
    met = rng.random((steps, nodes, nodes)) < rng.uniform(0, 0.4)
    meetings = [(int(v), int(u), int(t)) for t, v, u in np.argwhere(met) if u != v]
    entries = rng.integers(0, 20, (4, steps, nodes)) * (rng.random((4, steps, nodes)) < 0.8)
    nothing = np.zeros((steps, nodes), np.int16)
    mixed = integer_schedule(
        nodes, steps, meetings, so_far=entries[0], new=entries[1], itself=entries[2]
    )
    so_far = mixed.with_values(entries[3].astype(np.int16), nothing, mixed.of_self)
    counts = mixed.with_values(nothing + 1, nothing, nothing)
    return mixed, so_far, counts


def _within(
    rng: np.random.Generator, source: str, target: str, out: int, wide: int, *, graded: bool
) -> QProjection:
    loud = source in ("h", "o") or not graded
    weight = 2 * rng.integers(-100, 100, (out, wide))
    return integer_link(
        source,
        target,
        weight,
        exponent=int(rng.integers(0, 4) if loud else rng.integers(-5, 0)),
        delay=_random_delay(rng),
    )


def _along(
    rng: np.random.Generator, source: str, target: str, weight: Array, mix: Schedule
) -> QProjection:
    return integer_link(
        source,
        target,
        weight,
        mix=mix,
        exponent=int(rng.integers(-3, 1)),
        delay=_random_delay(rng),
        name=f"{source}->{target}.edges",
    )


def _random_delay(rng: np.random.Generator) -> int:
    return int(rng.integers(0, 4)) if rng.random() < 0.4 else 0


def _variance(into: Iterable[QProjection], sent: dict[str, float]) -> float:
    """Of the synaptic sum of a neuron, roughly, if its sources send so much."""
    found = 1.0
    for j in into:
        weights = (j.weight.astype(float) ** 2).sum(axis=1).mean()
        found += sent[j.source] * weights * 4.0**j.exponent * _square_of_row(j)
    return found


def _square_of_row(j: QProjection) -> float:
    """The mean sum of the squares of a row's entries."""
    if not isinstance(j.mix, Schedule):
        return 1.0
    snapshots = (j.mix.at(step).astype(float) for step in range(j.mix.steps))
    return float(np.mean([(mix.data**2).sum() / j.mix.nodes for mix in snapshots]))


def _random_relay(rng: np.random.Generator, channels: int, deviation: float) -> QRelay:
    """Its limit at one to three deviations, its threshold mostly below one."""

    def around(low: float, high: float) -> PerChannel:
        found = [int(deviation * share) + 1 for share in rng.uniform(low, high, channels)]
        return found[0] if rng.random() < 0.5 else tuple(found)

    return QRelay(threshold=around(0.0, 0.5) if rng.random() < 0.5 else 0, limit=around(1.0, 3.0))
