"""One small network per corner of what resident networks add: edges over time, and relays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QRelay,
    QSoftResetLIF,
    QStream,
    Schedule,
)
from neurograph.testing.builders import integer_layer, integer_link, integer_network
from neurograph.testing.parts import Case, random_readout
from neurograph.testing.schedules import Meeting, integer_schedule


def resident_corners() -> dict[str, Case]:
    """Every corner case by name."""
    return {name: build() for name, build in _CORNERS.items()}


_NEURON = QAdaptiveLIF(
    voltage_decay=1000, threshold=900, threshold_decay=800, threshold_step=300, guard_bits=0
)
_SLOW = QSoftResetLIF(voltage_decay=0, threshold=700, guard_bits=0)  # forgets nothing
_RELAY = QRelay(limit=400)
_EYE = np.eye(3, dtype=np.int64)


def _both(*pairs: Meeting) -> list[Meeting]:
    """Each in both directions."""
    return [*pairs, *((heard, hears, step) for hears, heard, step in pairs)]


# node 3 is alone; 0 and 1 meet again; nobody meets in snapshot 2; 0 hears 4, who hears it not
_MEETINGS = [*_both((0, 1, 0), (1, 2, 1), (0, 1, 3), (2, 4, 3)), (0, 4, 1)]


_PATH = _both((0, 1, 0), (1, 2, 1), (2, 3, 2))


def _mix(steps: int = 5, nodes: int = 5) -> Schedule:
    """Entries of every node and snapshot its own, some of them 0."""
    rng = np.random.default_rng(3)
    entries = rng.integers(0, 9, (3, steps, nodes))
    meetings = [m for m in _MEETINGS if m[2] < steps]
    return integer_schedule(
        nodes, steps, meetings, so_far=entries[0], new=entries[1], itself=entries[2] // 3
    )


def _weight(seed: int = 4, shape: tuple[int, int] = (3, 3)) -> Array:
    return 2 * np.random.default_rng(seed).integers(-20, 40, shape)


def _drive(nodes: int, steps: int, *, top: int = 12, seed: int = 5) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {"x": rng.integers(-top // 2, top, (nodes, steps, 1, 3)).astype(np.int8)}


def _relayed(
    mix: Schedule,
    *,
    relay: QNeuron = _RELAY,
    neuron: QNeuron = _NEURON,
    exponent: int = -1,
    delay: int = 0,
    latency: int = 1,
    bias: Sequence[int] = (0, 0, 0),
    into: QProjection | None = None,
    inputs: dict[str, Array] | None = None,
    also: Sequence[QProjection] = (),
) -> Case:
    """``x -> r -> h``: a relay, and from it along edges; each neuron also hears x itself."""
    links = [
        into or integer_link("x", "r", _weight()),
        integer_link("r", "h", _EYE, mix=mix, exponent=exponent, delay=delay, name="edges"),
        integer_link("x", "h", _weight(6), delay=1 + delay, exponent=2),
        *also,
    ]
    layers = [integer_layer("r", 1, 3, relay, bias=bias), integer_layer("h", 1, 3, neuron)]
    return _case(
        layers, links, mix.nodes, mix.steps, latency, inputs or _drive(mix.nodes, mix.steps)
    )


def _case(
    layers: Sequence[QPopulation],
    links: Sequence[QProjection],
    nodes: int,
    steps: int,
    latency: int,
    inputs: dict[str, Array],
    *,
    bits: int = 8,
) -> Case:
    last = [layer for layer in layers if not layer.neuron.graded][-1]
    width = steps * last.channels
    network = integer_network(
        layers,
        links,
        bits=bits,
        steps=steps,
        latency=latency,
        readout=random_readout(np.random.default_rng(1), last.name, width),
    )
    return Case(network, inputs, np.arange(nodes))


def _hub(leaves: int = 30, steps: int = 3) -> Case:
    """A hub whose edges come with the snapshots, and whose leaves hear it by the largest entry."""
    rng = np.random.default_rng(7)
    meetings = _both(*((0, 1 + leaf, int(rng.integers(0, steps))) for leaf in range(leaves)))
    so_far = np.full((steps, leaves + 1), 255)
    so_far[:, 0] = 9
    return _relayed(integer_schedule(leaves + 1, steps, meetings, so_far=so_far), exponent=-4)


def _itself() -> Case:
    """No edge at all: nodes hear themselves, in some snapshots."""
    itself = np.array([[3, 0, 1, 7], [0, 0, 2, 7], [5, 1, 0, 7]])
    return _relayed(integer_schedule(4, 3, [], itself=itself), exponent=1)


def _one_node() -> Case:
    return _relayed(integer_schedule(1, 4, [], itself=[[4], [0], [9], [3]]), exponent=0)


def _again(latency: int) -> Case:
    """The last layer hears its neighbours' last layer through its own relay, two updates late."""
    return _relayed(_mix(), latency=latency, also=[integer_link("h", "r", 3 * _weight(8))])


