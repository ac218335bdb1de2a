"""The model as a whole: size, the fast path against the plain one, capture against torch."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.errors import ModelError
from neurograph.ir import LIF, AdaptiveLIF
from neurograph.models import Checkpoint, capture, known_models, spikes_of
from neurograph.models.layers import compiled, plain
from neurograph.models.layers.aggregate import Dropout
from neurograph.models.layers.batch import load_batch
from neurograph.models.registry import build
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.spikenet.model import SpikeNet
from neurograph.testing.models import SMALL, checkpoint_of, small_configs, strong_model, trees_of

CONFIGS = small_configs(three_hops=(3, 2, 2))
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def strong_checkpoint(config: SpikeNetConfig) -> Checkpoint:
    return checkpoint_of("spikenet", config, state=strong_model(config).state_dict())


def test_parameters_on_dblp():
    model = SpikeNet(SpikeNetConfig(features=128, classes=10, steps=27))
    assert sum(p.numel() for p in model.parameters()) == 38_314


@configs
def test_the_fast_path_is_the_plain_one(config, monkeypatch):
    features, slots = trees_of(config)
    batch = load_batch(features.values, slots).double()
    dropout = Dropout.of(np.arange(len(slots)), 0.5, seed=1, draw=1)

    def run():
        model = strong_checkpoint(config).restore().double()
        loss = torch.nn.functional.cross_entropy(
            model(batch, dropout), torch.arange(len(slots)) % 3, reduction="sum"
        )
        loss.backward()
        return loss.item(), {name: p.grad for name, p in model.named_parameters()}

    loss, gradients = run()
    monkeypatch.setattr(compiled, "slot_currents", plain.slot_currents)
    monkeypatch.setattr(compiled, "self_and_mean", plain.self_and_mean)
    monkeypatch.setattr(compiled, "fire", plain.fire)
    want_loss, want = run()
    assert loss == pytest.approx(want_loss, rel=1e-9)
    assert all(g.abs().max() > 0 for g in want.values()), "a zero gradient proves nothing"
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, want[name], rtol=1e-7, atol=1e-9)


def simulate(network, x):
    """The float network by its definition: one loop over hardware-neutral steps."""
    spikes = {"x": x}
    for population in network.populations:
        neuron = population.neuron
        shape = (len(x), network.steps, population.rows, population.channels)
        current = np.zeros(shape)
        for p in network.projections:
            if p.target == population.name:
                mixed = np.einsum("qr,btrc->btqc", p.mix.toarray(), spikes[p.source])
                current += mixed @ p.weight.T
        u, v = np.zeros(shape[:1] + shape[2:]), np.zeros(shape[:1] + shape[2:])
        theta = np.full_like(v, neuron.threshold)
        fired = np.zeros(shape)
        for t in range(network.steps):
            u = (1 - neuron.current_decay) * u + current[:, t]
            v = (1 - neuron.voltage_decay) * v + u + population.bias
            s = fired[:, t] = (v > theta).astype(float)
            v = np.where(s > 0, 0, v)
            if isinstance(neuron, AdaptiveLIF):
                theta = (1 - neuron.threshold_decay) * theta + neuron.threshold_step * s
        spikes[population.name] = fired
    return spikes, network.readout.logits(spikes[network.readout.source], network.latency)


@configs
def test_the_captured_network_is_the_model(config):
    checkpoint = strong_checkpoint(config)
    features, slots = trees_of(config)
    network = capture(checkpoint)
    spikes, logits = spikes_of(checkpoint, features, slots, double=True)
    steps = np.arange(config.steps)[:, None]
    want, want_logits = simulate(network, features.values[steps, slots].astype(np.float64))
    assert set(spikes) == {p.name for p in network.populations}
    for name, fired in spikes.items():
        assert 0.02 < fired.mean() < 0.98, f"{name} says nothing: rate {fired.mean()}"
        np.testing.assert_array_equal(fired, want[name] > 0)
    np.testing.assert_allclose(logits, want_logits, atol=1e-12)


def test_float32_differs_from_float64_by_rounding_alone():
    checkpoint = strong_checkpoint(SMALL)
    features, slots = trees_of(SMALL, targets=11)
    spikes, logits = spikes_of(checkpoint, features, slots)
    exact, exact_logits = spikes_of(checkpoint, features, slots, double=True)
    assert np.mean(spikes["h1"] != exact["h1"]) < 1e-3
    np.testing.assert_allclose(logits, exact_logits, atol=1e-4)


def test_shapes_and_names_of_the_captured_network():
    config = SpikeNetConfig(features=128, classes=10, steps=27)
    network = capture(strong_checkpoint(config))
    (stream,) = network.streams
    assert (stream.name, stream.rows, stream.channels) == ("x", 16, 128)
    assert [(p.name, p.rows, p.channels) for p in network.populations] == [
        ("h1", 6, 128),
        ("h2", 1, 10),
    ]
    assert [(p.name, p.mix.nnz) for p in network.projections] == [
        ("x->h1.self", 6),
        ("x->h1.neighbours2", 10),
        ("x->h1.neighbours5", 5),
        ("h1->h2.self", 1),
        ("h1->h2.neighbours5", 5),
    ]
    neuron = network.populations[0].neuron
    assert isinstance(neuron, AdaptiveLIF)
    assert (neuron.voltage_decay, neuron.threshold_decay, neuron.threshold_step) == (1.0, 0.3, 0.2)


def test_plif_is_captured_with_the_tau_it_learnt():
    checkpoint = strong_checkpoint(CONFIGS["plif"])
    learnt = {**checkpoint.state, "layers.0.neuron.w": torch.tensor(0.0)}
    network = capture(replace(checkpoint, state=learnt))
    assert network.populations[0].neuron == LIF(voltage_decay=0.5, threshold=1.0)


def test_unknown_model():
    with pytest.raises(ModelError) as error:
        build("spikingformer", SMALL)
    assert str(error.value) == "no model 'spikingformer'; known: spikenet, dysign, sage, sage-gru"
    assert list(known_models()) == ["spikenet", "dysign", "sage", "sage-gru"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"hidden": (8,)},
            "hidden sizes (8,) for fan-outs (5, 2); needed one per hop",
        ),
        (
            {"features": 0},
            "0 features, hidden (16, 6), 3 classes, 4 steps: all must be at least 1",
        ),
        ({"dropout": 1.0}, "dropout is 1.0, needed 0 to below 1"),
    ],
)
def test_wrong_configurations(change, message):
    with pytest.raises(ModelError) as error:
        replace(SMALL, **change)
    assert str(error.value) == message
