"""The hand-written backward pass is the exact gradient of the plain step-by-step loop."""

import math

import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.errors import ModelError
from neurograph.models.layers import compiled, plain
from neurograph.models.layers.neurons.cell import Cell
from neurograph.models.layers.surrogate import SURROGATES
from neurograph.models.neurons import before_training, check_neuron, layer_class
from neurograph.models.spikenet.config import SpikeNetConfig

# kind: keep (1 - 1/tau), and what the threshold does
CELLS = {
    "if": (1.0, {}),
    "lif": (0.6, {}),
    "lif without memory": (0.0, {}),
    "alif": (0.0, {"hold": 0.7, "jump": 0.2}),
    "alif with memory": (0.75, {"hold": 0.7, "jump": 0.2}),
    "threshold that vanishes": (0.5, {"hold": 0.0, "jump": 0.0}),
}


def layer(name, tau):
    settings = SpikeNetConfig(features=1, classes=2, steps=1, neuron=name, tau=tau)
    return layer_class(name)(before_training(name, settings), settings)


def run(function, current, keep, cell, weights):
    current = current.clone().requires_grad_()
    keep = torch.tensor(keep, dtype=current.dtype, requires_grad=True)
    spikes = function(current, keep, cell)
    (spikes * weights).sum().backward()
    return spikes.detach(), current.grad, keep.grad


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("name", CELLS)
def test_backward_is_that_of_the_plain_loop(name, surrogate):
    keep, threshold = CELLS[name]
    cell = Cell(surrogate=surrogate, alpha=1.3, threshold=0.8, **threshold)
    generator = torch.Generator().manual_seed(3)
    current = torch.randn(5, 9, 3, 7, dtype=torch.float64, generator=generator) * 1.5
    weights = torch.randn(current.shape, dtype=torch.float64, generator=generator)
    spikes, g_current, g_keep = run(compiled.fire, current, keep, cell, weights)
    want, want_current, want_keep = run(plain.fire, current, keep, cell, weights)
    assert 0.05 < spikes.mean() < 0.95, "a silent or saturated layer proves nothing"
    assert torch.equal(spikes, want)
    torch.testing.assert_close(g_current, want_current, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(g_keep, want_keep, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_float32_spikes_are_those_of_the_plain_loop(name):
    keep, threshold = CELLS[name]
    current = torch.randn(8, 27, 6, 16, generator=torch.Generator().manual_seed(4))
    cell = Cell(**threshold)
    given = current, torch.tensor(keep), cell
    assert torch.equal(compiled.fire(*given), plain.fire(*given))


def test_a_membrane_exactly_at_threshold_does_not_fire():
    current = torch.tensor([0.5, 0.5, 0.25, 1.0, 1.0000001]).reshape(1, 5, 1, 1)
    spikes = compiled.fire(current, torch.tensor(1.0), Cell())
    assert spikes.flatten().tolist() == [0, 0, 1, 0, 1]  # 0.5, 1.0, 1.25 -> 0, 1.0, 2.0000001


def test_adaptive_threshold_decays_and_jumps():
    # thresholds 1, 0.7, 0.49 + ..., worked by hand; every current lies just above or just below
    current = torch.tensor([0.99, 0.71, 0.68, 0.70, 0.682]).reshape(1, 5, 1, 1)
    spikes = compiled.fire(current, torch.tensor(0.0), Cell(hold=0.7, jump=0.2))
    # theta: 1 | 0.7 | 0.49+0.2 = 0.69 | 0.483 | 0.3381+0.2 = 0.5381
    assert spikes.flatten().tolist() == [0, 1, 0, 1, 1]


def test_a_soft_reset_leaves_what_is_above_the_threshold():
    # soft: v 1.5 | 0.5 + 0.45 | 0.05 + 0.81; theta 1 | 0.9 | 0.85; hard: v 1.5 | 0.45 | 0.45 + 0.81
    current = torch.tensor([1.5, 0.45, 0.81]).reshape(1, 3, 1, 1)
    for soft, want in ((True, [1, 1, 1]), (False, [1, 0, 1])):
        cell = Cell(hold=0.5, jump=0.4, soft_reset=soft)
        assert cell.compiled is not soft
        assert plain.fire(current, torch.tensor(1.0), cell).flatten().tolist() == want


FORMULAS = {
    "sigmoid": lambda x, a: a * math.exp(-a * x) / (1 + math.exp(-a * x)) ** 2,
    "triangle": lambda x, a: max(0.0, 1 - a * abs(x)),
    "arctan": lambda x, a: 1 / (1 + a * x * x),
    "super": lambda x, a: 1 / (1 + a * abs(x)) ** 2,
    "multi-gauss": lambda x, a: (
        1.15 * normal(x, 0, a) - 0.15 * normal(x, a, 6 * a) - 0.15 * normal(x, -a, 6 * a)
    ),
}


def normal(x, mean, sigma):
    return math.exp(-((x - mean) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))


@pytest.mark.parametrize("name", SURROGATES)
@pytest.mark.parametrize("alpha", [0.5, 1.0, 3.0])
def test_surrogates_are_the_published_formulas(name, alpha):
    for dtype, rtol, atol in ((torch.float64, 1e-12, 1e-15), (torch.float32, 2e-5, 5e-7)):
        x = torch.linspace(-6, 6, 97, dtype=dtype)
        want = torch.tensor([FORMULAS[name](v, alpha) for v in x.tolist()], dtype=dtype)
        torch.testing.assert_close(SURROGATES[name][0](x, alpha), want, rtol=rtol, atol=atol)
        # one step, threshold 1: the gradient of a spike is the slope at current - 1
        current = (x + 1).reshape(1, 1, 1, -1).requires_grad_()
        cell = Cell(surrogate=name, alpha=alpha)
        compiled.fire(current, torch.tensor(0.0, dtype=dtype), cell).sum().backward()
        torch.testing.assert_close(current.grad.flatten(), want, rtol=rtol, atol=atol)


def test_steep_surrogates_stay_finite_far_from_threshold():
    current = torch.tensor([-1e4, -50.0, 50.0, 1e4]).reshape(1, 1, 1, 4).requires_grad_()
    for name in SURROGATES:
        current.grad = None
        compiled.fire(current, torch.tensor(0.0), Cell(surrogate=name, alpha=10.0)).sum().backward()
        assert torch.isfinite(current.grad).all(), name


def test_plif_learns_its_time_constant():
    neuron = layer("plif", 2.0)
    assert neuron.gain().item() == pytest.approx(0.5)
    current = torch.rand(4, 6, 2, 3, generator=torch.Generator().manual_seed(0)) * 2
    (neuron(current) * torch.rand(4, 6, 2, 3)).sum().backward()
    assert neuron.w.grad.abs() > 1e-4


@pytest.mark.parametrize(
    ("kind", "tau", "gain", "keep"),
    [("if", 3.0, 1.0, 1.0), ("lif", 4.0, 0.25, 0.75), ("alif", 1.0, 1.0, 0.0)],
)
def test_gain_and_leak(kind, tau, gain, keep):
    neuron = layer(kind, tau)
    assert (neuron.gain().item(), neuron.keep().item()) == (gain, keep)


def test_layout_and_batch_do_not_matter():
    current = torch.randn(6, 5, 3, 4, generator=torch.Generator().manual_seed(1))
    keep, cell = torch.tensor(0.3), Cell(hold=0.7, jump=0.2)
    whole = compiled.fire(current, keep, cell)
    transposed = current.transpose(0, 1).contiguous().transpose(0, 1)
    assert torch.equal(compiled.fire(transposed, keep, cell), whole)
    assert torch.equal(torch.cat([compiled.fire(c, keep, cell) for c in current.split(2)]), whole)


@pytest.mark.parametrize(
    ("kind", "tau", "cell", "message"),
    [
        ("lstm", 1.0, Cell(), "no neuron 'lstm'; known: if, lif, plif, alif"),
        ("lif", 0.5, Cell(), "neuron lif: tau is 0.5 steps, needed at least 1"),
        (
            "plif",
            1.0,
            Cell(),
            "neuron plif: tau is 1.0 steps, needed above 1 (plif starts from it)",
        ),
        ("lif", float("nan"), Cell(), "neuron lif: tau is nan steps, needed at least 1"),
        ("if", 1.0, Cell(threshold=0.0), "neuron if: threshold is 0.0, needed above 0"),
        (
            "alif",
            1.0,
            Cell(surrogate="relu"),
            "no surrogate 'relu'; known: sigmoid, triangle, arctan, super, multi-gauss",
        ),
        (
            "alif",
            1.0,
            Cell(hold=1.5),
            "neuron alif: the threshold keeps 1.5 per step and jumps by 0; "
            "needed 0 to 1, and at least 0",
        ),
    ],
)
def test_wrong_settings(kind, tau, cell, message):
    with pytest.raises(ModelError) as error:
        check_neuron(kind, tau, cell)
    assert str(error.value) == message