def _late() -> Case:
    """Edges back from the last layer's relay to the first, over a snapshot's border."""
    mix = _mix()
    layers = [
        integer_layer("h", 1, 3, _NEURON),
        integer_layer("r", 1, 3, _RELAY),
        integer_layer("o", 1, 3, _NEURON),
    ]
    links = [
        integer_link("x", "h", _weight(), exponent=2),
        integer_link("h", "r", 3 * _weight(9)),
        integer_link("r", "o", _EYE, mix=mix, exponent=-1, name="onward"),
        integer_link("r", "h", _EYE, mix=mix, exponent=-1, delay=2, name="back"),
        integer_link("o", "r", _weight(13), delay=1),
    ]
    return _case(layers, links, 5, 5, 2, _drive(5, 5))


def _feedback_with_bias() -> Case:
    """Behind two layers, a relay whose bias would be heard before it starts."""
    mix = _mix()
    layers = [
        integer_layer("a", 1, 3, _SLOW),
        integer_layer("b", 1, 3, _SLOW),
        integer_layer("r", 1, 3, QRelay(limit=900), bias=[60, -50, 40], bias_exp=3),
    ]
    links = [
        integer_link("x", "a", _weight(), exponent=1),
        integer_link("a", "b", 3 * _weight(9), exponent=1),
        integer_link("b", "r", _weight(10), exponent=2),
        integer_link("r", "a", _EYE, mix=mix, exponent=-2, name="edges"),
    ]
    return _case(layers, links, 5, 5, 1, _drive(5, 5))


def _afar() -> Case:
    """Sums of a relay travel two edges, each relay's range its own, before a layer hears them."""
    mix = _mix()
    layers = [
        integer_layer("r", 1, 3, QRelay(limit=900)),
        integer_layer("r2", 1, 3, QRelay(threshold=2, limit=700)),
        integer_layer("r3", 1, 3, QRelay(limit=500)),
        integer_layer("h", 1, 3, _NEURON),
    ]
    links = [
        integer_link("x", "r", _weight(14)),
        integer_link("r", "r2", _EYE, mix=mix, exponent=-6),
        integer_link("r2", "r3", _EYE, mix=mix, exponent=-6),
        integer_link("r3", "h", 2 * _EYE, exponent=1),
        integer_link("x", "h", _weight(6), delay=3, exponent=2),
    ]
    return _case(layers, links, mix.nodes, mix.steps, 1, _drive(mix.nodes, mix.steps))


def _labels() -> Case:
    """A plain-spike stream along edges, kind by kind, each kind into channels of its own."""
    mix = _mix()
    rng = np.random.default_rng(11)
    ones, none = np.ones((5, 5), np.int16), np.zeros((5, 5), np.int16)
    kinds = {"all": mix.with_values(ones, none, none), "new": mix.with_values(none, ones, none)}
    shown = (rng.random((5, 1, 1, 2)) < 0.7) & np.ones((5, 5, 1, 1), bool)
    layers = [
        integer_layer("heard", 1, 4, QRelay(limit=300)),
        integer_layer("h", 1, 3, _NEURON),
    ]
    chosen = {
        "all": [[1, 0], [0, 1], [0, 0], [0, 0]],
        "new": [[0, 0], [0, 0], [0, 255], [70, 0]],
    }
    exponents = {"all": 7, "new": 0}
    links = [
        *(
            integer_link(
                "y",
                "heard",
                chosen[kind],
                mix=by,
                exponent=exponents[kind],
                name=f"y->heard.{kind}",
            )
            for kind, by in kinds.items()
        ),
        integer_link("heard", "h", _weight(12, (3, 4)), exponent=-4),
        integer_link("x", "h", _weight(6), delay=1, exponent=3),
    ]
    network = QNetwork(
        streams=(
            QStream(name="x", rows=1, channels=3, bits=8),
            QStream(name="y", rows=1, channels=2, bits=1),
        ),
        populations=tuple(layers),
        projections=tuple(links),
        readout=random_readout(rng, "h", 15),
        steps=5,
    )
    return Case(network, {**_drive(5, 5), "y": shown.astype(np.int8)}, np.arange(5))


