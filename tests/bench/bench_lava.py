"""Lava against the fast reference on a network of DBLP's size, equal in every spike."""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np
from bench_reference import FEATURES, STEPS, spikenet

import neurograph_lava
from neurograph.record import RunRecord
from neurograph.reference import run
from neurograph.tree import TreeSpec

TARGETS = 256


def rows() -> list[dict[str, Any]]:
    """Seconds per target of both, their ratio, and Lava's largest process, within one run.

    Raises:
        ValueError: a spike or a final state differs.
    """
    rng, tree = np.random.default_rng(0), TreeSpec()
    network, nodes = spikenet(rng, tree), np.arange(TARGETS)
    inputs = {"x": rng.integers(-100, 101, (TARGETS, STEPS, tree.slots, FEATURES), np.int8)}
    run(network, {"x": inputs["x"][:2]}, nodes[:2])  # compiles
    began = time.perf_counter()
    want = run(network, inputs, nodes)
    reference_s = time.perf_counter() - began
    got = neurograph_lava.run(network, inputs, nodes)
    _check_equal(want, got)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return [
        _row(f"Lava, {TARGETS} DBLP targets, per target", got.seconds / TARGETS, "s"),
        _row("fast reference, per target", reference_s / TARGETS, "s"),
        _row("Lava over fast reference, time per target", got.seconds / reference_s, "x"),
        _row("Lava's largest process, resident", largest, "GB"),
    ]


def _check_equal(want: RunRecord, got: RunRecord) -> None:
    for name, spikes in want.spikes.items():
        if not np.array_equal(got.spikes[name], spikes):
            raise ValueError(f"{name}: spikes differ")
        for variable, values in want.final[name].items():
            if not np.array_equal(got.final[name][variable], values):
                raise ValueError(f"{name}: final {variable} differs")


def _row(name: str, measured: float, unit: str) -> dict[str, Any]:
    return {"name": name, "measured": measured, "unit": unit, "bar": None, "held": None}


if __name__ == "__main__":
    for row in rows():
        print(f"{row['name']}: {row['measured']:.4g} {row['unit']}")
