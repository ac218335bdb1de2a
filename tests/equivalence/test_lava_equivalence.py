"""Lava's runtime against the plain reference: every spike and every final state.

In both lowerings: "fused", our process models, and "stock", Lava's own Sparse and membrane.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import neurograph_lava
from neurograph.core.arrays import Array
from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QSoftResetLIF,
    QStream,
    Readout,
)
from neurograph.runtime.reference.plain import run_plain
from neurograph.testing import NEURON_KINDS, NeuronKind, corner_networks, random_network
from neurograph.testing.builders import (
    constant_readout,
    integer_layer,
    integer_link,
    integer_network,
    one_layer,
)
from neurograph.testing.records import assert_lively, assert_same_run

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

CORNERS = corner_networks()
both_lowerings = pytest.mark.parametrize("lowering", ["fused", "stock"])


@both_lowerings
@pytest.mark.parametrize("name", CORNERS)
def test_corner(name: str, lowering: str) -> None:
    case = CORNERS[name]
    assert_same_run(run_plain(*case), neurograph_lava.run(*case, lowering=lowering))


@both_lowerings
@pytest.mark.parametrize("kind", NEURON_KINDS)
@pytest.mark.parametrize(("recurrent", "binary"), [(False, False), (True, False), (True, True)])
def test_random_networks_in_batches(
    kind: NeuronKind, recurrent: bool, binary: bool, lowering: str
) -> None:
    """Skips, delays, loops and biases, five nodes in batches of 2, 2 and 1."""
    seed = 7 * NEURON_KINDS.index(kind) + 2 * recurrent + binary
    network, inputs = random_network(
        np.random.default_rng(seed), neuron=kind, recurrent=recurrent, binary=binary, targets=5
    )
    want = run_plain(network, inputs, np.arange(5))
    assert_lively(want)
    got = neurograph_lava.run(network, inputs, np.arange(5), batch=2, lowering=lowering)
    assert_same_run(want, got)


def layered(
    *neurons: QNeuron, steps: int = 9, latency: int = 1, bias: int = 0, count: int = 4
) -> tuple[QNetwork, dict[str, Array]]:
    """A chain x -> l1 -> l2 ... of 6 channels; `bias` (mantissa, exponent 6) on every layer."""
    rng = np.random.default_rng(11)
    names = ["x", *(f"l{i}" for i, _ in enumerate(neurons, 1))]
    links = [
        integer_link(
            a,
            b,
            2 * rng.integers(-40, 60, (6, 6)),
            mix=[[1, 1], [0, 1]],
            exponent=0 if a == "x" else 2,
        )
        for a, b in pairwise(names)
    ]
    network = integer_network(
        [
            integer_layer(name, 2, 6, neuron, bias=bias + 2 * np.arange(6), bias_exp=6)
            for name, neuron in zip(names[1:], neurons, strict=True)
        ],
        links,
        bits=4,
        steps=steps,
        latency=latency,
        readout=Readout(source=names[-1], weight=rng.normal(size=(3, steps * 12)), bias=np.ones(3)),
    )
    return network, {"x": rng.integers(-7, 8, (count, steps, 2, 6)).astype(np.int8)}


@both_lowerings
@pytest.mark.parametrize(
    "neuron",
    [
        QLIF(voltage_decay=0, threshold=1500),
        QSoftResetLIF(voltage_decay=0, threshold=1500),
        QAdaptiveLIF(voltage_decay=0, threshold=96_000, threshold_decay=500, threshold_step=30_000),
    ],
    ids=lambda neuron: type(neuron).__name__,
)
def test_no_bias_acts_before_a_layer_starts(neuron: QNeuron, lowering: str) -> None:
    """Without leak and with a strong bias, one update too many shows in every state."""
    network, inputs = layered(neuron, neuron, neuron, bias=300)
    want = run_plain(network, inputs, np.arange(4))
    assert_lively(want)
    for batch in (1, 4):
        got = neurograph_lava.run(network, inputs, np.arange(4), batch=batch, lowering=lowering)
        assert_same_run(want, got)


@both_lowerings
@pytest.mark.parametrize(("steps", "latency", "count"), [(1, 1, 3), (1, 2, 1), (4, 3, 1)])
def test_shortest_runs(steps: int, latency: int, count: int, lowering: str) -> None:
    neuron = QLIF(voltage_decay=2000, threshold=300)
    network, inputs = layered(neuron, neuron, steps=steps, latency=latency, count=count)
    nodes = np.arange(count) + 9
    want = run_plain(network, inputs, nodes)
    assert want.spikes["l1"].any()
    got = neurograph_lava.run(network, inputs, nodes, batch=2, lowering=lowering)
    assert_same_run(want, got)


@both_lowerings
def test_parts_that_no_synapse_joins(lowering: str) -> None:
    """Lava compiles what is connected; a recorder's heartbeat joins the rest."""
    network, inputs = layered(QLIF(voltage_decay=2000, threshold=300), count=2)
    (first,), (link,), (stream,) = network.populations, network.projections, network.streams
    both = QNetwork(
        streams=(
            stream,
            QStream(name="y", rows=2, channels=6, bits=4),
            QStream(name="unused", rows=1, channels=1),
        ),
        populations=(
            first,
            integer_layer("a/b", 2, 6, first.neuron, bias=first.bias_mant),
        ),
        projections=(
            link,
            integer_link("y", "a/b", link.weight, mix=link.mix, name="y->b"),
        ),
        readout=network.readout,
        steps=network.steps,
    )
    inputs |= {"y": inputs["x"][::-1], "unused": np.zeros((2, network.steps, 1, 1), np.int8)}
    want = run_plain(both, inputs, np.arange(2))
    assert_lively(want)
    assert_same_run(want, neurograph_lava.run(both, inputs, np.arange(2), lowering=lowering))


