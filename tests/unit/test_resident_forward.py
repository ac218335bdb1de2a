"""A network over a whole graph in PyTorch: spikes, gradients, and what no output depends on."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.graphs.label_spikes import labels_in
from neurograph.models import SpikeNetConfig
from neurograph.models.layers import plain
from neurograph.models.resident.forward import activations, read_out
from neurograph.models.resident.whole import Whole
from neurograph.models.schedules import drawn_from_all, mean_schedule
from neurograph.models.spikenet.model import SpikeNet
from neurograph.runtime import reference
from neurograph.testing.models import random_graph

NODES, STEPS, CLASSES, FEATURES = 30, 4, 3, 5
GRAPH, STORE = random_graph(nodes=NODES, steps=STEPS)
SIZES = {"features": FEATURES, "classes": CLASSES, "steps": STEPS, "hidden": (6, 4)}
WHOLE = {"mapping": "resident"}
LABELS = {**WHOLE, "label_input": True}
EVERYTHING = {**LABELS, "label_hops": 3, "graph_recurrence": True}
DEEP = {"hidden": (6, 5, 4), "fanouts": (5, 2, 2)}
SEEN = np.arange(0, NODES, 3)


def config(**settings: object) -> SpikeNetConfig:
    return SpikeNetConfig(**{**SIZES, **settings})  # type: ignore[arg-type]


CONFIGS = [
    config(**WHOLE),
    config(**EVERYTHING),
    config(**EVERYTHING, features=0),
    config(**EVERYTHING, features=0, hidden=(4,), fanouts=(3,)),
    config(**EVERYTHING, **DEEP, neuron="lif", tau=2.0, threshold=0.5),
    config(**EVERYTHING, neuron="plif", tau=1.5, threshold=0.5),
    config(**WHOLE, feature_hops=2),
    config(**EVERYTHING, feature_hops=3, input_gain=1.5, hidden=(6,), fanouts=(5,)),
    config(**LABELS, neuron="if", threshold=0.5, cumulative_share=1.0),
]


def strong(given: SpikeNetConfig) -> SpikeNet:
    """An untrained model in double precision, every layer of which fires."""
    torch.manual_seed(1)
    model = SpikeNet(given).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 2
    return model


def values_of(given: SpikeNetConfig, *, alike: bool = False) -> Array:
    """Features; `alike`: those of nodes that have met nobody are the same."""
    values = np.asarray(STORE.values)[..., : given.features].copy()
    if alike:
        for step, before in enumerate(GRAPH.cumulative.before[1:]):
            values[step, before == 0] = 0.25
    return values


def labels_of(given: SpikeNetConfig, seen: Array = SEEN) -> Array | None:
    return labels_in(GRAPH.labels, seen) if given.label_input else None


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("given", CONFIGS)
def test_spikes_are_those_of_the_resident_network(given: SpikeNetConfig, alike: bool) -> None:
    model, values = strong(given), values_of(given, alike=alike)
    whole = Whole.of(given, GRAPH, values)
    with torch.no_grad():
        spikes = activations(model, whole, labels_of(given))
        logits = read_out(model, whole, spikes[-1], np.arange(NODES))
    one_hot = np.zeros((NODES, CLASSES))
    one_hot[SEEN, GRAPH.labels[SEEN]] = 1
    inputs = {
        "x": np.moveaxis(values.astype(np.float64), 0, 1)[:, :, None],
        "y": np.broadcast_to(one_hot[:, None, None], (NODES, STEPS, 1, CLASSES)),
    }
    seen = np.isin(np.arange(NODES), SEEN)
    network = given.resident_network(GRAPH, model.captured(), seen=seen)
    record = reference.run_float(
        network, {s.name: inputs[s.name] for s in network.streams}, np.arange(NODES)
    )
    index = whole.rows.index(np.arange(NODES))
    for number, layer in enumerate(spikes, 1):
        np.testing.assert_array_equal(layer.numpy()[index], record.spikes[f"h{number}"][:, :, 0])
        assert layer.any(), number
    np.testing.assert_allclose(logits.numpy(), record.logits, atol=1e-12)
    shared = alike or not given.features
    assert (len(whole.rows) < STEPS * NODES) == shared


def by_autograd(model: SpikeNet, values: Array, labels: Array | None) -> Tensor:
    """Spikes ``(N, T, channels)`` of the last layer, node by node and step by step in PyTorch."""
    given = model.config
    schedule = mean_schedule(GRAPH, drawn_from_all(given.tree))
    mixes = [torch.from_numpy(schedule.at(t).toarray()) for t in range(STEPS)]
    below = torch.from_numpy(np.moveaxis(values.astype(np.float64), 0, 1))
    for number, layer in enumerate(model.spiking):
        if not number and given.feature_hops:
            current = from_afar(model, below, mixes) + layer.bias()
        else:
            gain = layer.gain() * layer.input_gain
            own = below @ (layer.own.weight * gain).T
            heard = below @ (layer.neighbours.weight * gain).T
            current = own + mixed(mixes, heard) + layer.bias()
        if not number and labels is not None:
            current = current + heard_labels(given, labels) @ model.extra_weight("labels").T
        last = number + 1 == len(model.spiking)
        if last and "recurrence" in model.extra:
            below = again(layer.neuron, current, mixes, model.extra_weight("recurrence"))
        else:
            fired = plain.fire(current[:, :, None], layer.neuron.keep(), layer.neuron.cell)
            below = fired[:, :, 0]
    return below


def mixed(mixes: list[Tensor], sent: Tensor) -> Tensor:
    """What nodes hear, ``(N, T, channels)``."""
    return torch.stack([m @ sent[:, t] for t, m in enumerate(mixes)], 1)


def from_afar(model: SpikeNet, features: Tensor, mixes: list[Tensor]) -> Tensor:
    """Features that have travelled."""
    sent = features @ model.extra_weight("features").T
    for _ in range(model.config.feature_hops):
        sent = mixed(mixes, sent)
    return sent


def again(neuron, current: Tensor, mixes: list[Tensor], weight: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
    """A layer that hears its neighbours' spikes of two snapshots before."""
    fired: list[Tensor] = []
    for step in range(STEPS):
        into = current[:, : step + 1].clone()
        for late in range(2, step + 1):
            into[:, late] = into[:, late] + mixes[late] @ (fired[late - 2] @ weight.T)
        fired = [*plain.fire(into[:, :, None], neuron.keep(), neuron.cell)[:, :, 0].unbind(1)]
    return torch.stack(fired, 1)


