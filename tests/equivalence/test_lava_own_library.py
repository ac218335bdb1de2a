"""A witness that shares no code with ours: networks of Lava's own processes, where they suffice.

Lava's RingBuffer, Dense, Sparse, DelayDense, DelaySparse, LIF and LIFReset can say every network
of hard resets, one batch at a time; with biases where all populations begin at once. What they
compute is what our integers mean.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

import neurograph_lava
from neurograph.ir import QLIF, QNetwork
from neurograph.ir.quantized import weight_range
from neurograph.runtime.reference import run_plain
from neurograph.testing import Case, corner_networks, random_network
from neurograph.verify import compare
from neurograph_lava.network_file import write_network

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

SCRIPT = Path(__file__).with_name("own_library.py")


def expressible(network: QNetwork) -> bool:
    """LIFs, or LIFResets, and no row mix that takes a weight out of 8 bits.

    No bias where a population waits for its first input, as Lava's own neurons wait for nothing.
    """
    if any(type(p.neuron) is not QLIF or p.bias_from for p in network.populations):
        return False
    if not network.begin_together and any(p.bias.any() for p in network.populations):
        return False
    for j in network.projections:
        low, high = weight_range(j.weight)
        written = int(j.mix.data.max(initial=0)) * j.weight.astype(int)
        if written.min() < low or written.max() > high:
            return False
    return True


def random_case(seed: int, *, recurrent: bool, binary: bool) -> Case:
    """A random network without bias and without counts in its row mixes."""
    network, inputs = random_network(
        np.random.default_rng(seed), recurrent=recurrent, binary=binary, targets=2
    )
    simple = replace(
        network,
        populations=tuple(
            replace(p, bias_mant=np.zeros(p.channels, int)) for p in network.populations
        ),
        projections=tuple(
            replace(j, mix=sp.csr_array((j.mix.toarray() > 0).astype(int)))
            for j in network.projections
        ),
    )
    return Case(simple, inputs, np.arange(2))


CASES = {name: case for name, case in corner_networks().items() if expressible(case.network)}
RANDOM = {
    f"random {seed}, {'recurrent' if recurrent else 'forward'}": random_case(
        seed, recurrent=recurrent, binary=binary
    )
    for seed, recurrent, binary in (
        (21, False, False),
        (22, False, True),
        (23, True, False),
        (24, True, True),
        (25, True, False),
    )
}
CASES |= RANDOM


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    """Per case, what Lava's own processes gave; all in one other process."""
    folders = {name: tmp_path_factory.mktemp("case") for name in CASES}
    for name, folder in folders.items():
        write_network(CASES[name].network, folder)
        np.savez(folder / "inputs.npz", **CASES[name].inputs)
    done = subprocess.run(
        [sys.executable, SCRIPT, *folders.values()], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return {name: dict(np.load(folder / "results.npz")) for name, folder in folders.items()}


def test_the_witness_covers_what_it_should() -> None:
    assert len(CASES) - len(RANDOM) >= 12
    assert {"LIF u wraps", "LIF v clips", "exponent ends", "loops and delays"} <= CASES.keys()
    assert sum(case.network.begin_together for case in CASES.values()) >= 3
    assert {"resets, layer by layer", "resets in every update"} <= CASES.keys()
    for name, case in RANDOM.items():
        assert expressible(case.network), name
        for layer, spikes in run_plain(*case).spikes.items():
            assert 0.02 < spikes.mean() < 0.98, f"{name}: {layer} {spikes.mean()}"


@pytest.mark.parametrize("name", CASES)
def test_lavas_own_processes_give_the_plain_reference(name: str, results) -> None:
    """Every spike of every population, and u and v after its last update."""
    want, got = run_plain(*CASES[name]), results[name]
    for layer, spikes in want.spikes.items():
        np.testing.assert_array_equal(got[f"{layer}.spikes"], spikes, err_msg=f"spikes of {layer}")
        for variable in ("u", "v"):
            values = want.final[layer][variable]
            np.testing.assert_array_equal(got[f"{layer}.{variable}"], values, err_msg=variable)


@pytest.mark.parametrize("name", RANDOM)
def test_our_fused_processes_give_the_same(name: str) -> None:
    """Corners run fused in `test_lava_equivalence.py`."""
    agreement = compare(run_plain(*CASES[name]), neurograph_lava.run(*CASES[name], batch=2))
    assert agreement.identical, agreement.first_difference
