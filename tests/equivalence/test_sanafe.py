"""SANA-FE against the plain reference: every spike and every final state, or a refusal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError, NetworkError
from neurograph.ir import QLIF, QNetwork, QSoftResetLIF
from neurograph.runtime.backends import find_backend, run
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference.plain import run_plain
from neurograph.runtime.sites import Sites
from neurograph.testing import corner_networks, random_network
from neurograph.testing.builders import (
    integer_layer,
    integer_link,
    integer_network,
    one_layer,
)
from neurograph.testing.parts import Case
from neurograph.testing.random_networks import random_chip_network
from neurograph.testing.records import assert_lively, assert_same_run
from neurograph.testing.resident_corners import resident_corners
from tests.equivalence.plain_spikes import in_plain_spikes, side_by_side, without_current_memory

pytestmark = [pytest.mark.sanafe, pytest.mark.usefixtures("sanafe")]

CORNERS = corner_networks()


def on_sanafe(network: QNetwork, inputs: object, nodes: object, **how: object) -> RunRecord:
    return run(network, inputs, nodes, backend="sanafe", **how)  # type: ignore[arg-type]


def plain_corners() -> Iterator[tuple[str, Case]]:
    """Corners of the neurons that SANA-FE has, in plain spikes, without memory in currents."""
    for name, case in CORNERS.items():
        kinds = {type(p.neuron) for p in case.network.populations}
        if kinds <= {QLIF, QSoftResetLIF}:
            if (plain := in_plain_spikes(case)) is None:
                continue
            yield name, plain._replace(network=without_current_memory(plain.network))


@cache
def plain() -> dict[str, Case]:
    return dict(plain_corners())


# What SANA-FE would compute differently, by the words of its refusal.
ROUNDED = {"shifted sums", "wide payloads", "sums beyond float32", "mixed rows"}  # among others
WRAPPING = {"LIF u wraps", "u with memory wraps", "one sign wraps at a time"}
CLIPPING = {"soft reset v clips"}
DELAYED = {"loops and delays"}


def rounds_sums(network: QNetwork) -> bool:
    """Whether a shift to the right drops bits of a sum."""
    return any((j.weight % (1 << max(-j.exponent, 0))).any() for j in network.projections)


def refusal(case: Case) -> str:
    with pytest.raises(BackendError) as caught:
        on_sanafe(*case)
    return str(caught.value)


def test_every_corner_that_it_can_express() -> None:
    """Corners of equal length run side by side, as one network; none is left out unknown."""
    alike = defaultdict(list)
    for name, case in plain().items():
        n = case.network
        if name not in WRAPPING | CLIPPING | DELAYED and not rounds_sums(n):
            alike[n.steps, n.latency, n.begin_together, len(case.nodes)].append((name, case))
    assert sum(map(len, alike.values())) >= 20
    for cases in alike.values():
        together = side_by_side(cases)
        assert_same_run(run_plain(*together), on_sanafe(*together))


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (ROUNDED, r"rounds the sum of synapses.*SANA-FE rounds no sums"),
        (WRAPPING, r"current can reach [\d,]+ and wraps on the chip above 8,388,607"),
        (CLIPPING, r"v exceeds 24 bits"),
        (DELAYED, r"delay 62, SANA-FE's dendrites hold 5 steps"),
    ],
    ids=["rounded", "wrapping", "clipping", "delayed"],
)
def test_a_corner_that_it_would_change_is_refused(names: set[str], why: str) -> None:
    for name in names:
        assert re.search(why, refusal(plain()[name])), name


def test_what_else_is_refused_says_why_and_what_to_do() -> None:
    said = refusal(CORNERS["LIF at the threshold"])
    assert re.search(r"stream 'x' sends payloads of 8 bits.*--features none --label-input", said)
    for name in ("threshold adapts", "refractory, 3 guard bits, nothing returns"):
        of_spikes = in_plain_spikes(CORNERS[name])
        assert of_spikes is not None
        assert re.search(r"made of \w+LIF, which SANA-FE has no model of", refusal(of_spikes))
    remembering = in_plain_spikes(CORNERS["loops and delays"])
    assert remembering is not None
    assert "current decay is 2000, needed 4095" in refusal(remembering)
    assert "nodes of this network hear each other" in refusal(
        next(iter(resident_corners().values()))
    )


@pytest.mark.parametrize("kind", ["LIF", "SoftResetLIF"])
@pytest.mark.parametrize("make", [random_network, random_chip_network])
@pytest.mark.parametrize("recurrent", [False, True])
def test_random_networks_in_chunks(make: Any, kind: str, recurrent: bool) -> None:
    """Skips, delays, loops, biases, resets; five nodes in chunks of 2, 2 and 1."""
    rng = np.random.default_rng(3 + recurrent)
    network, inputs = make(rng, neuron=kind, recurrent=recurrent, binary=True, targets=5)
    network = without_current_memory(network)
    want = run_plain(network, inputs, np.arange(5))
    assert_lively(want)
    assert_same_run(want, on_sanafe(network, inputs, np.arange(5), chunk=2))


def test_biases_alone_drive_a_network_without_spikes_that_enter() -> None:
    case = CORNERS["biases from a stream"]
    network = without_current_memory(case.network)
    want = run_plain(network, case.inputs, case.nodes)
    assert_lively(want)
    assert_same_run(want, on_sanafe(network, case.inputs, case.nodes))


# --- the process --------------------------------------------------------------------------------


def small(nodes: int = 3) -> tuple[QNetwork, dict[str, Array], Array]:
    network = one_layer(2 * np.ones((4, 3), int), bits=1, steps=6)
    rng = np.random.default_rng(0)
    return network, {"x": rng.integers(0, 2, (nodes, 6, 1, 3)).astype(np.int8)}, np.arange(nodes)


def job_folders(folder: Path) -> list[Path]:
    return list(folder.glob("neurograph-sanafe-*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where jobs lie."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_run_leaves_nothing_behind_and_tells_what_it_has_done(temporary: Path) -> None:
    told: list[tuple[int, int]] = []
    on_sanafe(*small(), progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert job_folders(temporary) == []


def test_a_worker_that_is_killed_is_told_and_leaves_nothing(temporary: Path) -> None:
    before = psutil.Process().children()  # of other tests

    def kill(*_: int) -> None:
        (worker,) = (child for child in psutil.Process().children() if child not in before)
        worker.kill()

    with pytest.raises(BackendError, match=r"SANA-FE ended \(killed by signal 9\): no message"):
        on_sanafe(*small(), chunk=1, progress=kill)
    assert job_folders(temporary) == []
    assert psutil.Process().children() == before


def test_a_user_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """SANA-FE's program sees that its input has ended, and removes its folder."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal\n"
        "import numpy as np\n"
        "from neurograph.runtime.backends import run\n"
        "from neurograph.testing.builders import one_layer\n"
        "network = one_layer(2 * np.ones((4, 3), int), bits=1, steps=6)\n"
        "x = {'x': np.ones((2, 6, 1, 3), np.int8)}\n"
        "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "run(network, x, np.arange(2), backend='sanafe', chunk=1, progress=die)\n"
    )
    where = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, script], env=where, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while job_folders(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_interpreter_without_sanafe_is_told_how_to_get_it() -> None:
    with pytest.raises(BackendError, match=r"has no SANA-FE; install it: python -m venv") as caught:
        on_sanafe(*small(), sanafe_python=sys.executable)
    assert "sanafe==2.2.9" in str(caught.value)
    with pytest.raises(BackendError, match=r"--sanafe-python is '/nowhere', which cannot be run"):
        on_sanafe(*small(), sanafe_python="/nowhere")


def test_inputs_that_do_not_fit_are_told_before_they_are_run() -> None:
    network, inputs, nodes = small()
    with pytest.raises(NetworkError, match=r"x: payloads 0 to 2"):
        on_sanafe(network, {"x": inputs["x"] * 2}, nodes)


def test_too_many_synapses_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurograph_sanafe.limits.SYNAPSES_MAX", 11)
    with pytest.raises(BackendError, match=r"12 synapses of a node, limit 11 \(.* 1 kB for each\)"):
        on_sanafe(*small())


def test_doctor_finds_it(capsys: pytest.CaptureFixture[str]) -> None:
    backend = find_backend("sanafe")
    (found,) = backend.checkup(backend.settings({}))
    assert (found.state, found.found[:5]) == ("ok", "2.2.9")
    (other,) = backend.checkup(backend.settings({"sanafe_python": sys.executable}))
    assert other.state == "problem"
    assert "No module named 'sanafe'" in other.found
    assert "sanafe==2.2.9" in other.remedy


# --- where it lies ------------------------------------------------------------------------------


def chain(delay: int) -> QNetwork:
    """Three inputs into four neurons on one tile, these into two on another."""
    links = [
        integer_link("x", "a", 2 * np.ones((4, 3), int), exponent=4),
        integer_link("a", "b", 2 * np.ones((2, 4), int), exponent=4, delay=delay),
    ]
    return integer_network([integer_layer("a", 1, 4), integer_layer("b", 1, 2)], links, steps=6)


@pytest.mark.parametrize("delay", [0, 3])
def test_messages_and_hops_are_those_of_the_placement(delay: int) -> None:
    """Spikes of a, on tile (1, 1), go to b on a core there and on one of tile (3, 2)."""
    network = chain(delay)
    rng = np.random.default_rng(1)
    inputs = {"x": rng.integers(0, 2, (4, 6, 1, 3)).astype(np.int8)}
    cores = {"a": np.zeros(4, int), "b": np.array([1, 2])}
    sites = Sites(core=cores, column=np.array([1, 1, 3]), row=np.array([1, 1, 2]))
    backend = find_backend("sanafe").placed(sites)

    def feed(part: slice) -> dict[str, Array]:
        return {"x": inputs["x"][part]}

    (record,) = backend.run(network, feed, np.arange(4), backend.settings({}), chunk=4)
    assert_same_run(run_plain(network, inputs, np.arange(4)), record)
    told, spikes = record.tally, int(record.spikes["a"].sum())
    assert spikes > 5
    assert told is not None
    entered, fired = int(inputs["x"].sum()), spikes + int(record.spikes["b"].sum())
    assert told.events["message"] == entered + 2 * spikes
    assert told.events["synaptic_op"] == 4 * entered + 2 * spikes
    assert told.events["spike"] == fired
    steps = network.updates + network.wiring.depth
    assert told.events["update_active"] + told.events["update_inactive"] == 4 * steps * 6
    assert told.joules["hop"] == pytest.approx(spikes * (2 * 3.0e-12 + 4.2e-12))
    assert told.seconds["barrier"] == pytest.approx(4 * steps * 1.0e-6), "two tiles"
    assert told.seconds["work"] > 0


def test_without_a_placement_nothing_is_told_of_energy() -> None:
    assert on_sanafe(*small()).tally is None


def test_more_neurons_than_one_of_its_models_holds() -> None:
    """Cores of a Loihi 2 hold more than 1,024."""
    network = one_layer(2 * np.ones((1100, 2), int), bits=1, steps=3, exponent=4)
    inputs = {"x": np.ones((1, 3, 1, 2), np.int8)}
    want = run_plain(network, inputs, np.arange(1))
    assert_lively(want)
    assert_same_run(want, on_sanafe(network, inputs, np.arange(1)))
