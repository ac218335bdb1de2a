"""The leaky readout: a trace whose weights serve any number of snapshots, in every mapping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.ir.rounding import round_readout
from neurograph.models import Checkpoint, capture, config_class, spikes_of
from neurograph.models.config import ModelConfig
from neurograph.models.layers.batch import load_batch
from neurograph.models.layers.readout import FlatReadout, LeakyReadout
from neurograph.models.registry import build
from neurograph.models.resident.forward import activations, read_out
from neurograph.models.resident.whole import Whole
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.spikenet.model import SpikeNet
from neurograph.runtime import reference
from neurograph.testing import random_network
from neurograph.testing.models import SMALL, checkpoint_of, random_graph, strong_model, trees_of

KEEP = 0.8
LEAKY = replace(SMALL, readout="leaky", readout_keep=KEEP)
DYSIGN = config_class("dysign")(
    features=5, classes=3, steps=4, hidden=(16, 6), readout="leaky", readout_keep=KEEP
)


def by_recursion(spikes: Array, weight: Array, bias: Array, keep: float) -> Array:
    """Logits of ``(nodes, T, channels)``, snapshot after snapshot."""
    trace = np.zeros((len(spikes), spikes.shape[2]))
    for step in range(spikes.shape[1]):
        trace = keep * trace + spikes[:, step]
    logits: Array = trace @ weight.T + bias
    return logits


def weights_of(checkpoint: Checkpoint) -> tuple[Array, Array]:
    held = checkpoint.restore().double().readout
    return held.weight.detach().numpy(), held.bias.detach().numpy()


@pytest.mark.parametrize("keep", [0.3, 0.9, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_it_is_the_trace_of_its_definition(steps: int, keep: float) -> None:
    torch.manual_seed(1)
    readout = LeakyReadout(5, 3, steps, keep).double()
    given = np.random.default_rng(2).integers(0, 2, (6, steps, 5)).astype(float)
    weight, bias = (p.detach().numpy() for p in readout.parameters())
    found = readout(torch.from_numpy(given).flatten(1)).detach().numpy()
    np.testing.assert_allclose(found, by_recursion(given, weight, bias, keep), rtol=1e-12)


def test_a_trace_that_forgets_nothing_is_a_flat_readout_with_the_same_weights_throughout() -> None:
    leaky, flat = LeakyReadout(5, 3, 4, 1.0), FlatReadout(5, 3, 4)
    with torch.no_grad():
        flat.weight[:] = leaky.weight.repeat(1, 4)
        flat.bias[:] = leaky.bias
    given = torch.rand(7, 20)
    torch.testing.assert_close(leaky(given), flat(given))


def test_fresh_logits_are_as_large_as_those_of_a_flat_readout() -> None:
    torch.manual_seed(3)
    given = torch.randint(0, 2, (500, 20 * 32)).float() - 0.5
    leaky, flat = LeakyReadout(32, 8, 20, 0.9), FlatReadout(32, 8, 20)
    ratio = (leaky(given) - leaky.bias).std() / (flat(given) - flat.bias).std()
    assert 0.8 < ratio.item() < 1.25


@pytest.mark.parametrize("double", [True, False])
def test_the_network_over_trees_reads_out_what_the_model_does(double: bool) -> None:
    checkpoint = checkpoint_of("spikenet", LEAKY, state=strong_model(LEAKY).state_dict())
    features, slots = trees_of(LEAKY)
    spikes, logits = spikes_of(checkpoint, features, slots, double=double)
    network = capture(checkpoint)
    assert network.readout.weight.shape == (3, 4 * 6)
    found = network.logits(spikes, {})
    np.testing.assert_allclose(found, logits, atol=1e-12 if double else 1e-5)
    want = by_recursion(spikes["h2"][:, :, 0], *weights_of(checkpoint), KEEP)
    np.testing.assert_allclose(found, want, atol=1e-6)
    assert np.ptp(want) > 0.1


def test_latency_steps_of_a_snapshot_count_alike() -> None:
    torch.manual_seed(4)
    checkpoint = checkpoint_of("dysign", DYSIGN)
    features, slots = trees_of(DYSIGN)
    spikes, logits = spikes_of(checkpoint, features, slots, double=True)
    np.testing.assert_allclose(capture(checkpoint).logits(spikes, {}), logits, atol=1e-12)
    rates = spikes["h2"].reshape(len(slots), 4, DYSIGN.updates, -1).mean(axis=2)
    want = by_recursion(rates, *weights_of(checkpoint), KEEP)
    np.testing.assert_allclose(logits, want, atol=1e-6)
    assert rates.any()


def test_over_a_whole_graph_and_with_gradients_at_every_snapshot() -> None:
    given = SpikeNetConfig(
        features=5, classes=3, steps=4, hidden=(6, 4), mapping="resident", readout="leaky"
    )
    graph, store = random_graph(nodes=30, steps=4)
    torch.manual_seed(1)
    model = SpikeNet(given).double()
    with torch.no_grad():
        for layer in model.spiking:
            layer.own.weight *= 3
    values, nodes = np.asarray(store.values), np.arange(30)
    whole = Whole.of(given, graph, values)
    spikes = activations(model, whole, None)
    logits = read_out(model, whole, spikes[-1], nodes)
    network = given.resident_network(graph, model.captured())
    inputs = {"x": np.moveaxis(values.astype(np.float64), 0, 1)[:, :, None]}
    record = reference.run_float(network, inputs, nodes)
    np.testing.assert_allclose(logits.detach().numpy(), record.logits, atol=1e-12)
    logits.square().sum().backward()
    gradient = model.readout.weight.grad
    assert gradient is not None
    assert gradient.shape == (3, 4)
    assert gradient.abs().max() > 0


@pytest.mark.parametrize("config", [LEAKY, DYSIGN], ids=["spikenet", "dysign"])
def test_its_weights_serve_any_number_of_snapshots(config: ModelConfig) -> None:
    torch.manual_seed(6)
    checkpoint = checkpoint_of(config.name, config)
    now, later = capture(checkpoint), capture(checkpoint.with_steps(9))
    width = 4 * 6
    np.testing.assert_array_equal(later.readout.weight[:, -width:], now.readout.weight)
    np.testing.assert_array_equal(later.readout.bias, now.readout.bias)
    assert (later.steps, now.steps) == (9, 4)
    ratio = later.readout.weight[:, :6] / later.readout.weight[:, -6:]
    np.testing.assert_allclose(ratio, KEEP**8, rtol=1e-5)


def test_a_flat_readout_serves_the_snapshots_that_it_was_trained_with() -> None:
    checkpoint = checkpoint_of("spikenet", SMALL)
    assert checkpoint.with_steps(4).config == SMALL
    with pytest.raises(ModelError, match="5 snapshots, and the flat readout has a weight for each"):
        checkpoint.with_steps(5)
    with pytest.raises(ModelError, match="train with --readout leaky"):
        checkpoint.with_steps(3)


@pytest.mark.parametrize("keep", [0.0, -0.1, 1.01])
def test_a_share_of_the_trace_is_above_0_to_1(keep: float) -> None:
    with pytest.raises(ModelError, match=r"readout_keep is .* needed above 0, at most 1"):
        replace(LEAKY, readout_keep=keep)


def test_an_unknown_readout_is_refused() -> None:
    with pytest.raises(ModelError, match="no readout 'trace'; known: flat, leaky"):
        replace(SMALL, readout="trace")


def test_its_integers_can_be_on_the_chip() -> None:
    """Rounded as every readout is; clock and gates give the host's logits to the bit."""
    network, inputs = random_network(np.random.default_rng(3))
    steps, latency = network.steps, network.latency
    size = next(p.rows * p.channels for p in network.populations if p.name == "o")
    readout = LeakyReadout(size, 3, steps, 0.7)
    given = replace(
        network.readout,
        weight=readout.over_time().detach().double().numpy(),
        bias=readout.bias.detach().double().numpy(),
    )
    host = replace(network, readout=round_readout(given, steps, latency))
    chip = readout_on_chip(host)
    nodes = np.arange(len(next(iter(inputs.values()))))
    on_host = reference.run(host, inputs, nodes)
    on_chip = reference.run(chip, {**inputs, **chip.own_inputs(len(nodes))}, nodes)
    np.testing.assert_array_equal(on_host.logits, on_chip.logits)
    assert np.ptp(on_host.logits) > 0


def test_a_baseline_without_spikes_reads_out_alike_and_counts_every_snapshot() -> None:
    config = config_class("sage")(
        features=5, classes=3, steps=4, hidden=(16, 6), readout="leaky", readout_keep=KEEP
    )
    torch.manual_seed(2)
    model = build("sage", config)
    features, slots = trees_of(config)
    counter = model.counter()
    logits = counter.infer(features.values, slots)
    states = model.activations(load_batch(features.values, slots))[-1][:, :, 0].detach().numpy()
    weight, bias = (p.detach().numpy() for p in model.readout.parameters())
    np.testing.assert_allclose(logits, by_recursion(states, weight, bias, KEEP), atol=1e-5)
    (found,) = (x for x in counter.complexity().layers if x.name == "readout")
    assert found.dense == 3 * 4 * 6


def test_what_is_said_of_it() -> None:
    assert SMALL.reads_out == "linear readout"
    assert LEAKY.reads_out == "linear readout of a trace that keeps 0.8"
