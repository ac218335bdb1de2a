"""A run on Lava that goes on from a snapshot: every spike and state of a run over all of them."""

from __future__ import annotations

from contextlib import closing
from types import ModuleType

import numpy as np
import pytest

from neurograph.ir import QNetwork
from neurograph.ir.passes.cut import first_snapshots
from neurograph.runtime.backends import find_backend
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference import run_plain
from neurograph.testing import Case, Mutation
from neurograph.testing.records import assert_same_run
from neurograph.testing.resident_corners import resident_corners
from neurograph.testing.resident_networks import random_payloads, random_resident

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

CORNERS = resident_corners()
LOWERINGS = ("fused", "stock")
ON_RUNTIME = "what comes back is late"


def started(case: Case, steps: int) -> RunRecord:
    first = first_snapshots(case.network, steps)
    assert isinstance(first, QNetwork)
    return run_plain(first, {n: x[:, :steps] for n, x in case.inputs.items()}, case.nodes)


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("name", [n for n, case in CORNERS.items() if case.network.steps > 1])
def test_corner(in_process: ModuleType, name: str, lowering: str) -> None:
    case = CORNERS[name]
    want = run_plain(*case)
    for done in sorted({1, case.network.steps // 2, case.network.steps - 1} - {0}):
        found = in_process.go_on(case.network, case.inputs, started(case, done), lowering=lowering)
        assert_same_run(want, found)


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_network(in_process: ModuleType, seed: int, latency: int, lowering: str) -> None:
    rng = np.random.default_rng(seed)
    network = random_resident(rng, steps=4, latency=latency)
    case = Case(network, random_payloads(rng, network), np.arange(network.nodes or 0))
    want = run_plain(*case)
    for done in (1, 3):
        found = in_process.go_on(network, case.inputs, started(case, done), lowering=lowering)
        assert_same_run(want, found)


@pytest.mark.slow
@pytest.mark.parametrize("lowering", LOWERINGS)
def test_lavas_runtime_goes_on_alike(lowering: str) -> None:
    case, lava = CORNERS[ON_RUNTIME], find_backend("loihi-sim")
    options = lava.settings({"lowering": lowering})
    running = lava.go_on(case.network, lambda part: case.inputs, started(case, 2), options)
    with closing(running) as records:
        (record,) = records
    assert_same_run(run_plain(*case), record)
    assert record.backend == "loihi-sim"
    assert record.versions["lava-nc"]


WINDOWED = "neurograph_lava.processes.lif.windowed"
MUTANTS = {
    "the last of what is done is computed again": Mutation("u < b", "u < b - 1"),
    "states are not taken up": Mutation('h[:] = f.open(w, "r").reshape(h.shape)', "pass"),
    "states are taken up late": Mutation("u == b", "u == b + 1"),
    "spikes are not sent again": Mutation(
        "s.reshape(a.shape).astype(np.int8)", "np.zeros(a.shape, np.int8)"
    ),
}


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(in_process: ModuleType, name: str, lowering: str) -> None:
    code = in_process.mutated({WINDOWED: MUTANTS[name]})
    noticed = False
    for seed in range(1, 9):
        rng = np.random.default_rng(seed)
        network = random_resident(rng, steps=6)
        case = Case(network, random_payloads(rng, network), np.arange(network.nodes or 0))
        begun, want = started(case, 4), run_plain(*case)
        found = in_process.go_on(network, case.inputs, begun, lowering=lowering, code=code)
        noticed |= any(not np.array_equal(found.spikes[n], x) for n, x in want.spikes.items())
    assert noticed
