"""Dy-SIGN: its dynamics, its equilibrium, its gradient, and the network that it becomes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.ir import SoftResetLIF
from neurograph.models import TrainSettings
from neurograph.models.checkpoint import Checkpoint, capture
from neurograph.models.dysign import dynamics as dynamics
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.dysign.model import DySign
from neurograph.models.dysign.rates import RateCurve
from neurograph.models.dysign.solver_monitor import FAILURES, SolverMonitor
from neurograph.models.layers.aggregate import Dropout
from neurograph.models.layers.implicit import Neumann, Solved, Solver, find_method, spectral_norm
from neurograph.models.registry import build
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.runtime import reference
from neurograph.runtime.host import inputs
from neurograph.testing.models import checkpoint_of, synthetic_trees

TREE, TARGETS, SEED = TreeSpec(fanouts=(3, 2)), 6, 2


@pytest.fixture(scope="module")
def world():
    return synthetic_trees(TREE, TARGETS, seed=SEED)


def config(steps: int = 10, **given) -> DySignConfig:
    usual = {
        "hidden": (7, 4),
        "fanouts": TREE.fanouts,
        "threshold": 0.4,
        "dropout": 0.0,
        "leak": 1.0,
    }
    usual["surrogate"] = "clamp"
    return DySignConfig(features=6, classes=3, steps=steps, **{**usual, **given})


def made(config: DySignConfig) -> DySign:
    torch.manual_seed(1)
    return DySign(config).double()


def driven(model: DySign, world, dropout: Dropout | None = None) -> dynamics.DynamicsInput:
    _, features, slots = world
    with torch.no_grad():
        return model.dynamics_input(model._batch(features.values, slots), dropout)


@pytest.mark.parametrize(
    ("fanouts", "hidden"), [((3,), (5,)), ((3, 2), (7, 4)), ((2, 2, 2), (6, 5, 4))]
)
@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("leak", [1.0, 0.7])
def test_compiled_and_stepwise_are_spike_for_spike_the_same(world, fanouts, hidden, share, leak):
    graph, features, _ = world
    tree = TreeSpec(fanouts=fanouts)
    slots = sample(graph, np.arange(TARGETS), tree, seed=SEED)
    model = made(config(fanouts=fanouts, hidden=hidden, leak=leak, compensation=len(hidden) > 1))
    dropout = Dropout.of(np.arange(TARGETS), share, seed=1, draw=2)
    with torch.no_grad():
        drive = model.dynamics_input(model._batch(features.values, slots), dropout)
        stepwise = dynamics.run_stepwise(drive)
    (compiled, _), rates = dynamics.spikes(drive), dynamics.rates(drive)
    for layer, (fast, slow) in enumerate(zip(compiled, stepwise, strict=True)):
        assert torch.equal(fast, slow > 0)
        assert 0.02 < float(slow.mean()) < 0.98
        mean = slow.reshape(TARGETS, graph.num_steps, 5, *slow.shape[2:]).mean(2)
        torch.testing.assert_close(rates[layer], mean)


def by_hand(drive: dynamics.DynamicsInput) -> list[np.ndarray]:
    """The equations of `dynamics`, one node, row and latency step at a time."""
    numpy = {k: getattr(drive, k).detach().numpy() for k in ("currents", "skip", "feedback")}
    (upper,) = drive.upper
    weights = (upper.self_weight, upper.neighbour_weight, upper.bias)
    own, near, bias = (x.detach().numpy() for x in weights)
    targets, steps, rows, wide = numpy["currents"].shape
    fired = [
        np.zeros((targets, steps * drive.latency, rows, wide)),
        np.zeros((targets, steps * drive.latency, 1, len(bias))),
    ]
    for b in range(targets):
        u1, u2 = np.zeros((rows, wide)), np.zeros(len(bias))
        late = [np.zeros(len(bias)), np.zeros(len(bias))]
        for n in range(steps * drive.latency):
            t = n // drive.latency
            into = numpy["currents"][b, t].copy()
            into[0] += numpy["feedback"] @ late.pop(0)
            u1 = drive.leak * u1 + into
            s1 = u1 > drive.threshold
            u1 -= drive.threshold * s1
            heard = own @ s1[0] + near @ s1[1:].mean(axis=0) + bias + numpy["skip"][b, t]
            u2 = drive.leak * u2 + heard
            s2 = u2 > drive.threshold
            u2 -= drive.threshold * s2
            late.append(s2.astype(float))
            fired[0][b, n], fired[1][b, n, 0] = s1, s2
    return fired


def test_spikes_are_those_of_the_equations(world) -> None:
    drive = driven(made(config(leak=0.9)), world)
    for ours, wanted in zip(dynamics.spikes(drive)[0], by_hand(drive), strict=True):
        assert np.array_equal(ours.numpy(), wanted > 0)
        assert wanted.any()


@pytest.mark.parametrize("feedback", [True, False])
@pytest.mark.parametrize("compensation", [True, False])
def test_the_captured_network_fires_the_same_spikes(world, feedback, compensation) -> None:
    graph, features, slots = world
    model = made(config(leak=0.8, feedback=feedback, compensation=compensation))
    network = model.capture()
    names = {j.name for j in network.projections}
    assert ("h2->h1.feedback" in names) == feedback
    assert ("x->h2.compensation" in names) == compensation
    assert network.latency == 5
    assert network.wiring.start == {"x": 0, "h1": 1, "h2": 2}
    assert all(isinstance(p.neuron, SoftResetLIF) for p in network.populations)
    given = inputs(graph, features, TREE, np.arange(TARGETS), seed=SEED)
    record = reference.run_float(network, {"x": given}, np.arange(TARGETS))
    with torch.no_grad():
        fired, _ = model.spikes_of_trees(features.values, slots)
        logits = model.read_out(model.of_trees(features.values, slots))
    for number, layer in enumerate(fired, 1):
        assert np.array_equal(record.spikes[f"h{number}"], layer.numpy())
    np.testing.assert_allclose(record.logits, logits.numpy(), rtol=1e-6)


def test_rates_settle_at_the_equilibrium_as_one_over_k(world) -> None:
    """Without leak, from a snapshot that is held for ever: slope -1 in K."""
    _, features, slots = world
    apart = []
    for latency in (20, 80, 320, 1280):
        model = made(config(steps=1, latency=latency))
        with torch.no_grad():
            drive = model.dynamics_input(model._batch(features.values[-1:], slots[:, -1:]))
        wanted = equilibrium_rates(drive)[-1]
        apart.append(float((dynamics.rates(drive)[-1] - wanted).norm()))
    slopes = np.diff(np.log(apart)) / np.diff(np.log([20, 80, 320, 1280]))
    assert apart[-1] < 0.02
    assert -1.3 < slopes.mean() < -0.7


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["broyden", "neumann"])
@pytest.mark.parametrize("fanouts", [(3, 2), (2, 2, 2)])
def test_gradients_are_those_of_the_equilibrium(world, monkeypatch, solver, fanouts) -> None:
    """Every parameter, against central differences of a loss of the settled rates."""
    graph, features, _ = world
    hidden = (7, 4) if len(fanouts) == 2 else (6, 5, 4)
    tree = TreeSpec(fanouts=fanouts)
    slots = sample(graph, np.arange(3), tree, seed=SEED)
    model = made(config(fanouts=fanouts, hidden=hidden, solver=solver, threshold=0.8))
    model.solver = Solver(method=find_method(solver), tolerance=1e-12, most=100)
    monkeypatch.setattr(dynamics, "rates", equilibrium_rates)
    wanted = torch.randn(3, 3, dtype=torch.float64)

    def loss() -> torch.Tensor:
        return (model.read_out(model.of_trees(features.values, slots)) * wanted).sum()

    loss().backward()
    step = 1e-6
    for name, parameter in model.named_parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for at in range(0, len(flat), max(1, len(flat) // 3)):
            before = flat[at].item()
            ends = []
            for moved in (before + step, before - step):
                flat[at] = moved
                with torch.no_grad():
                    ends.append(loss().item())
            flat[at] = before
            found = (ends[0] - ends[1]) / (2 * step)
            assert gradient[at].item() == pytest.approx(found, abs=1e-6), f"{name}[{at}]"


def equilibrium_rates(drive: dynamics.DynamicsInput) -> list[torch.Tensor]:
    """What `dynamics.rates` tends to without leak: f applied until nothing moves."""
    with torch.no_grad():
        found = [drive.currents * 0] * len(drive.shapes)
        found[-1] = drive.skip[:, :, None] * 0
        for _ in range(80):
            into = drive.currents.clone()
            into[:, :, 0] += found[-1][:, :, 0] @ drive.feedback.T
            for number, layer in enumerate((None, *drive.upper)):
                if layer:
                    below = found[number - 1]
                    own = below[:, :, : layer.groups.rows] @ layer.self_weight.T
                    into = own + layer.groups.mean(below) @ layer.neighbour_weight.T + layer.bias
                if number == len(drive.shapes) - 1:
                    into = into + drive.skip[:, :, None]
                found[number] = RateCurve(drive.threshold, drive.leak).rate(into)
        return found


def test_gradients_are_those_of_back_propagation_through_many_latency_steps(world) -> None:
    """Of one snapshot whose neurons all fire now and then, at a slope of 1/threshold."""
    _, features, slots = world
    apart = []
    for latency in (10, 40, 160):
        model = all_firing(made(config(steps=1, latency=latency)))
        batch = model._batch(features.values[-1:], slots[:, -1:])
        wanted = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        parameters = [p for n, p in model.named_parameters() if "readout" not in n]
        found = model.activations(batch)
        assert all(bool(((x > 0.02) & (x < 0.98)).all()) for x in found)
        implicitly = torch.autograd.grad((model.read_out(found) * wanted).sum(), parameters)
        threshold = model.config.threshold
        spikes = dynamics.run_stepwise(model.dynamics_input(batch), partial(with_slope, threshold))
        rates = spikes[-1].mean(1, keepdim=True)
        through = torch.autograd.grad((model.read_out([rates]) * wanted).sum(), parameters)
        difference = sum(float((a - b).norm()) for a, b in zip(implicitly, through, strict=True))
        apart.append(difference / sum(float(g.norm()) for g in through))
    assert apart[0] > 2 * apart[1] > 4 * apart[2]
    assert apart[2] < 0.05


def with_slope(threshold: float, above: torch.Tensor) -> torch.Tensor:
    return dynamics.RateFire.apply(above, threshold)


def all_firing(model: DySign) -> DySign:
    """With currents of about half the threshold everywhere."""
    with torch.no_grad():
        for layer in model.spiking:
            layer.own.weight *= 0.05
            layer.neighbours.weight *= 0.05
            layer.own.bias.fill_(0.2)
            layer.neighbours.bias.zero_()
        model.compensation.weight *= 0.05
        model.feedback.weight *= 0.2
    return model


@pytest.mark.parametrize("leak", [1.0, 0.8, 0.5])
def test_the_rate_of_a_neuron_with_a_constant_current(leak) -> None:
    """A staircase around the curve, and closer to it than to the one without leak."""
    threshold, steps = 0.7, 4000
    current = torch.linspace(-0.2, 1.4, 81, dtype=torch.float64)
    u, count = torch.zeros_like(current), torch.zeros_like(current)
    for _ in range(steps):
        u = leak * u + current
        fired = (u > threshold).double()
        u, count = u - threshold * fired, count + fired
    curve = RateCurve(threshold, leak)
    wanted = curve.rate(current)
    apart = (count / steps - wanted).abs()
    assert float(apart.max()) <= 1 / steps + 0.4 * (1 - leak)  # a leaky one locks into short cycles
    plain = (count / steps - RateCurve(threshold).rate(current)).abs()
    assert leak == 1 or float(apart.mean()) < 0.5 * float(plain.mean())
    assert (float(wanted[0]), float(wanted[-1])) == (0.0, 1.0)


@pytest.mark.parametrize("slope", ["clamp", "sigmoid"])
def test_compiled_and_plain_derivatives_of_a_rate_are_the_same(slope) -> None:
    curve = RateCurve(0.6, 0.7, slope)
    current = torch.linspace(-1, 2, 60, dtype=torch.float64).reshape(4, 15).requires_grad_()
    curve.rate(current).sum().backward()
    torch.testing.assert_close(current.grad, curve.derivative(current.detach()))


def test_both_slopes_agree_in_the_middle_of_the_curve() -> None:
    middle = torch.tensor([0.5 * (0.3 * 0.6 + 0.6)], dtype=torch.float64)
    slopes = [float(RateCurve(0.6, 0.7, s).derivative(middle)) for s in ("clamp", "sigmoid")]
    assert slopes[0] == pytest.approx(slopes[1])
    assert slopes[0] == pytest.approx(1 / (0.7 * 0.6))


def test_dropped_spikes_are_the_same_ones_in_every_latency_step(world) -> None:
    """With everything dropped, the layers above hear nothing; their bias and skip alone."""
    model = made(config())
    nothing = driven(model, world, Dropout(np.zeros(TARGETS, np.uint32), 0.999999))
    quiet = dynamics.rates(nothing)[-1]
    for layer in model.spiking[1:]:
        layer.own.weight.data.zero_()
        layer.neighbours.weight.data.zero_()
    assert torch.equal(quiet, dynamics.rates(driven(model, world))[-1])


def test_feedback_stays_within_its_spectral_bound() -> None:
    model = made(config(spectral_bound=0.5))
    with torch.no_grad():
        model.feedback.weight *= 100
    with pytest.raises(ModelError, match=r"feedback.weight has the spectral norm .* bound is 0.5"):
        model.check_weights()
    model.after_step()
    assert spectral_norm(model.feedback.weight) == pytest.approx(0.5)
    model.check_weights()


def solved(*, converged: bool) -> Solved:
    residual = 1e-6 if converged else 0.7
    return Solved(y=torch.zeros(1), residual=residual, iterations=3, converged=converged)


def test_a_solver_that_keeps_failing_ends_the_training() -> None:
    settling, solver = SolverMonitor(), Solver(method=Neumann)
    for _ in range(FAILURES - 1):
        settling.add(solved(converged=False))
        settling.end_step(solver)
    settling.add(solved(converged=True))
    settling.end_step(solver)  # in a row, it said
    noticed = settling.take()
    assert noticed["solver_residual"] == 0.7
    assert noticed["solver_failed"] == (FAILURES - 1) / FAILURES
    assert settling.take() == {}
    settling.add(solved(converged=False))
    for _ in range(FAILURES - 1):
        settling.end_step(solver)
        settling.add(solved(converged=False))
    with pytest.raises(ModelError, match=r"neumann solver did not converge in 10 steps in a row"):
        settling.end_step(solver)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"latency": 0}, "latency is 0 latency steps per snapshot, needed at least 1"),
        ({"leak": 0.0}, "leak is 0.0, the share of the membrane kept"),
        ({"leak": 1.01}, "leak is 1.01, the share of the membrane kept"),
        ({"threshold": 0.0}, "threshold 0.0, spectral bound 1.0; both must be above 0"),
        ({"spectral_bound": -1.0}, "spectral bound -1.0; both must be above 0"),
        ({"solver": "newton"}, "no solver 'newton'"),
        ({"surrogate": "triangle"}, "no surrogate 'triangle'; known: sigmoid, clamp"),
        ({"hidden": (5,), "fanouts": (3,)}, "add a layer, or leave it out"),
        ({"neuron": "lif"}, "model dysign has neurons of another kind: takes no neuron"),
        ({"qat": True}, "takes no qat"),
        ({"model": "spikenet"}, "model spikenet has neurons of another kind: takes no latency"),
        ({"model": "sage"}, "model sage has no spikes, so it takes no latency"),
    ],
)
def test_settings_that_make_no_dysign(given, said) -> None:
    with pytest.raises(ModelError, match=said):
        TrainSettings(**{"model": "dysign", "latency": 7, **given})


def checkpoint(model: str) -> Checkpoint:
    settings = TrainSettings(model=model, hidden=(5, 3), fanouts=(3, 2))
    return checkpoint_of(model, settings.config(features=6, classes=3, steps=4), settings)


def test_the_same_weights_with_more_latency_steps() -> None:
    trained = checkpoint("dysign")
    longer = trained.with_latency(12)
    assert (trained.config.latency, longer.config.latency) == (5, 12)
    assert longer.state is trained.state
    assert capture(trained, latency=12).latency == capture(longer).latency == 12


@pytest.mark.parametrize(
    ("model", "latency", "said"),
    [
        ("dysign", 0, "latency is 0 latency steps per snapshot"),
        ("spikenet", 5, "model spikenet has no latency steps, a snapshot is one update"),
    ],
)
def test_a_latency_that_cannot_be(model, latency, said) -> None:
    with pytest.raises(ModelError, match=said):
        checkpoint(model).with_latency(latency)


def test_a_config_of_the_other_model() -> None:
    with pytest.raises(ModelError, match="model dysign is made from a DySignConfig"):
        build("dysign", SpikeNetConfig(features=6, classes=3, steps=4))
