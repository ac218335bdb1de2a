"""Compiled and plain integers are equal, and the backward pass goes straight through rounding."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch.nn.functional import cross_entropy

from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import NeuronScale, QStream, Scheme, WeightGrid
from neurograph.ir.rounding import smallest_exponent
from neurograph.models.integer import compiled, plain
from neurograph.models.integer import net as integer
from neurograph.models.integer import neuron as integer_neuron
from neurograph.models.integer import sums as integer_sums
from neurograph.models.integer.net import IntegerNet, load_payloads
from neurograph.models.integer.terms import row_sums
from neurograph.models.layers import compiled as float_compiled
from neurograph.models.layers import plain as float_plain
from neurograph.models.layers.aggregate import Dropout, NeighbourGroups, self_and_sum
from neurograph.models.layers.batch import load_batch
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.spikenet.model import SpikeNet
from neurograph.testing import models
from neurograph.testing.models import small_configs, strong_model
from neurograph.testing.schemes import plain_scheme

SMALL = replace(models.SMALL, dropout=0.0)
CONFIGS = small_configs("alif", "alif with memory", "if", "plif", "three hops", base=SMALL)
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
COARSE = {"bits": 4, "guard_bits": 1, "split": True, "means": True, "room": 16.0}


def trees_of(config):
    features, slots = models.trees_of(config)
    return features.values, slots


def rounded(config, how):
    model = strong_model(config)
    return model, IntegerNet.of(model, plain_scheme(model.capture(), 4.0, **how))


@pytest.mark.parametrize("means", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_payloads_are_those_of_the_streams(means, dtype):
    values = (np.random.default_rng(0).normal(size=(3, 40, 70)) * 3).astype(dtype)
    values[1, 7] = 0.03  # a node without edges: alike in all features
    slots = np.random.default_rng(1).integers(0, 40, (6, 3, 16)).astype(np.int32)
    network = strong_model(replace(SMALL, features=70, steps=3)).capture()
    streams = plain_scheme(network, 4.0, means=means).streams
    found = compiled.encode_batch(load_batch(values, slots), streams)
    want = plain.encode_batch(load_batch(values, slots), streams)
    assert torch.equal(found.payloads, want.payloads)
    assert torch.equal(found.means, want.means)
    assert (found.scale, found.mean_scale) == (want.scale, want.mean_scale)
    assert len(want.means) == (len(want.payloads) if means else 0)
    assert not means or want.means.abs().max() > 20


@configs
@pytest.mark.parametrize("how", [{}, COARSE], ids=["8 bits", "coarse"])
def test_compiled_integers_are_the_plain_ones(config, how):
    _, net = rounded(config, how)
    values, slots = trees_of(config)
    batch = load_payloads(values, slots, net.scheme.streams)
    layer = net.layers[0]
    sums = compiled.slot_sums(batch, layer)
    want = plain.slot_sums(batch, layer)
    assert torch.equal(sums.double(), want)
    plain_spikes, plain_current = plain.fire(want, layer)
    spikes, current = compiled.fire(sums, layer)
    assert 0.02 < spikes.mean() < 0.98
    assert torch.equal(spikes, plain_spikes)
    torch.testing.assert_close(current, plain_current)


@pytest.mark.parametrize("name", CONFIGS)
def test_compiled_gradients_are_the_plain_ones(name):
    config = CONFIGS[name]
    model, net = rounded(config, COARSE)
    values, slots = trees_of(config)
    batch = load_payloads(values, slots, net.scheme.streams)
    groups, layer = model.neighbour_groups[0], net.layers[0]
    spikes, current = plain.fire(plain.slot_sums(batch, layer), layer)
    generator = torch.Generator().manual_seed(1)
    gradient = torch.randn(spikes.shape, generator=generator)
    keep, cell = torch.tensor(layer.keep_v / 4096), config.cell
    given = current, spikes, keep, cell, gradient
    for found, want in zip(
        compiled.fire_gradient(*given),
        plain.fire_gradient(*given),
        strict=True,
    ):
        torch.testing.assert_close(found, want, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        compiled.products_gradient(gradient, batch, groups),
        plain.products_gradient(gradient, batch, groups),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_self_and_sum(share):
    groups = NeighbourGroups.of(TreeSpec(fanouts=(2, 3, 2)), 2)
    generator = torch.Generator().manual_seed(0)
    spikes = torch.randint(0, 2, (7, 3, 9, 4), generator=generator).double()
    dropout = Dropout.of(np.arange(7), share, seed=1, draw=2)
    weights = torch.randn(7, 3, groups.rows, 2, 4, generator=generator, dtype=torch.float64)
    outs, grads = [], []
    for function in (self_and_sum, float_plain.self_and_sum):
        given = spikes.clone().requires_grad_()
        out = function(given, groups, dropout)
        (out * weights).sum().backward()
        outs.append(out.detach())
        grads.append(given.grad)
    torch.testing.assert_close(*outs, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(*grads, rtol=1e-8, atol=1e-8)
    if not share:
        assert torch.equal(outs[0], outs[0].round()), "sums of spikes are whole"
        first, k = int(groups.first[1]), int(groups.fanout[1])
        assert torch.equal(outs[0][:, :, 1, 1], spikes[:, :, first : first + k].sum(2))


def gradients(forward, model, values, slots):
    model.zero_grad()
    spikes = forward.of_trees(values, slots)
    labels = torch.arange(len(slots)) % model.config.classes
    cross_entropy(forward.read_out(spikes), labels).backward()
    return spikes, {name: p.grad.clone() for name, p in model.named_parameters()}


PLAIN = {
    (integer, "load_payloads"): lambda values, slots, streams: plain.encode_batch(
        load_batch(values, slots), streams
    ),
    (float_compiled, "self_and_sum"): float_plain.self_and_sum,
    (compiled, "slot_sums"): plain.slot_sums,
    (compiled, "products_gradient"): plain.products_gradient,
    (compiled, "fire"): plain.fire,
    (compiled, "fire_gradient"): plain.fire_gradient,
}


@configs
def test_the_whole_plain_path_is_the_compiled_one(config, monkeypatch):
    """What another device than a CPU runs."""
    model, net = rounded(config, COARSE)
    values, slots = trees_of(config)
    fired, found = gradients(net, model, values, slots)
    for where, other in PLAIN.items():
        monkeypatch.setattr(*where, other)
    want_fired, want = gradients(net, model, values, slots)
    assert all(torch.equal(a, b) for a, b in zip(fired, want_fired, strict=True))
    for name, gradient in want.items():
        size = float(gradient.abs().max())
        assert size > 0, name
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-4 * size)


# every number of these is a multiple of a power of two that the integers hold
EXACT = replace(SMALL, gamma=0.25, threshold_decay=0.25, fanouts=(4, 2), steps=4, tau=1.0)
EXACT_CONFIGS = {
    "alif": EXACT,
    "alif with memory": replace(EXACT, tau=2.0),
    "if": replace(EXACT, neuron="if"),
    "lif": replace(EXACT, neuron="lif", tau=2.0),
    "plif": replace(EXACT, neuron="plif", tau=2.0),
    "three hops": replace(EXACT, hidden=(9, 8, 7), fanouts=(4, 2, 2)),
}


def exact_model(config):
    model, generator = SpikeNet(config), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if not name.endswith("neuron.w"):
                unit = 64 if name.endswith("bias") or "readout" in name else 16
                p[:] = torch.randint(-31, 32, p.shape, generator=generator) / unit
    return model


def exact_scheme(network):
    """Payloads of a sixteenth; a thousand units of a sum per float unit."""
    stream = QStream(name="x", rows=network.streams[0].rows, channels=5, bits=8, scale=16.0)
    populations = {p.name: NeuronScale(scale=1024.0, guard_bits=6) for p in network.populations}
    gains = {j.name: 1024.0 / (16.0 if j.source == "x" else 1.0) for j in network.projections}
    grids = {
        j.name: WeightGrid(
            bits=8,
            exponent=smallest_exponent(j.weight, np.full(len(j.weight), gains[j.name]), 8),
        )
        for j in network.projections
    }
    return Scheme(streams=(stream,), populations=populations, projections=grids)


@pytest.mark.parametrize("config", EXACT_CONFIGS.values(), ids=EXACT_CONFIGS)
def test_where_nothing_is_rounded_spikes_and_gradients_are_those_of_the_floats(config):
    model = exact_model(config)
    values, slots = trees_of(config)
    values = np.clip(np.round(values * 16) / 16, -3, 3)
    net = IntegerNet.of(model, exact_scheme(model.capture()))
    fired, found = gradients(net, model, values, slots)
    floats, want = gradients(model, model, values, slots)
    for one, other in zip(fired, floats, strict=True):
        assert 0.02 < other.mean() < 0.98
        assert torch.equal(one, other)
    for name, gradient in want.items():
        assert gradient.abs().max() > 0, name
        size = float(gradient.abs().max())
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-4 * size)


def smooth(model, net, values, slots, chosen):
    """The sum of chosen currents of the first layer as a function of the float weights.

    It is what the straight-through gradient differentiates: payloads, times unrounded weights.
    """
    batch = load_payloads(values, slots, net.scheme.streams)
    x = batch.payloads.double() / batch.scale
    if len(batch.means):
        x = x + batch.means[:, None].double() / batch.mean_scale
    layer, groups = model.spiking[0], model.neighbour_groups[0]
    gain = layer.neuron.gain().double()
    index = batch.where.long()
    own = (x @ layer.own.weight.double().T)[index[:, :, : groups.rows]]
    near = groups.mean((x @ layer.neighbours.weight.double().T)[index])
    bias = layer.own.bias.double() + layer.neighbours.bias.double()
    return ((own + near + bias) * gain * chosen).sum()


@pytest.mark.parametrize("how", [{}, COARSE], ids=["8 bits", "coarse"])
def test_sums_differentiate_as_the_currents_they_stand_for(how):
    config = CONFIGS["plif"]
    model, net = rounded(config, how)
    values, slots = trees_of(config)
    batch = load_payloads(values, slots, net.scheme.streams)
    layer = model.spiking[0]
    sums = integer_sums.first_sums(layer.weight(0), layer.bias(), batch, net.layers[0])
    chosen = torch.randn(sums.shape, generator=torch.Generator().manual_seed(3))
    sums.backward(chosen.to(sums.dtype))
    assert net.layers[0].inside.all()
    rng = np.random.default_rng(0)
    for name in ("own.weight", "neighbours.weight", "own.bias", "neighbours.bias", "neuron.w"):
        parameter = layer.get_parameter(name)
        place = tuple(int(rng.integers(n)) for n in parameter.shape)
        ends = []
        for step in (1e-2, -2e-2):  # one up, then one down from there
            with torch.no_grad():
                parameter[place] += step
            ends.append(smooth(model, net, values, slots, chosen).item())
        with torch.no_grad():
            parameter[place] += 1e-2
        want = (ends[0] - ends[1]) / 2e-2
        assert parameter.grad[place].item() == pytest.approx(want, rel=2e-3, abs=2e-3), name


def test_deeper_sums_differentiate_through_what_the_mantissas_hold():
    config = CONFIGS["three hops"]
    model, net = rounded(config, COARSE)
    layer, held, groups = model.spiking[1], net.layers[1], model.neighbour_groups[1]
    generator = torch.Generator().manual_seed(0)
    spikes = torch.randint(
        0, 2, (5, 4, model.neighbour_groups[0].rows, 9), generator=generator
    ).float()
    beside = self_and_sum(spikes, groups, Dropout.of(np.arange(5), 0.0, seed=1, draw=1))
    beside.requires_grad_()
    sums = integer_sums.deeper_sums(layer.weight(1), layer.bias(), beside, held)
    chosen = torch.randn(sums.shape, generator=generator)
    sums.backward(chosen.to(sums.dtype))

    own = torch.from_numpy(held.self_weight).float().requires_grad_()
    weights = held.neighbour_weights.items()
    near = {k: torch.from_numpy(w).float().requires_grad_() for k, w in weights}
    given = beside.detach().requires_grad_()
    rows = []
    for r, k in enumerate(groups.fanout.tolist()):
        rows.append(given[:, :, r, 0] @ own.T + given[:, :, r, 1] @ near[k].T)
    current = torch.stack(rows, 2)
    (current * chosen).sum().backward()
    bias = torch.from_numpy(held.population.scales).float()
    assert (sums.detach() / bias - current.detach()).abs().max() < 3 / held.population.scales.min()
    torch.testing.assert_close(beside.grad, given.grad)
    torch.testing.assert_close(layer.own.weight.grad, own.grad, rtol=1e-4, atol=1e-4)
    of_mean = sum(w.grad / k for k, w in near.items())
    torch.testing.assert_close(layer.neighbours.weight.grad, of_mean, rtol=1e-4, atol=1e-4)


def test_a_clipped_weight_gets_no_gradient():
    model = strong_model(SMALL)
    scheme = plain_scheme(model.capture(), 4.0)
    with torch.no_grad():
        model.spiking[0].own.weight[3, 2] = 40.0
        model.spiking[1].neighbours.weight[1, 5] = -40.0
    net = IntegerNet.of(model, scheme)
    assert [int((~layer.inside).sum()) for layer in net.layers] == [1, 1]
    _, found = gradients(net, model, *trees_of(SMALL))
    first, second = found["layers.0.own.weight"], found["layers.1.neighbours.weight"]
    assert first[3, 2] == 0 == second[1, 5]
    assert (first == 0).sum() == 1
    assert (second != 0).sum() > second.numel() / 2


def test_dropout_scales_before_the_floor():
    """With half of the spikes dropped, what is left counts twice."""
    model, net = rounded(SMALL, {})
    values, slots = trees_of(SMALL)
    dropout = Dropout.of(np.arange(len(slots)), 0.5, seed=1, draw=1)
    batch = load_payloads(values, slots, net.scheme.streams)
    first, second = net.spikes(batch, dropout)
    kept = first * dropout.of_layer(1).mask(first) * 2
    groups, layer = model.neighbour_groups[1], net.layers[1]
    sums = row_sums(torch.stack([kept[:, :, : groups.rows], groups.sum(kept)], 3), layer.inputs)
    want, _ = plain.fire(sums, layer)
    assert torch.equal(second.detach(), want)


def test_the_constants_of_a_neuron_are_not_taken_from_its_cell():
    """The forward pass is the chip's, whatever floats the backward pass replays."""
    model, net = rounded(SMALL, {})
    values, slots = trees_of(SMALL)
    layer = net.layers[0]
    batch = load_payloads(values, slots, net.scheme.streams)
    keep, spikes = model.spiking[0].neuron.keep(), []
    for cell in (SMALL.cell, Cell(threshold=9.0, hold=0.1)):
        sums = compiled.slot_sums(batch, layer)
        spikes.append(integer_neuron.fire_integer(sums, keep, layer, cell))
    assert torch.equal(*spikes)