def _pieces() -> Case:
    """Two projections by the same pairs, loud and fine, each shifted and floored on its own."""
    mix = _mix()
    fine = mix.with_values(mix.of_new, mix.of_so_far, mix.of_self)
    also = [integer_link("r", "h", _EYE, mix=fine, exponent=-4, name="edges.fine")]
    return _relayed(mix, exponent=-2, also=also)


def _wide(mix: Schedule, weight: Array, threshold: int) -> Case:
    """Sums of 256 p - 1, which single precision rounds up to 256 p, and a shift by 8 tells apart.

    At first they are just beyond 2**24; in one snapshot all are negative.
    """
    p = np.random.default_rng(15).integers(1 << 12, 1 << 13, (4, 4, 1, 3))
    p[:, 0], p[:, 2] = (1 << 13) - 1, -p[:, 2]
    signal = 256 * p
    signal[::2] -= 1  # every other node of the path, which hears itself once
    layers = [
        integer_layer("r", 1, 3, QRelay(limit=1 << 22)),
        integer_layer("h", 1, 3, QSoftResetLIF(voltage_decay=0, threshold=threshold, guard_bits=0)),
    ]
    links = [
        integer_link("x", "r", _EYE),
        integer_link("r", "h", weight, mix=mix, exponent=-8, name="edges"),
    ]
    return _case(layers, links, 4, 4, 1, {"x": signal.astype(np.int32)}, bits=24)


def _loud_edges() -> Case:
    mix = integer_schedule(4, 4, _PATH, so_far=[[9], [85], [85], [85]], itself=1)
    return _wide(mix, _EYE, 300_000)


def _loud_weights() -> Case:
    mix = integer_schedule(4, 4, _PATH, so_far=0, itself=1)
    return _wide(mix, np.array([[255, 0, 2], [2, 255, 0], [0, 2, 255]]), 3_000_000)


def _wrapping() -> Case:
    """What reaches the relay leaves 24 bits, to both sides; once it is just -2**23."""
    mix = integer_schedule(3, 4, _both((0, 1, 0), (1, 2, 2)), so_far=2, itself=1)
    weight = [[254, 254, 254], [-256, -256, -256], [254, -254, 254]]
    signal = np.random.default_rng(14).choice([127, 127, -127, 90], (3, 4, 1, 3))
    signal[:, 2:] = 0
    signal[1, 2], signal[0, 3] = (127, -127, 127), (127, 127, 2)
    return _relayed(
        mix,
        relay=QRelay(limit=(fx.STATE_MAX, 5000, 1 << 20)),
        neuron=QSoftResetLIF(voltage_decay=0, threshold=400_000, guard_bits=0),
        exponent=-4,
        into=integer_link("x", "r", weight, exponent=7),
        inputs={"x": signal.astype(np.int8)},
    )


_CORNERS: dict[str, Callable[[], Case]] = {
    "edges over time": lambda: _relayed(_mix()),
    "a hub": _hub,
    "nodes hear themselves alone": _itself,
    "a graph of one node": _one_node,
    "one snapshot": lambda: _relayed(_mix(steps=1), exponent=1),
    "edges over time, latency 2": lambda: _relayed(_mix(), latency=2),
    "edges over time, latency 3": lambda: _relayed(_mix(), latency=3),
    "edges that delay": lambda: _relayed(_mix(), delay=1),
    "edges that delay, latency 2": lambda: _relayed(_mix(), delay=3, latency=2),
    "what comes back is late": _late,
    "relays saturate": lambda: _relayed(
        _mix(), relay=QRelay(limit=(60, 300, 9)), inputs=_drive(5, 5, top=40)
    ),
    "relays leave out small sums": lambda: _relayed(
        _mix(), relay=QRelay(threshold=(40, 130, 0), limit=400)
    ),
    "a threshold at the limit": lambda: _relayed(
        _mix(), relay=QRelay(threshold=(300, 299, 400), limit=300)
    ),
    "relays with a bias": lambda: _relayed(
        _mix(), bias=(50, -90, 0), inputs=_drive(5, 5, top=3), latency=2
    ),
    "a bias behind two layers": _feedback_with_bias,
    "recurrence": lambda: _again(1),
    "recurrence, latency 2": lambda: _again(2),
    "sums that travel two edges": _afar,
    "labels along edges": _labels,
    "a schedule in pieces": _pieces,
    "sums beyond single precision": _loud_edges,
    "weighted sums beyond single precision": _loud_weights,
    "relays wrap": _wrapping,
}
