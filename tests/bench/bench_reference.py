"""Fast against plain reference on a network of DBLP's size: 27 snapshots, 128 features, 128-10."""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import QAdaptiveLIF, QNetwork, QPopulation, QProjection, QStream, Readout
from neurograph.runtime.reference import run, run_plain

STEPS, FEATURES, HIDDEN, OUT, CLASSES = 27, 128, 128, 10, 10
TARGETS, PLAIN_TARGETS = 2048, 16


def spikenet(rng: np.random.Generator, tree: TreeSpec) -> QNetwork:
    """A SpikeNet of random 8-bit weights in the shape that a trained one is captured in."""

    def layer(level: int, channels: int, threshold: int) -> QPopulation:
        neuron = QAdaptiveLIF(
            voltage_decay=4096,
            threshold=threshold,
            threshold_decay=1229,
            threshold_step=threshold // 5,
        )
        mant = np.zeros(channels, np.int64)
        rows = tree.rows(level)
        return QPopulation(
            name=f"h{level}", rows=rows, channels=channels, neuron=neuron, bias_mant=mant
        )

    def pair(level: int, source: str, out: int, wide: int, exponent: int) -> list[QProjection]:
        fanout, own = tree.fanout(level), tree.neighbour_mix(level)
        mixes = {"self": tree.self_mix(level)}
        for k in np.unique(fanout).tolist():  # 1/k is in the weight, so each k has its own
            mixes[f"neighbours{k}"] = sp.csr_array(own.multiply((fanout == k)[:, None]))
        return [
            QProjection(
                name=f"h{level} {name}",
                source=source,
                target=f"h{level}",
                mix=mix,
                weight=2 * rng.integers(-127, 128, (out, wide)),
                exponent=exponent,
            )
            for name, mix in mixes.items()
        ]

    return QNetwork(
        streams=(QStream(name="x", rows=tree.slots, channels=FEATURES),),
        populations=(layer(1, HIDDEN, 130_000), layer(2, OUT, 200_000)),
        projections=(*pair(1, "x", HIDDEN, FEATURES, -6), *pair(2, "h1", OUT, HIDDEN, 0)),
        readout=Readout(
            source="h2", weight=rng.normal(size=(CLASSES, STEPS * OUT)), bias=np.zeros(CLASSES)
        ),
        steps=STEPS,
    )


def rows() -> list[dict[str, Any]]:
    """Seconds, memory and the ratio of both references per target, within one process."""
    rng, tree = np.random.default_rng(0), TreeSpec()
    network = spikenet(rng, tree)
    shape = (TARGETS, STEPS, tree.slots, FEATURES)
    payload = rng.integers(-100, 101, shape, np.int8)
    nodes = np.arange(TARGETS)
    few = {"x": payload[:PLAIN_TARGETS]}
    run(network, few, nodes[:PLAIN_TARGETS])  # compiles
    before = _peak_gigabytes()
    fast_s = _seconds(lambda: run(network, {"x": payload}, nodes))
    memory = _peak_gigabytes() - before
    plain_s = _seconds(lambda: run_plain(network, few, nodes[:PLAIN_TARGETS]))
    ratio = (plain_s / PLAIN_TARGETS) / (fast_s / TARGETS)
    return [
        _row(f"fast reference, {TARGETS:,} DBLP targets", fast_s, "s"),
        _row(f"fast reference, {TARGETS:,} DBLP targets, memory added", memory, "GB"),
        _row("plain reference, one DBLP target", plain_s / PLAIN_TARGETS, "s"),
        _row("fast over plain reference, per target", ratio, "x"),
    ]


def _row(name: str, measured: float, unit: str) -> dict[str, Any]:
    return {"name": name, "measured": measured, "unit": unit, "bar": None, "held": None}


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    for row in rows():
        print(f"{row['name']}: {row['measured']:.4g} {row['unit']}")
