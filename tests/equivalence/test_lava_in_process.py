"""Process models, both lowerings, against both references on a hundred random networks.

They run without Lava's runtime, which makes them cheap; a few run on it as well, to show that it
makes no difference.
"""

from __future__ import annotations

from collections import defaultdict
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurograph_lava
from neurograph.runtime.reference import run, run_plain
from neurograph.testing import (
    NEURON_KINDS,
    Case,
    corner_networks,
    random_chip_network,
    random_network,
)
from neurograph.testing.records import assert_same_run

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

CORNERS = corner_networks()
LOWERINGS = ("fused", "stock")
EXAMPLES = 120


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize(
    "name", ["loops and delays", "mixed rows", "theta starts with the first input"]
)
def test_lavas_runtime_gives_the_same(in_process: ModuleType, name: str, lowering: str) -> None:
    """Recurrence, delays, latency, several layers and batches; and the same models are chosen."""
    case = CORNERS[name]
    ours = in_process.run(*case, batch=1, lowering=lowering)
    lavas = neurograph_lava.run(*case, batch=1, lowering=lowering)
    assert_same_run(lavas, ours)
    assert ours.versions.items() <= lavas.versions.items()


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("name", CORNERS)
def test_corner_in_batches(in_process: ModuleType, name: str, lowering: str) -> None:
    """Corners have as many nodes as they need; here every one comes after others."""
    case = in_process.in_batches(CORNERS[name])
    assert_same_run(
        run_plain(*case), in_process.run(*case, batch=len(CORNERS[name].nodes), lowering=lowering)
    )


@pytest.mark.slow
def test_random_networks(in_process: ModuleType) -> None:
    """Plain reference = fast reference = fused = stock: spikes, u, v and theta."""
    rates: dict[tuple[str, bool], list[float]] = defaultdict(list)

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
    @given(
        seed=st.integers(0, 1 << 30),
        kind=st.sampled_from(NEURON_KINDS),
        recurrent=st.booleans(),
        binary=st.booleans(),
        count=st.integers(1, 4),
        batch=st.integers(1, 3),
        make=st.sampled_from([random_network, random_chip_network]),
    )
    def agree(
        seed: int, kind: str, recurrent: bool, binary: bool, count: int, batch: int, make: Any
    ) -> None:
        network, inputs = make(
            np.random.default_rng(seed),
            neuron=kind,
            recurrent=recurrent,
            binary=binary,
            targets=count,
        )
        case = Case(network, inputs, np.arange(count))
        want = run_plain(*case)
        assert_same_run(want, run(*case))
        for lowering in LOWERINGS:
            assert_same_run(want, in_process.run(*case, batch=batch, lowering=lowering))
        for name, spikes in want.spikes.items():
            rates[name, recurrent].append(float(spikes.mean()))

    agree()
    seen = {layer: np.array(values) for layer, values in rates.items()}
    assert sum(map(len, seen.values())) >= 2 * 100  # two layers each
    for layer, values in seen.items():
        lively = (values > 0.02) & (values < 0.98)
        assert lively.mean() > 0.8, f"{layer}: {lively.mean():.0%} of the networks prove something"
        assert 0.1 < values.mean() < 0.6, f"{layer}: {values.mean():.0%} of the neurons fire"