def heard_labels(given: SpikeNetConfig, labels: Array) -> Tensor:
    """What the relays send, from dense matrices."""
    one_hot = np.where(labels[:, None] == np.arange(CLASSES), 1.0, 0.0)
    found = []
    for step in range(STEPS):
        so_far, new = (of.at(step).toarray() for of in adjacency())
        counts = so_far @ one_hot
        share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
        parts = [share, np.minimum(counts / 2, 4), np.minimum(new @ one_hot / 2, 4)]
        for _ in range(1, given.label_hops):
            share = so_far @ share / np.maximum(so_far.sum(1, keepdims=True), 1)
            parts.append(share)
        found.append(np.concatenate(parts, 1))
    return torch.from_numpy(np.stack(found, 1))


def adjacency():  # type: ignore[no-untyped-def]
    """Ones for everybody met so far, and in each snapshot, without the node itself."""
    mean = mean_schedule(GRAPH, 0.5)
    ones, nothing = np.ones_like(mean.of_new), np.zeros_like(mean.of_new)
    return mean.with_values(ones, nothing, nothing), mean.with_values(nothing, ones, nothing)


@pytest.mark.parametrize("given", CONFIGS)
def test_gradients_are_those_of_autograd_over_dense_matrices(given: SpikeNetConfig) -> None:
    values, labels = values_of(given, alike=True), labels_of(given)
    asked = np.arange(NODES)[1::2]
    push = torch.from_numpy(np.random.default_rng(0).normal(size=(len(asked), CLASSES)))
    found = []
    for compiled in (True, False):
        model = strong(given)
        if compiled:
            whole = Whole.of(given, GRAPH, values)
            spikes = activations(model, whole, labels)
            logits = read_out(model, whole, spikes[-1], asked)
        else:
            logits = model.readout(by_autograd(model, values, labels)[asked].flatten(1))
        (logits * push).sum().backward()
        found.append({name: p.grad for name, p in model.named_parameters()})
    for name, gradient in found[0].items():
        if gradient is not None and gradient.numel():
            np.testing.assert_allclose(gradient, found[1][name], atol=1e-9, err_msg=name)
            assert gradient.any(), name


@pytest.mark.parametrize("given", CONFIGS)
def test_no_bit_of_a_masked_nodes_output_depends_on_its_label(given: SpikeNetConfig) -> None:
    """Planted: other labels of all nodes whose label is not in; those that are in are heard."""
    if not given.label_input:
        return
    model, whole = strong(given), Whole.of(given, GRAPH, values_of(given))
    hidden, rng, outputs = np.setdiff1d(np.arange(NODES), SEEN), np.random.default_rng(3), []
    for noisy in (None, hidden, SEEN):
        labels = GRAPH.labels.copy()
        if noisy is not None:
            labels[noisy] = (labels[noisy] + rng.integers(1, CLASSES, len(noisy))) % CLASSES
        with torch.no_grad():
            spikes = activations(model, whole, labels_in(labels, SEEN))
            outputs.append((spikes[0], read_out(model, whole, spikes[-1], np.arange(NODES))))
    (first, logits), (same, alike), (other, _) = outputs
    assert torch.equal(logits, alike)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_dropped_channels_are_as_if_they_never_fired() -> None:
    given = config(**EVERYTHING)
    model, kept = strong(given), torch.tensor([0, 2, 3, 5])
    whole = Whole.of(given, GRAPH, values_of(given))
    with torch.no_grad():
        thin = activations(model, whole, labels_of(given), [kept])
        every = activations(model, whole, labels_of(given))
        for weight in (model.spiking[1].own.weight, model.spiking[1].neighbours.weight):
            weight[:, [1, 4]] = 0
            weight *= 6 / 4
        whole_again = activations(model, whole, labels_of(given))
    assert torch.equal(thin[0], every[0][:, kept])
    assert torch.equal(thin[1], whole_again[1])
