"""Aggregation over the sampled tree: compiled and plain agree, and both with the definition."""

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.models.layers import plain
from neurograph.models.layers.aggregate import (
    Dropout,
    NeighbourGroups,
    no_dropout,
    self_and_mean,
    slot_currents,
)
from neurograph.models.layers.batch import load_batch
from neurograph.testing.graphs import random_graph

TREES = [TreeSpec(fanouts=f) for f in ((5, 2), (3,), (2, 3, 2))]
trees = pytest.mark.parametrize("tree", TREES, ids=lambda tree: str(tree.fanouts))


def gradients(function, x, *rest):
    x = x.clone().requires_grad_()
    out = function(x, *rest)
    weights = torch.randn(out.shape, dtype=out.dtype, generator=torch.Generator().manual_seed(9))
    (out * weights).sum().backward()
    return out.detach(), x.grad


@trees
def test_family_is_the_neighbour_mix_of_the_tree(tree):
    for layer in range(1, tree.layers + 1):
        groups = NeighbourGroups.of(tree, layer)
        below = torch.arange(tree.rows(layer - 1), dtype=torch.float64).reshape(1, 1, -1, 1)
        want = tree.neighbour_mix(layer) @ below.flatten().numpy() / tree.fanout(layer)
        np.testing.assert_allclose(groups.mean(below).flatten(), want)
        assert groups.rows == tree.rows(layer)


@trees
def test_slot_currents(tree):
    generator = torch.Generator().manual_seed(0)
    groups = NeighbourGroups.of(tree, 1)
    products = torch.randn(40, 6, dtype=torch.float64, generator=generator)
    # rows of different steps differ, as `load_batch` numbers them
    where = torch.randint(0, 10, (3, 4, tree.slots), generator=generator)
    where = (where + 10 * torch.arange(4)[:, None]).int()
    out, grad = gradients(slot_currents, products, where, groups)
    want, want_grad = gradients(plain.slot_currents, products, where, groups)
    torch.testing.assert_close(out, want)
    torch.testing.assert_close(grad, want_grad)
    b, t, row = 2, 3, groups.rows - 1  # the definition, at one place
    first, k = int(groups.first[row]), int(groups.fanout[row])
    mean = products[where[b, t, first : first + k].long(), 3:].mean(0)
    torch.testing.assert_close(out[b, t, row], products[where[b, t, row], :3] + mean)


@pytest.mark.parametrize("tree", [TREES[0], TREES[2]], ids=lambda tree: str(tree.fanouts))
@pytest.mark.parametrize("share", [0.0, 0.4])
def test_self_and_mean(tree, share):
    groups = NeighbourGroups.of(tree, 2)
    generator = torch.Generator().manual_seed(0)
    shape = (7, 3, tree.rows(1), 4)
    spikes = torch.randint(0, 2, shape, generator=generator).double()
    dropout = Dropout.of(np.arange(7), share, seed=1, draw=2) if share else no_dropout(7)
    out, grad = gradients(self_and_mean, spikes, groups, dropout)
    want, want_grad = gradients(plain.self_and_mean, spikes, groups, dropout)
    torch.testing.assert_close(out, want, rtol=1e-8, atol=1e-8)  # the limit is rounded to 2^-32
    torch.testing.assert_close(grad, want_grad, rtol=1e-8, atol=1e-8)
    assert out.shape == (7, 3, groups.rows, 2, 4)
    if not share:
        assert torch.equal(out[:, :, :, 0], spikes[:, :, : groups.rows])


def test_dropout_drops_its_share_independently():
    dropout = Dropout.of(np.arange(50), 0.7, seed=3, draw=1)
    mask = dropout.mask(torch.zeros(50, 20, 6, 32))
    assert mask.mean().item() == pytest.approx(0.3, abs=4 * (0.21 / mask.numel()) ** 0.5)
    centred = (mask - mask.mean()).numpy()
    for axis in range(4):  # neighbours in any direction are uncorrelated
        a, b = (centred.take(range(k, centred.shape[axis] - 1 + k), axis) for k in (0, 1))
        assert abs((a * b).mean() / centred.var()) < 4 / a.size**0.5


def test_dropout_depends_on_target_seed_draw_and_layer_alone():
    spikes = torch.zeros(4, 3, 2, 64)
    nodes = np.array([7, 1, 9, 4])

    def mask(nodes, seed=1, draw=1, layer=1):
        return Dropout.of(nodes, 0.5, seed=seed, draw=draw).of_layer(layer).mask(spikes)

    same = mask(nodes)
    assert torch.equal(mask(nodes[::-1]), same.flip(0))
    for other in ({"seed": 2}, {"draw": 2}, {"layer": 2}):
        assert (mask(nodes, **other) == same).float().mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_batches_hold_each_node_once_per_step(dtype):
    graph, features = random_graph(np.random.default_rng(0), dtype=dtype)
    slots = sample(graph, np.array([3, 59, 3, 17, 0]), TreeSpec(), seed=5)
    batch = load_batch(features.values, slots)
    steps = np.arange(graph.num_steps)[:, None]
    want = features.values[steps, slots].astype(np.float32)
    assert torch.equal(batch.features[batch.where.long()], torch.from_numpy(want))
    assert len(batch.features) == sum(len(np.unique(slots[:, t])) for t in range(graph.num_steps))


def test_batches_read_a_memory_map(tmp_path):
    graph, features = random_graph(np.random.default_rng(0))
    np.save(tmp_path / "x.npy", features.values)
    slots = sample(graph, np.arange(20), TreeSpec(), seed=5)
    mapped = load_batch(np.load(tmp_path / "x.npy", mmap_mode="r"), slots)
    assert torch.equal(mapped.features, load_batch(features.values, slots).features)
