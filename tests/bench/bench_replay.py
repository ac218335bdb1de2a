"""Traces of a Loihi 2 replayed, and how fast PilotNet runs beside lava-dl's own network on Lava.

lava-dl is run by the interpreter that NEUROGRAPH_LAVA_DL names (`test_netx_lava_dl.py` says how to
make it); without one, what is compared with it has no row.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from table import Row, in_turns, row, seconds

import neurograph_lava
from neurograph.ir.passes.cut import cut
from neurograph.runtime.exporters import read_network
from neurograph.runtime.reference import fast
from neurograph.verify.replay import Replayed, replay, replay_last
from neurograph.workflow.silicon.traces import RUNS

ROOT = Path(__file__).resolve().parents[2]
ONE, STEPS = np.arange(1), 16
LONGER = 11  # times as many steps, to tell those from start-up


def rows(folder: Path) -> list[Row]:
    """Differences, then seconds.

    Args:
        folder: of the traces.
    """
    found: list[Row] = []
    for name, recorded in RUNS.items():
        run = recorded(folder)
        record = fast.run(run.network, run.inputs, ONE)
        found += _told(f"{name}, reference", replay(run.network, run.inputs, record, run.traced))
        for lowering in ("fused", "stock"):
            on_lava = neurograph_lava.run(run.network, run.inputs, ONE, lowering=lowering)
            both = replay(run.network, run.inputs, on_lava, run.traced)
            spikes = [one for one in both if one.what == "spikes"]
            states = _states(run, lowering) if name.startswith("pilotnet") else ()
            found += _told(f"{name}, Lava {lowering}", [*spikes, *states])
    return found + _seconds(folder)


def _states(run: Any, lowering: str) -> Iterator[Replayed]:
    """u and v of every update on Lava: the last ones of a network that was cut after it."""
    for updates in range(1, run.network.updates + 1):
        network = cut(run.network, updates)
        inputs = {name: x[:, :updates] for name, x in run.inputs.items()}
        record = neurograph_lava.run(network, inputs, ONE, lowering=lowering)
        last = replay_last(network, record, run.traced)
        yield from (one for one in last if one.what != "spikes")


def _told(name: str, found: Iterable[Replayed]) -> list[Row]:
    kinds: dict[str, list[Replayed]] = {}
    for one in found:
        kinds.setdefault(one.what, []).append(one)
    return [
        row(
            f"{name}: {what} that differ, of {sum(one.values for one in group):,}",
            sum(one.differing for one in group),
            "",
            0,
            "=",
        )
        for what, group in kinds.items()
    ]


def _seconds(folder: Path) -> list[Row]:
    """PilotNet, 16 steps of a given image."""
    path = folder / "pilotnet_lif.net"
    imported = seconds(lambda: read_network(path, "netx"))
    network = read_network(path, "netx")
    with np.load(folder / "pilotnet_lif_traces.npz") as files:
        image = files["image"].reshape(1, 1, -1, 3).astype(np.int32)
    fast.run(network, _held(image, STEPS), ONE)  # compiles
    before = _peak_gigabytes()

    def reference() -> float:
        return seconds(lambda: fast.run(network, _held(image, STEPS), ONE))

    def on_lava(times: int) -> float:
        longer = replace(network, steps=times * STEPS)
        inputs = _held(image, longer.steps)
        return seconds(lambda: neurograph_lava.run(longer, inputs, ONE))

    theirs: list[dict[str, float]] = []

    def lava_dl() -> float:
        theirs.append(_lava_dl(folder))
        return theirs[-1]["whole"]

    python = os.environ.get("NEUROGRAPH_LAVA_DL")
    works = [reference, lambda: on_lava(1), lambda: on_lava(LONGER)]
    ours, whole, longer, *their_whole = in_turns(*works, *([lava_dl] if python else []))
    steps = max((longer - whole) / (LONGER - 1), 1e-3)
    found = [
        row("PilotNet: import", imported, "s", 5.0),
        row(f"PilotNet, {STEPS} steps: fast reference", ours, "s"),
        row("PilotNet: memory that the reference adds", _peak_gigabytes() - before, "GB"),
        row(f"PilotNet, {STEPS} steps: on Lava, with all start-up", whole, "s"),
        row(f"PilotNet, {STEPS} steps: on Lava, steps alone", steps, "s"),
    ]
    if not their_whole:
        return [*found, row("beside lava-dl: NEUROGRAPH_LAVA_DL names no interpreter", "", "")]
    each = float(np.median([run["others"] / (STEPS - 1) for run in theirs]))
    return [
        *found,
        row(f"PilotNet, {STEPS} steps: lava-dl on Lava, with all start-up", their_whole[0], "s"),
        row(f"PilotNet, {STEPS} steps: lava-dl on Lava, steps alone", each * STEPS, "s"),
        row("steps alone, lava-dl over the fast reference", each * STEPS / ours, "times", 20, ">="),
        row("steps alone, lava-dl over us on Lava", each * STEPS / steps, "times", 5, ">="),
        row("with all start-up, lava-dl over us on Lava", their_whole[0] / whole, "times"),
    ]


def _held(image: Any, steps: int) -> dict[str, Any]:
    return {"input": np.repeat(image, steps, axis=1)}


def _lava_dl(folder: Path) -> dict[str, float]:
    script = ROOT / "tests" / "converters" / "lava_dl_runs.py"
    with tempfile.TemporaryDirectory() as out:
        words = [os.environ["NEUROGRAPH_LAVA_DL"], str(script), out, "pilotnet", str(folder)]
        path = os.pathsep.join((str(ROOT), str(ROOT / "converters")))
        began = time.perf_counter()
        subprocess.run(
            [*words, str(STEPS)],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            timeout=900,
        )
        whole = time.perf_counter() - began
        found: dict[str, float] = json.loads((Path(out) / "seconds.json").read_text())
    return {**found, "whole": whole}


def _peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