def test_parallel_synapses_where_one_cannot_hold_the_weight() -> None:
    """3 x 254 is no 8-bit weight; shifted right, splitting the sum would floor it twice."""
    rng = np.random.default_rng(5)
    weight = 2 * rng.integers(100, 128, (3, 4)) * rng.choice([-1, 1], (3, 4))
    network = one_layer(
        weight,
        neuron=QLIF(voltage_decay=4095, threshold=100),
        mix=[[3, 1], [0, 2]],
        exponent=-5,
        steps=10,
        readout=constant_readout("h", 60, weight=1.0),
    )
    inputs = {"x": rng.integers(-9, 10, (3, 10, 2, 4)).astype(np.int8)}
    want = run_plain(network, inputs, np.arange(3))
    assert_lively(want)
    for lowering in ("fused", "stock"):
        got = neurograph_lava.run(network, inputs, np.arange(3), batch=2, lowering=lowering)
        assert_same_run(want, got)
    assert got.versions["model of fan of p"] == "PyFanModel"


MODELS = {
    "fused": {
        "l1": "PyWindowedLifModelBitAcc",
        "l2": "PySoftResetLifModelBitAcc",
        "l3": "PyAdaptiveLifModelBitAcc",
        "x->l1": "PyKroneckerModelBitAcc",
    },
    "stock": {
        "l1": "PyStockLifModel",
        "l2": "PyStockSoftResetLifModel",
        "l3": "PyStockAdaptiveLifModel",
        "x->l1": "PySparseModelBitAcc",
    },
}


@both_lowerings
def test_the_record_names_what_ran_and_progress_reaches_the_end(lowering: str) -> None:
    network, inputs = layered(
        QLIF(voltage_decay=2000, threshold=300),
        QSoftResetLIF(voltage_decay=2000, threshold=300),
        QAdaptiveLIF(
            voltage_decay=4096, threshold=20_000, threshold_decay=1000, threshold_step=100
        ),
    )
    seen: list[tuple[int, int]] = []
    record = neurograph_lava.run(
        network,
        inputs,
        np.arange(4),
        batch=3,
        lowering=lowering,
        progress=lambda *done: seen.append(done),
    )
    assert record.backend == "loihi-sim"
    assert record.versions["lava-nc"] == "0.10.0"
    ran = {name: record.versions[f"model of {name}"] for name in MODELS[lowering]}
    assert ran == MODELS[lowering]
    assert seen[-1] == (4, 4)
    assert seen == sorted(seen)
