"""Lava workers with faults, and a run of many nodes to meet them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.arrays import Array
from neurograph.runtime import reference
from neurograph.runtime.record import RunRecord
from neurograph.testing import corner_networks
from neurograph_lava import supervise

Faulty = Callable[..., Path]

# FAULT is what happens in hardware step STEP, in the Lava process of the synapses.
# {once} is where that has been noted, so that it happens the first time only.
WORKER = """
import os, signal, sys, time
from pathlib import Path
from neurograph_lava import compat, worker

once = Path("ONCE")
def first():
    if once.exists():
        return False
    once.touch()
    return True

BEFORE
compat.patch_lava()
from neurograph_lava.processes.kronecker.models import AbstractKroneckerModel as Model
stock = Model.run_spk
def run_spk(self):
    if self.time_step == STEP:
        FAULT
    stock(self)
Model.run_spk = run_spk
worker.main(Path(sys.argv[1]), sys.argv[2])
"""


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Faulty:
    """Replaces the worker by one with a fault; returns its script.

    `fault` happens in hardware step `step` (Lava counts from 1), `before` when it starts; either
    may ask `first()`, which is true once.
    """

    def install(fault: str = "pass", *, step: int = 3, before: str = "") -> Path:
        script, text = tmp_path / "worker.py", WORKER
        for name, value in (("FAULT", fault), ("STEP", str(step)), ("BEFORE", before)):
            text = text.replace(name, value)
        script.write_text(text.replace("ONCE", str(tmp_path / "once")))
        monkeypatch.setattr(supervise, "WORKER", (str(script),))
        return script

    return install


class Many:
    """A small network over many different nodes, and what the reference makes of them.

    12 updates per target, no gap, one projection: chunk c of one batch begins in hardware step
    ``12 c + 1``, by Lava's counting.
    """

    updates = 12

    def __init__(self, count: int) -> None:
        case = corner_networks()["soft reset fires on"]
        drive = case.inputs["x"][0].astype(int)
        self.network, self.nodes = case.network, np.arange(count) + 100
        shifted = [np.minimum(np.roll(drive, i, axis=0) + i % 5, 127) for i in range(count)]
        self.inputs = {"x": np.stack(shifted).astype(np.int8)}
        self.asked: list[slice] = []
        assert self.network.updates == self.updates

    def feed(self, part: slice) -> dict[str, Array]:
        self.asked.append(part)
        return {"x": self.inputs["x"][part]}

    def assert_right(self, record: RunRecord) -> None:
        """Equal to the reference, bit for bit, and not silent."""
        want = reference.run(self.network, self.inputs, self.nodes)
        assert want.spikes["h"].any(axis=(1, 2, 3)).all(), "every node fires"
        assert len(np.unique(want.spikes["h"], axis=0)) > 1, "nodes differ"
        np.testing.assert_array_equal(record.nodes, self.nodes)
        np.testing.assert_array_equal(record.spikes["h"], want.spikes["h"])
        for name, state in want.final["h"].items():
            np.testing.assert_array_equal(record.final["h"][name], state)
        np.testing.assert_array_equal(record.logits, want.logits)


@pytest.fixture
def many() -> Callable[[int], Many]:
    return Many
