"""The float reference, against loops that say what each neuron does."""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import (
    LIF,
    AdaptiveLIF,
    Readout,
    SoftResetLIF,
)
from neurograph.runtime.reference import run_float
from neurograph.testing.builders import float_layer, float_link, float_network

NEURONS = {
    "lif": LIF(current_decay=0.6, voltage_decay=0.3, threshold=0.7),
    "soft": SoftResetLIF(current_decay=1.0, voltage_decay=0.1, threshold=0.8),
    "adaptive": AdaptiveLIF(
        voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2
    ),
}


def network(neuron, *, latency=1, loop=False, seed=0):
    rng = np.random.default_rng(seed)
    mix = [[1, 0, 2], [0, 1, 0]]
    links = [float_link("x", "h", rng.normal(0, 0.5, (4, 3)), mix=mix, name="in")]
    if loop:
        weight = rng.normal(0, 0.5, (4, 4))
        links.append(float_link("h", "h", weight, mix=np.eye(2), delay=1, name="loop"))
    layers = [float_layer("h", 2, 4, neuron, bias=rng.normal(0, 0.1, 4))]
    readout = Readout(source="h", weight=rng.normal(size=(2, 6 * 8)), bias=rng.normal(size=2))
    return float_network(layers, links, steps=6, latency=latency, readout=readout)


def by_hand(net, x):
    """Spikes ``(updates, rows, channels)`` and v of one node, written out."""
    (population,) = net.populations
    neuron, shape = population.neuron, (2, 4)
    u, v, theta = np.zeros(shape), np.zeros(shape), np.full(shape, neuron.threshold)
    spikes = np.zeros((net.updates, *shape), bool)
    for k in range(net.updates):
        a = np.zeros(shape)
        for j in net.projections:
            if j.source == "x":
                a += j.mix @ (x[k // net.latency] @ j.weight.T)
            elif k >= 2:  # itself, one step and one delay late
                a += spikes[k - 2] @ j.weight.T
        u = (1 - neuron.current_decay) * u + a
        v = (1 - neuron.voltage_decay) * v + u + population.bias
        spikes[k] = v > theta
        v = np.where(spikes[k], v - theta if isinstance(neuron, SoftResetLIF) else 0.0, v)
        if isinstance(neuron, AdaptiveLIF):
            theta = (1 - neuron.threshold_decay) * theta + neuron.threshold_step * spikes[k]
    return spikes, v


@pytest.mark.parametrize("kind", NEURONS)
@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("latency", [1, 3])
def test_float_runs_equal_loops(kind, loop, latency):
    net = network(NEURONS[kind], latency=latency, loop=loop)
    x = np.random.default_rng(1).normal(0, 1, (5, 6, 3, 3))
    record = run_float(net, {"x": x}, np.arange(5))
    assert 0.05 < record.spikes["h"].mean() < 0.6
    for node in range(5):
        spikes, v = by_hand(net, x[node])
        np.testing.assert_array_equal(record.spikes["h"][node], spikes)
        np.testing.assert_allclose(record.final["h"]["v"][node], v, atol=1e-12)
    assert record.backend == "float"
    assert record.final["h"]["v"].dtype == np.float64
    assert ("theta" in record.final["h"]) == (kind == "adaptive")
    rates = record.spikes["h"].reshape(5, 6, latency, 8).mean(axis=2).reshape(5, -1)
    np.testing.assert_allclose(record.logits, rates @ net.readout.weight.T + net.readout.bias)


def test_inputs_must_be_finite():
    net = network(NEURONS["lif"])
    x = np.zeros((2, 6, 3, 3), np.float32)
    x[1, 2, 0, 1] = np.nan
    with pytest.raises(NetworkError) as error:
        run_float(net, {"x": x}, np.arange(2))
    assert str(error.value) == "x: input[1, 2, 0, 1] is not a finite number"


def test_a_float_fingerprint_changes_with_weights_and_neurons():
    prints = {
        network(NEURONS["lif"]).sha256,
        network(NEURONS["soft"]).sha256,
        network(NEURONS["lif"], seed=1).sha256,
        network(NEURONS["lif"], latency=2).sha256,
        network(NEURONS["lif"], loop=True).sha256,
    }
    assert len(prints) == 5
    assert network(NEURONS["lif"]).sha256 in prints
