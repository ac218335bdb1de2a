"""The plain loop that our speed is measured against computes the same model."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.graphs.sampling import sample
from neurograph.models import SpikeNetConfig
from neurograph.models.layers.batch import load_batch
from neurograph.models.spikenet.model import SpikeNet
from neurograph.testing.graphs import random_graph


def plain_module():
    path = Path(__file__).resolve().parents[1] / "bench" / "plain_spikenet.py"
    spec = importlib.util.spec_from_file_location("plain_spikenet", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_yardstick_has_the_same_logits_and_gradients():
    graph, features = random_graph(np.random.default_rng(2))
    config = SpikeNetConfig(features=5, classes=3, steps=4, hidden=(16, 6), dropout=0.0)
    ours = SpikeNet(config)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter *= 3
    plain = plain_module().PlainSpikeNet(5, (16, 6), 3, 4, config.tree).eval()
    for number, layer in enumerate(ours.spiking):
        plain.own[number].load_state_dict(layer.own.state_dict())
        plain.neighbours[number].load_state_dict(layer.neighbours.state_dict())
    plain.readout.load_state_dict(ours.readout.state_dict())

    slots = sample(graph, np.arange(40), config.tree, seed=1)
    logits = ours(load_batch(features.values, slots))
    want = plain(torch.from_numpy(features.values), torch.from_numpy(slots).long())
    torch.testing.assert_close(logits, want, rtol=1e-4, atol=1e-5)
    for out in (logits, want):
        out.square().sum().backward()
    for number, layer in enumerate(ours.spiking):
        for one, other in ((layer.own, plain.own), (layer.neighbours, plain.neighbours)):
            gradient = other[number].weight.grad
            assert gradient.abs().max() > 1e-3
            torch.testing.assert_close(one.weight.grad, gradient, rtol=1e-3, atol=1e-4)
