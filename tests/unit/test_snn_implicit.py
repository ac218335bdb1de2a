"""The gradient of a fixed point, against finite differences and against the long way round."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError

from neurograph.core.errors import ModelError
from neurograph.models.layers import implicit
from neurograph.models.layers.implicit import (
    Neumann,
    Solved,
    Solver,
    bounded,
    equilibrium,
    spectral_norm,
)

EXACT = Solver(tolerance=1e-12, most=200)
SIZE, SYSTEMS = 4, 3


def _weights(norm: float = 0.7, seed: int = 0) -> tuple[Tensor, Tensor]:
    """A feedback matrix of that spectral norm, and an input; float64, with gradients."""
    made = torch.Generator().manual_seed(seed)
    w = torch.randn(SIZE, SIZE, generator=made, dtype=torch.float64)
    x = torch.randn(SYSTEMS, SIZE, generator=made, dtype=torch.float64)
    return (w * norm / spectral_norm(w)).requires_grad_(), x.requires_grad_()


def _map(w: Tensor, x: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda z: torch.tanh(z @ w.T + x)


def _settled(f: Callable[[Tensor], Tensor]) -> Tensor:
    with torch.no_grad():
        z = torch.zeros(SYSTEMS, SIZE, dtype=torch.float64)
        for _ in range(400):
            z = f(z)
    return z


def _fixed_point(w: Tensor, x: Tensor, solver: Solver = EXACT) -> Tensor:
    f = _map(w, x)
    return equilibrium(_settled(f), f, solver)


@pytest.mark.parametrize("method", implicit.SOLVERS)
def test_gradients_are_those_of_finite_differences(method: str) -> None:
    solver = Solver(method=implicit.SOLVERS[method], tolerance=1e-12, most=200)
    assert torch.autograd.gradcheck(lambda w, x: _fixed_point(w, x, solver), _weights())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda product: lambda y: -product(y),  # I + J
        lambda product: lambda y: 2 * product(y),  # I - 2 J
        lambda product: lambda y: product(y) - y,  # 2 I - J
        lambda product: lambda y: 0 * y,  # no equilibrium at all
    ],
    ids=["sign", "factor", "2I - J", "none"],
)
def test_a_wrong_jacobian_does_not_pass(
    wrong: Callable[[implicit.Map], implicit.Map], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Solver.solve
    monkeypatch.setattr(Solver, "solve", lambda self, p, g: right(self, wrong(p), g))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(_fixed_point, _weights(norm=0.4))


def test_gradients_are_those_of_back_propagation_through_a_long_iteration() -> None:
    w, x = _weights()
    implicitly = torch.autograd.grad(_fixed_point(w, x).square().sum(), (w, x))
    apart = []
    for steps in (5, 20, 80):
        z = torch.zeros(SYSTEMS, SIZE, dtype=torch.float64)
        for _ in range(steps):
            z = _map(w, x)(z)
        through = torch.autograd.grad(z.square().sum(), (w, x))
        apart.append(
            max(float((a - b).abs().max()) for a, b in zip(implicitly, through, strict=True))
        )
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 1e-9


def test_broyden_solves_where_the_series_diverges() -> None:
    torch.manual_seed(1)
    jacobian = torch.randn(SIZE, SIZE, dtype=torch.float64)
    jacobian *= 3 / jacobian.detach().norm()
    jacobian[0, 0] += 1.5
    g = torch.randn(SYSTEMS, SIZE, dtype=torch.float64)
    wanted = torch.linalg.solve(torch.eye(SIZE) - jacobian.T, g.T).T
    broyden = Solver(tolerance=1e-10, most=60).solve(lambda y: y @ jacobian, g)
    series = Solver(method=Neumann, tolerance=1e-10, most=60).solve(lambda y: y @ jacobian, g)
    assert broyden.converged
    torch.testing.assert_close(broyden.y, wanted, rtol=1e-7, atol=1e-7)
    assert not series.converged


def test_a_diverging_series_keeps_the_best_that_it_met() -> None:
    g = torch.ones(2, 1, dtype=torch.float64)
    factors = torch.tensor([[0.5], [4.0]], dtype=torch.float64)
    solved = Solver(method=Neumann, tolerance=1e-9, most=20).solve(lambda y: factors * y, g)
    assert solved.y[0].item() == pytest.approx(2.0, abs=1e-5)
    assert solved.y[1].item() == 1.0  # its first guess, the residual of which was the least
    assert solved.residual == pytest.approx(4 / 2**0.5, rel=1e-4)
    assert not solved.converged


def test_not_a_number_is_never_a_solution() -> None:
    solved = Solver(most=5).solve(lambda y: y * torch.nan, torch.ones(1, 2))
    assert not solved.converged
    assert solved.y.isfinite().all()


def test_no_gradient_takes_no_iteration() -> None:
    solved = Solver().solve(lambda y: 0.5 * y, torch.zeros(2, 3))
    assert (solved.iterations, solved.converged) == (0, True)


def test_values_are_those_found_and_the_solver_reports() -> None:
    w, x = _weights()
    seen: list[Solved] = []
    found = torch.full((SYSTEMS, SIZE), 0.25, dtype=torch.float64)  # not at all a fixed point
    out = equilibrium(found, _map(w, x), EXACT, report=seen.append)
    assert torch.equal(out, found)
    assert not seen
    out.sum().backward()
    assert len(seen) == 1
    assert seen[0].converged


def test_systems_are_independent() -> None:
    w, x = _weights()
    together = torch.autograd.grad(_fixed_point(w, x).square().sum(), x)[0]
    f = _map(w, x)
    found = _settled(f)
    shaped = equilibrium(found[None], lambda z: f(z[0])[None], EXACT, each=2)
    torch.testing.assert_close(torch.autograd.grad(shaped.square().sum(), x)[0], together)


def test_without_gradients_f_is_not_applied() -> None:
    def never(_: Tensor) -> Tensor:
        raise AssertionError

    found = torch.ones(2, 2)
    with torch.no_grad():
        assert torch.equal(equilibrium(found, never, EXACT), found)


def test_a_map_that_ignores_its_point_needs_no_solver() -> None:
    seen: list[Solved] = []
    x = torch.ones(2, 3, requires_grad=True)
    equilibrium(torch.zeros(2, 3), lambda z: 3 * x + 0 * z.detach(), EXACT, report=seen.append)
    out = equilibrium(torch.zeros(2, 3), lambda _: 3 * x, EXACT, report=seen.append)
    out.sum().backward()
    assert torch.equal(x.grad, torch.full((2, 3), 3.0))  # type: ignore[arg-type]
    assert not seen


def test_bounded_is_the_nearest_matrix_within_the_bound() -> None:
    torch.manual_seed(2)
    weight = torch.randn(7, 3, dtype=torch.float64) * 2
    near = bounded(weight, 1.0)
    assert spectral_norm(near) == pytest.approx(1.0)
    u, s, v = torch.linalg.svd(weight, full_matrices=False)
    torch.testing.assert_close(near, u @ torch.diag(s.clamp(max=1.0)) @ v)
    small = weight / (10 * spectral_norm(weight))
    assert torch.equal(bounded(small, 1.0), small)
    scaled = weight / spectral_norm(weight)  # also within the bound, but further away
    assert (near - weight).norm() < (scaled - weight).norm()


def made(given: dict[str, object]) -> Solver:
    method = implicit.find_method(str(given.get("method", "broyden")))
    return Solver(**{**given, "method": method})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "newton"}, "no solver 'newton'; known: broyden, neumann"),
        ({"tolerance": 0.0}, "tolerance 0.0, 30 iterations; needed above 0, and at least 1"),
        ({"most": 0}, "0 iterations; needed above 0, and at least 1"),
    ],
)
def test_a_solver_that_makes_no_sense(given: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        made(given)
