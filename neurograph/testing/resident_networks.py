"""Random integer networks whose nodes hear each other, small enough to be written out."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import (
    Meetings,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QProjection,
    QRelay,
    QStream,
    Readout,
    Schedule,
)

ONE = sp.csr_array(np.ones((1, 1), np.int16))


def meetings_of(met: Array) -> Meetings:
    """Of bool ``(steps, nodes, nodes)``: who meets whom in which snapshot, in this direction."""
    steps, nodes, _ = met.shape
    v, t, u = np.nonzero(met.transpose(1, 0, 2))
    before = np.zeros((steps + 1, nodes), int)
    np.add.at(before, (t + 1, v), 1)
    return Meetings(
        indptr=np.concatenate([[0], np.cumsum(np.bincount(v, minlength=nodes))]),
        indices=u,
        before=np.cumsum(before, axis=0),
    )


def random_pairs(
    rng: np.random.Generator, nodes: int, steps: int, share: float = 0.15
) -> tuple[Meetings, Meetings]:
    """Pairs so far and new pairs of a random graph without loops."""
    met = rng.random((steps, nodes, nodes)) < share
    met |= met.transpose(0, 2, 1)
    met[:, np.arange(nodes), np.arange(nodes)] = False
    first = met & (np.cumsum(met, axis=0) == 1)
    return meetings_of(first), meetings_of(met)


def random_resident(
    rng: np.random.Generator,
    *,
    nodes: int = 12,
    steps: int = 3,
    latency: int = 1,
    wide: int = 4,
    direct: bool = True,
) -> QNetwork:
    """Two layers with relays, labels that the first hears, and recurrence in the last.

    Args:
        wide: channels of a layer at most.
        direct: labels reach the first layer over synapses of their own weights.
    """
    so_far, new = random_pairs(rng, nodes, steps)
    f, h, o, c = rng.integers(1, wide + 1, 4).tolist()

    def schedule(*most: int) -> Schedule:
        entries = [rng.integers(0, m + 1, (steps, nodes)).astype(np.int16) for m in most]
        return Schedule(
            so_far=so_far, new=new, of_so_far=entries[0], of_new=entries[1], of_self=entries[2]
        )

    def population(name: str, channels: int, neuron: QAdaptiveLIF | QRelay) -> QPopulation:
        bias = rng.integers(-9, 9, channels)
        return QPopulation(name=name, rows=1, channels=channels, neuron=neuron, bias_mant=bias)

    def weight(out: int, wide: int) -> Array:
        held = rng.integers(-3, 4, (out, wide)) * 2 * (rng.random((out, wide)) < 0.7)
        held[0, 0] = held[0, 0] or 2
        return held

    def within(source: str, target: str, held: Array) -> QProjection:
        name = f"{source}>{target}"
        return QProjection(name=name, source=source, target=target, mix=ONE, weight=held)

    def along(
        name: str, source: str, target: str, mix: Schedule, held: Array, exponent: int = 0
    ) -> QProjection:
        return QProjection(
            name=name, source=source, target=target, mix=mix, weight=held, exponent=exponent
        )

    # fine entries beside coarse ones, as degrees that differ need
    coarse, fine = schedule(3, 2, 4), schedule(1, 0, 0)
    fired = QAdaptiveLIF(
        voltage_decay=4096, threshold=4, threshold_decay=1000, threshold_step=3, guard_bits=0
    )
    joins = schedule(1, 0, 0)
    heard = [along("y>h1", "y", "h1", joins, weight(h, c))] if direct else []
    return QNetwork(
        streams=(
            QStream(name="x", rows=1, channels=f, bits=4),
            *([QStream(name="y", rows=1, channels=c, bits=1)] if direct else []),
        ),
        populations=(
            population("r1", h, QRelay(threshold=1, limit=30)),
            population("h1", h, fired),
            population("r2", o, QRelay(limit=30)),
            population("h2", o, fired),
        ),
        projections=(
            within("x", "r1", weight(h, f)),
            along("r1>h1", "r1", "h1", coarse, np.eye(h, dtype=int)),
            along("r1>h1.fine", "r1", "h1", fine, np.eye(h, dtype=int), -1),
            within("x", "h1", weight(h, f)),
            *heard,
            within("h1", "r2", weight(o, h)),
            within("h2", "r2", weight(o, o)),
            along("r2>h2", "r2", "h2", coarse, np.eye(o, dtype=int)),
        ),
        readout=Readout(
            source="h2", weight=rng.normal(size=(2, steps * o)), bias=rng.normal(size=2)
        ),
        steps=steps,
        latency=latency,
    )


def random_payloads(rng: np.random.Generator, network: QNetwork) -> dict[str, Array]:
    """Per stream, payloads of all nodes."""
    assert network.nodes is not None
    found = {}
    for s in network.streams:
        low, end = (0, 2) if s.bits == 1 else (-3, 4)
        shape = network.nodes, network.steps, s.rows, s.channels
        found[s.name] = rng.integers(low, end, shape).astype(np.int8)
    return found
