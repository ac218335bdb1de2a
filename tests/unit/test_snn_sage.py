"""Baselines without spikes: their forward pass, settings, and the operations counted from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import relu

from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import TreeSpec
from neurograph.models import TrainSettings
from neurograph.models.layers.aggregate import Dropout
from neurograph.models.registry import config_class
from neurograph.models.sage.config import SageConfig
from neurograph.models.sage.model import Sage
from neurograph.testing.models import synthetic_trees

TREE = TreeSpec(fanouts=(3, 2))
CHILDREN = {0: [1, 2, 3], 1: [4, 5], 2: [6, 7], 3: [8, 9]}
TARGETS = 5


@pytest.fixture(scope="module")
def world():
    graph, features, slots = synthetic_trees(TREE, TARGETS)
    sizes = {"features": 6, "classes": 3, "steps": graph.num_steps}
    return features.values, slots, {**sizes, "hidden": (7, 4), "fanouts": TREE.fanouts}


def made(name: str, config: dict) -> Sage:
    torch.manual_seed(1)
    return config_class(name)(**config).build().double()


def layer(dense: nn.Module, own: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    return relu(dense.own(own) + dense.neighbours(drawn.mean(0)))


def plainly(model: Sage, values, slots) -> list[torch.Tensor]:
    """Slot by slot, step by step, target by target."""
    first, second = model.dense
    out: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    for b, t in np.ndindex(*slots.shape[:2]):
        x = torch.from_numpy(np.asarray(values[t], np.float64)[slots[b, t]])
        h1 = [layer(first, x[row], x[children]) for row, children in CHILDREN.items()]
        out[0].append(torch.stack(h1))
        out[1].append(layer(second, h1[0], torch.stack([h1[row] for row in CHILDREN[0]]))[None])
    return [torch.stack(rows).unflatten(0, slots.shape[:2]) for rows in out]


@pytest.mark.parametrize("name", ["sage", "sage-gru"])
def test_gradients_are_those_of_the_plain_model(name: str, world) -> None:
    """Of logits with respect to every weight, by autograd through loops over slots."""
    values, slots, config = world
    model, plain = made(name, config), made(name, config)
    outputs = plainly(plain, values, slots)
    if name == "sage-gru":
        outputs.append(over_snapshots(plain, outputs[-1]))
    wanted = plain.read_out(outputs)
    found = model.read_out(model.of_trees(values, slots))
    torch.testing.assert_close(found, wanted)
    for logits in (found, wanted):
        (logits * torch.arange(1.0, 1.0 + logits.numel()).view_as(logits)).sum().backward()
    theirs = dict(plain.named_parameters())
    for weight, parameter in model.named_parameters():
        assert parameter.grad.any(), f"nothing depends on {weight}"
        torch.testing.assert_close(parameter.grad, theirs[weight].grad)


@pytest.mark.parametrize("name", ["sage", "sage-gru"])
def test_the_layers_are_relu_of_own_and_mean(name: str, world) -> None:
    values, slots, config = world
    model = made(name, config)
    found, wanted = model.of_trees(values, slots), plainly(model, values, slots)
    for mine, theirs in zip(found, wanted, strict=False):
        torch.testing.assert_close(mine, theirs)
    assert 0 < float((found[0] == 0).double().mean()) < 1, "ReLU must act"


def over_snapshots(model: Sage, last: torch.Tensor) -> torch.Tensor:
    """States of the GRU, step by step: a sigmoid each for reset and update, then the new state."""
    weights = {n.removesuffix("_l0"): p for n, p in model.gru.named_parameters()}
    state, states = torch.zeros(len(last), 4, dtype=torch.double), []
    for t in range(last.shape[1]):
        by_input = last[:, t, 0] @ weights["weight_ih"].T + weights["bias_ih"]
        by_state = state @ weights["weight_hh"].T + weights["bias_hh"]
        (ri, zi, ni), (rs, zs, ns) = by_input.chunk(3, 1), by_state.chunk(3, 1)
        reset, update = torch.sigmoid(ri + rs), torch.sigmoid(zi + zs)
        state = (1 - update) * torch.tanh(ni + reset * ns) + update * state
        states.append(state)
    return torch.stack(states, 1).unsqueeze(2)


def test_the_gru_goes_over_the_snapshots(world) -> None:
    values, slots, config = world
    model = made("sage-gru", config)
    *_, last, states = model.of_trees(values, slots)
    torch.testing.assert_close(states, over_snapshots(model, last))
    assert model.read_out([states]).shape == (TARGETS, 3)


def test_dropout_drops_between_layers_and_scales_the_rest(world) -> None:
    values, slots, config = world
    model = made("sage", config)
    dropout = Dropout.of(np.arange(TARGETS), 0.5, seed=1, draw=1)
    first, second = model.of_trees(values, slots, dropout)
    kept = first * dropout.of_layer(1).mask(first) / 0.5
    wanted = [
        layer(model.dense[1], kept[b, t, 0], kept[b, t, 1:4])
        for b, t in np.ndindex(*slots.shape[:2])
    ]
    torch.testing.assert_close(second.flatten(0, 2), torch.stack(wanted), rtol=1e-5, atol=1e-6)


def test_operations_are_counted_product_by_product(world) -> None:
    """Every non-zero input times every non-zero weight, in loops."""
    values, slots, config = world
    model = made("sage-gru", config)
    with torch.no_grad():
        model.dense[1].own.weight[0, 2] = 0.0
    counter = model.counter()
    counter.infer(values, slots)
    found = counter.complexity()
    with torch.no_grad():
        h1, h2, states = (x.numpy() for x in model.of_trees(values, slots))
    macs, acs = dict.fromkeys(("h1", "h2", "gru", "readout"), 0), {"h1": 0, "h2": 0}
    for b, t in np.ndindex(*slots.shape[:2]):
        x = np.asarray(values[t])[slots[b, t]]
        for row, children in CHILDREN.items():
            macs["h1"] += 7 * (np.count_nonzero(x[row]) + int(x[children].any(axis=0).sum()))
            acs["h1"] += np.count_nonzero(x[children])
        weight = model.dense[1].own.weight.detach().numpy()
        macs["h2"] += np.count_nonzero(weight[:, h1[b, t, 0] != 0])
        macs["h2"] += 4 * int((h1[b, t, 1:4] != 0).any(axis=0).sum())
        acs["h2"] += np.count_nonzero(h1[b, t, 1:4])
        macs["gru"] += 12 * np.count_nonzero(h2[b, t, 0]) + 2 * 4
        macs["gru"] += 13 * np.count_nonzero(states[b, t - 1, 0]) if t else 0
        macs["readout"] += 3 * np.count_nonzero(states[b, t, 0])
    for of in found.layers:
        assert of.macs * TARGETS == pytest.approx(macs[of.name])
        assert of.acs * TARGETS == pytest.approx(acs.get(of.name, 0))
    steps = slots.shape[1]
    by_hand = {
        "h1": steps * 4 * 2 * 6 * 7,
        "h2": steps * 2 * 7 * 4,
        "gru": steps * (2 * 12 * 4 + 3 * 4),
        "readout": steps * 4 * 3,
    }
    assert {of.name: of.dense for of in found.layers} == by_hand
    assert found.absent == 1
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert found.weights == found.parameters - 2 * (7 + 4) - 3  # a GRU's biases are connections
    assert found.footprint == found.parameters * 8
    zeros = sum(np.count_nonzero(x == 0) for x in (h1, h2, states))
    assert found.silent * TARGETS == zeros


def test_what_only_neurons_have_is_refused() -> None:
    with pytest.raises(ModelError) as error:
        TrainSettings(model="sage", tau=2.0, qat=True)
    assert str(error.value) == "model sage has no spikes, so it takes no tau, qat; leave that out"


def test_a_twin_is_not_captured_and_spikes_are_no_twin(world) -> None:
    _, _, config = world
    with pytest.raises(ModelError, match="a model without spikes is a baseline"):
        SageConfig(**config).build().capture()
    with pytest.raises(ModelError, match="a model with spikes is no baseline"):
        config_class("spikenet")(**config).build().counter()
    assert config_class("spikenet")(**config).build().capture().populations
