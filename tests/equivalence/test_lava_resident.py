"""Networks whose nodes hear each other on Lava: every spike and every final state.

Corners and random networks run on the process models without Lava's runtime; some run on it as
well, to show that it makes no difference, and that the public ways in take such networks.
"""

from __future__ import annotations

from collections import defaultdict
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurograph_lava
from neurograph.core.errors import BackendError
from neurograph.ir import Schedule
from neurograph.runtime import backends
from neurograph.runtime.reference import run, run_plain
from neurograph.testing import NEURON_KINDS
from neurograph.testing.random_resident import random_resident_network
from neurograph.testing.records import assert_lively, assert_same_run
from neurograph.testing.resident_corners import resident_corners

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

CORNERS = resident_corners()
LOWERINGS = ("fused", "stock")
ON_RUNTIME = ("what comes back is late", "labels along edges", "a threshold at the limit")
EXAMPLES = 40


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("name", CORNERS)
def test_corner(in_process: ModuleType, name: str, lowering: str) -> None:
    want = run_plain(*CORNERS[name])
    assert_lively(want)
    assert_same_run(want, in_process.run(*CORNERS[name], lowering=lowering))


@pytest.mark.slow
@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("name", ON_RUNTIME)
def test_lavas_runtime_gives_the_same(in_process: ModuleType, name: str, lowering: str) -> None:
    ours = in_process.run(*CORNERS[name], lowering=lowering)
    lavas = neurograph_lava.run(*CORNERS[name], lowering=lowering)
    assert_same_run(run_plain(*CORNERS[name]), lavas)
    assert_same_run(lavas, ours)
    assert ours.versions.items() <= lavas.versions.items()


MODELS = {
    "fused": {
        "heard": "PyRelayModelBitAcc",
        "y->heard.new": "PyEdgeModelBitAcc",
        "heard->h": "PyKroneckerModelBitAcc",
    },
    "stock": {
        "heard": "PyGradedVecModelFixed",
        "limiter of heard": "PyLimiterModelBitAcc",
        "y->heard.new": "PySparseModelBitAcc",
        "switch of y->heard.new": "PySwitchModel",
        "heard->h": "PySparseModelBitAcc",
    },
}


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_in_the_stock_lowering_lavas_own_processes_add_and_send(
    in_process: ModuleType, lowering: str
) -> None:
    record = in_process.run(*CORNERS["labels along edges"], lowering=lowering)
    ran = {name: record.versions[f"model of {name}"] for name in MODELS[lowering]}
    assert ran == MODELS[lowering]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["reference", "loihi-sim"])
def test_a_backend_runs_all_nodes_at_once(backend: str) -> None:
    """However few are asked for in a chunk: all are one."""
    network, inputs, nodes = CORNERS["recurrence, latency 2"]
    seen: list[tuple[int, int]] = []
    got = backends.run(
        network,
        inputs,
        nodes,
        backend=backend,
        chunk=2,
        progress=lambda *done: seen.append(done),
    )
    assert_same_run(run_plain(network, inputs, nodes), got)
    assert seen[-1] == (len(nodes), len(nodes))


@pytest.mark.slow
def test_random_networks(in_process: ModuleType) -> None:
    """Plain reference = fast reference = fused = stock: spikes, u, v and theta."""
    rates: dict[str, list[float]] = defaultdict(list)

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
    @given(
        seed=st.integers(0, 1 << 30),
        kind=st.sampled_from(NEURON_KINDS),
        recurrent=st.booleans(),
        binary=st.booleans(),
    )
    def agree(seed: int, kind: str, recurrent: bool, binary: bool) -> None:
        case = random_resident_network(
            np.random.default_rng(seed), neuron=kind, recurrent=recurrent, binary=binary
        )
        want = run_plain(*case)
        assert_same_run(want, run(*case))
        for lowering in LOWERINGS:
            assert_same_run(want, in_process.run(*case, lowering=lowering))
        for name, spikes in want.spikes.items():
            rates[name].append(float(spikes.mean()))

    agree()
    for layer, found in rates.items():
        values = np.array(found)
        lively = (values > 0.02) & (values < 0.98)
        assert lively.mean() > 0.75, f"{layer}: {lively.mean():.0%} of the networks prove something"
        assert 0.1 < values.mean() < 0.6, f"{layer}: {values.mean():.0%} of the neurons fire"


def test_a_synapse_that_lava_would_change_is_refused(in_process: ModuleType) -> None:
    """Entry times weight is what a synapse holds; a network that got past the nouns is stopped."""
    network, inputs, nodes = CORNERS["labels along edges"]
    link = network.projections[1]
    assert isinstance(link.mix, Schedule)
    louder = link.mix.with_values(link.mix.of_so_far, 2 * link.mix.of_new, link.mix.of_self)
    mix = link.mix
    object.__setattr__(link, "mix", louder)  # as no noun would
    try:
        with pytest.raises(BackendError, match=r"synapse \[\d+,\d+\] = 510 would become 255"):
            in_process.run(network, inputs, nodes, lowering="stock")
    finally:
        object.__setattr__(link, "mix", mix)
