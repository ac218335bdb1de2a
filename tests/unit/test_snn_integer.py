"""The integer forward is the integer reference: every spike, every logit, broken variants not."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.errors import ModelError, NetworkError
from neurograph.ir.rounding import round_network
from neurograph.models.integer import compiled
from neurograph.models.integer import net as integer
from neurograph.models.integer.net import IntegerNet
from neurograph.models.integer.payloads import PayloadBatch
from neurograph.models.layers.aggregate import Dropout
from neurograph.runtime import reference
from neurograph.testing.models import SMALL, small_configs, strong_model, trees_of
from neurograph.testing.schemes import plain_scheme

CONFIGS = {name: config for name, config in small_configs().items() if name != "one step"}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
SCHEMES = {
    "8 bits": {},
    "6 bits": {"bits": 6},
    "4 bits": {"bits": 4},
    "2 bits": {"bits": 2, "feature_bits": 4},
    "no guard bits": {"guard_bits": 0},
    "signs split": {"split": True, "bits": 4},
    "outliers apart": {"cut": 0.4},
    "means": {"means": True, "feature_bits": 4},
    "a scale per channel": {"per_channel": True, "guard_bits": 3},
    "all": {"bits": 4, "guard_bits": 1, "split": True, "cut": 0.4, "means": True}
    | {"per_channel": True},
    "coarse": {"room": 256.0, "guard_bits": 2, "means": True},
    "payloads of 16 bits": {"feature_bits": 16, "guard_bits": 0, "means": True},
}
schemes = pytest.mark.parametrize("how", SCHEMES.values(), ids=SCHEMES)


def grid_trees(config, targets=12):
    """Features on a grid of a sixteenth, so that many of them lie half-way between payloads."""
    features, slots = trees_of(config, np.linspace(0, 59, targets).astype(np.int64))
    return np.round(features.values * 16) / 16, slots


def run_reference(model, scheme, values, slots):
    quantized = round_network(model.capture(), scheme)
    x = values[np.arange(model.config.steps)[:, None], slots]
    return reference.run(quantized, quantized.encode({"x": x}), np.arange(len(slots)))


def run(model, scheme, values, slots):
    net = IntegerNet.of(model, scheme)
    with torch.no_grad():
        spikes = net.of_trees(values, slots)
        return [s.numpy() > 0 for s in spikes], net.read_out(spikes).numpy()


def scheme_of(model, **how):
    return plain_scheme(model.capture(), 4.0, **how)


def check_equal(model, scheme, values, slots):
    spikes, logits = run(model, scheme, values, slots)
    assert logits.dtype == np.float64
    record = run_reference(model, scheme, values, slots)
    for number, fired in enumerate(spikes, 1):
        want = record.spikes[f"h{number}"]
        assert 0.01 < want.mean() < 0.99, f"layer {number} says nothing: rate {want.mean()}"
        np.testing.assert_array_equal(fired, want)
    np.testing.assert_array_equal(logits, record.logits)


@configs
@schemes
def test_every_spike_is_the_references(config, how):
    model = strong_model(config)
    check_equal(model, scheme_of(model, **how), *grid_trees(config))


@configs
def test_still_after_steps_of_training(config):
    model = strong_model(config)
    scheme = scheme_of(model, bits=4, guard_bits=1, means=True, split=True)
    values, slots = grid_trees(config)
    before = {name: p.clone() for name, p in model.named_parameters()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.03)
    for step in range(4):
        net = IntegerNet.of(model, scheme)
        dropout = Dropout.of(np.arange(len(slots)), 0.5, seed=1, draw=step)
        logits = net.read_out(net.of_trees(values, slots, dropout))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, torch.arange(len(slots)) % 3).backward()
        optimizer.step()
    assert all(not torch.equal(before[n], p) for n, p in model.named_parameters())
    check_equal(model, scheme, values, slots)


@pytest.mark.parametrize("config", [SMALL, CONFIGS["alif with memory"]], ids=["alif", "memory"])
def test_currents_that_wrap_and_membranes_that_saturate(config):
    model = strong_model(config)
    with torch.no_grad():
        for layer in model.spiking:  # biases have less room than currents
            layer.own.bias.zero_()
            layer.neighbours.bias.zero_()
    fitting = scheme_of(model, guard_bits=3, room=1.0)
    lifted = {n: replace(p, guard_bits=6) for n, p in fitting.populations.items()}
    values, slots = grid_trees(config)
    scheme = replace(fitting, populations=lifted)
    sums = compiled.slot_sums(
        integer.load_payloads(values, slots, scheme.streams),
        IntegerNet.of(model, scheme).layers[0],
    )
    assert (sums.abs() * 64 > 1 << 23).float().mean() > 0.1, "nothing wraps"
    spikes, _ = run(model, scheme, values, slots)
    want = run_reference(model, scheme, values, slots)
    for number, fired in enumerate(spikes, 1):
        np.testing.assert_array_equal(fired, want.spikes[f"h{number}"])


def broken_fire(change):
    def fire(sums, layer):
        return integer_neuron_fire(sums, change(layer))

    integer_neuron_fire = compiled.fire
    return fire


def at_threshold(layer):
    """Fires where v >= theta: one unit lower, the same for whole numbers."""
    neuron = layer.population.neuron
    lower = replace(neuron, threshold=neuron.threshold - 1)
    return replace(layer, population=replace(layer.population, neuron=lower))


def fewer_guard_bits(layer):
    neuron = layer.population.neuron
    fewer = replace(neuron, guard_bits=neuron.guard_bits - 1)
    return replace(layer, population=replace(layer.population, neuron=fewer))


def slower_threshold(layer):
    neuron = layer.population.neuron
    slower = replace(neuron, threshold_decay=neuron.threshold_decay - 80)
    return replace(layer, population=replace(layer.population, neuron=slower))


def no_bias(layer):
    silent = np.zeros_like(layer.population.bias_mant)
    return replace(layer, population=replace(layer.population, bias_mant=silent))


def half_away(values, slots, streams):
    batch = integer_load(values, slots, streams)
    steps = np.arange(slots.shape[1])[:, None]
    scaled = np.zeros(batch.payloads.shape, np.float32)
    scaled[batch.where.numpy()] = values[steps, slots] * np.float32(streams[0].scale)
    payload = np.clip(np.trunc(scaled + np.copysign(0.5, scaled)), -127, 127)
    return PayloadBatch(torch.from_numpy(payload), *vars_after(batch))


integer_load = integer.load_payloads


def vars_after(batch):
    return batch.means, batch.where, batch.scale, batch.mean_scale


def floor_each_child(batch, layer):
    """Shifts every child's product by itself, and not their sum."""
    index, groups = batch.where.long(), layer.groups
    below = batch.payloads[index].double()
    weight = torch.from_numpy(layer.inputs.weight).double()
    out = 0
    for r in range(groups.rows):
        a, b, c, d = layer.inputs.ranges[r]
        own = sum(below[:, :, r] @ weight[n].T * layer.inputs.factor[n] // 1 for n in range(a, b))
        first, many = groups.first[r], groups.fanout[r]
        near = sum(
            (below[:, :, first : first + many] @ weight[n].T * layer.inputs.factor[n] // 1).sum(2)
            for n in range(c, d)
        )
        out = [*(out or []), own + near]
    return torch.stack(out, 2)


MUTANTS = {
    "fires at the threshold": (compiled, "fire", broken_fire(at_threshold)),
    "wrong guard bits": (compiled, "fire", broken_fire(fewer_guard_bits)),
    "a threshold that decays slower": (compiled, "fire", broken_fire(slower_threshold)),
    "no bias": (compiled, "fire", broken_fire(no_bias)),
    "payloads rounded half away": (integer, "load_payloads", half_away),
    "each child floored": (compiled, "slot_sums", floor_each_child),
}


@pytest.mark.parametrize("where", MUTANTS.values(), ids=MUTANTS)
def test_a_broken_forward_is_found(where, monkeypatch):
    model = strong_model(SMALL)
    # coarse, so that membranes often lie at the threshold; payloads of an eighth
    scheme = plain_scheme(
        model.capture(), 127 / 8, guard_bits=2, room=128.0, bits=8, feature_bits=8
    )
    values, slots = grid_trees(SMALL, targets=60)
    check_equal(model, scheme, values, slots)
    monkeypatch.setattr(*where)
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        check_equal(model, scheme, values, slots)


def test_a_scheme_of_another_model():
    model, other = strong_model(SMALL), strong_model(CONFIGS["one hop"])
    with pytest.raises(NetworkError, match="quantisation scheme of another network"):
        IntegerNet.of(model, scheme_of(other))


def test_weights_that_ran_away():
    model = strong_model(SMALL)
    scheme = scheme_of(model)
    large = {n: replace(j, exponent=7) for n, j in scheme.projections.items()}
    with torch.no_grad():
        for layer in model.spiking:
            layer.own.weight *= 1e6
    with pytest.raises(ModelError) as error:
        IntegerNet.of(model, replace(scheme, projections=large))
    assert str(error.value) == (
        "h1: its weights have grown until a current can reach 1.3e+09 of the chip's units, 24 bits "
        "hold 8,388,608; lower the learning rate of the integer epochs"
    )
