"""The membranes behind recorded spikes, against the plain reference and against float loops."""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.ir import QAdaptiveLIF, QSoftResetLIF, SoftResetLIF
from neurograph.ir.passes.cut import cut, cut_payloads
from neurograph.runtime.engine import FloatArithmetic, IntegerArithmetic, trace
from neurograph.runtime.reference import run_float, run_plain
from neurograph.testing import NEURON_KINDS, random_network
from tests.unit.test_reference_float import NEURONS, network


def start_of(neuron):
    start = np.array(neuron.threshold)  # for all channels, or one per channel
    return start if isinstance(neuron, QAdaptiveLIF) else start << neuron.guard_bits


# what RefractoryLIF compares is told by its own test
@pytest.mark.parametrize("kind", [k for k in NEURON_KINDS if k != "RefractoryLIF"])
@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_integer_membranes_are_those_of_the_plain_reference(kind, recurrent, seed) -> None:
    """The plain reference run to the end of each update: its last state is the state there."""
    rng = np.random.default_rng(seed)
    net, payloads = random_network(rng, neuron=kind, recurrent=recurrent, targets=2)
    nodes = np.arange(2)
    whole = run_plain(net, payloads, nodes)
    after = [
        run_plain(cut(net, k + 1), cut_payloads(net, payloads, k + 1), nodes)
        for k in range(net.updates)
    ]
    for population in net.populations:
        name, neuron = population.name, population.neuron
        found = trace(net, IntegerArithmetic(net), payloads, whole.spikes, name)
        np.testing.assert_array_equal(found.fired, whole.spikes[name])
        theta = np.full(found.v[:, 0].shape, start_of(neuron))
        for k, record in enumerate(after):
            spikes, final = whole.spikes[name][:, k], record.final[name]
            np.testing.assert_array_equal(record.spikes[name], whole.spikes[name][:, : k + 1])
            np.testing.assert_array_equal(found.theta[:, k], theta)
            reset = found.v[:, k] - theta if isinstance(neuron, QSoftResetLIF) else 0
            np.testing.assert_array_equal(np.where(spikes, reset, found.v[:, k]), final["v"])
            theta = final.get("theta", theta)
    assert any(spikes.any() for spikes in whole.spikes.values()), "silence proves nothing"


@pytest.mark.parametrize("kind", NEURONS)
@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("latency", [1, 3])
def test_float_membranes_are_those_of_the_equations(kind, loop, latency) -> None:
    net = network(NEURONS[kind], latency=latency, loop=loop)
    (population,) = net.populations
    neuron = population.neuron
    x = np.random.default_rng(1).normal(size=(1, 6, 3, 3))
    record = run_float(net, {"x": x}, np.arange(1))
    found = trace(net, FloatArithmetic(net), {"x": x}, record.spikes, "h")
    spikes = record.spikes["h"][0]
    u, v, theta = np.zeros((2, 4)), np.zeros((2, 4)), np.full((2, 4), neuron.threshold)
    for k in range(net.updates):
        a = np.zeros((2, 4))
        for j in net.projections:
            if j.source == "x":
                a += j.mix @ (x[0, k // latency] @ j.weight.T)
            elif k >= 2:  # itself, one step and one delay late
                a += spikes[k - 2] @ j.weight.T
        u = (1 - neuron.current_decay) * u + a
        v = (1 - neuron.voltage_decay) * v + u + population.bias
        np.testing.assert_allclose(found.v[0, k], v, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found.theta[0, k], theta, rtol=1e-12)
        v = np.where(spikes[k], v - theta if isinstance(neuron, SoftResetLIF) else 0.0, v)
        if kind == "adaptive":
            theta = (1 - neuron.threshold_decay) * theta + neuron.threshold_step * spikes[k]
    np.testing.assert_array_equal(found.fired[0], spikes)
    assert spikes.any()


def test_a_tampered_spike_is_heard_and_resets_nothing_of_its_own() -> None:
    """Sources are as recorded; a population's own resets follow its own membranes."""
    net, payloads = random_network(np.random.default_rng(0), targets=1)
    record = run_plain(net, payloads, np.arange(1))
    arithmetic = IntegerArithmetic(net)
    spikes = {name: s.copy() for name, s in record.spikes.items()}
    spikes["h"][0, 0] ^= True
    before = trace(net, arithmetic, payloads, record.spikes, "h")
    after = trace(net, arithmetic, payloads, spikes, "h")
    np.testing.assert_array_equal(after.v, before.v)
    downstream = [trace(net, arithmetic, payloads, s, "o").v for s in (record.spikes, spikes)]
    assert (downstream[0] != downstream[1]).any()
