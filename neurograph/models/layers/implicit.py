"""Implicit differentiation: the gradient of a fixed point, without the way that led there.

Of ``z = f(z, theta)`` and a loss ``l(z)`` with ``g = dl/dz``,

    dl/dtheta = y df/dtheta,   where   y = g + y J,   J = df/dz at z.

Whatever found z (an iteration, a simulation of spiking neurons, a chip), only z itself is needed:
memory does not grow with the number of its steps. f is applied once, so that autograd knows its
derivatives, and the linear system for y is solved in the backward pass, by products ``y J`` alone.
Nothing here knows of spikes.

Sources: Bai, Kolter and Koltun, NeurIPS 2019 (equilibrium models, Broyden's method in the backward
pass); Xiao et al., NeurIPS 2021 (spiking networks whose measured rates take the place of z).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from neurograph.core.errors import ModelError
from neurograph.models.layers.names import SOLVER_NAMES, check_name

Map = Callable[[Tensor], Tensor]


class Method(ABC):
    """One solution on its way: how y moves; made anew for each.

    Attributes:
        name: by which a config asks for it.
    """

    name: ClassVar[str]

    @abstractmethod
    def __call__(self, y: Tensor, residual: Tensor) -> Tensor:
        """The next y.

        Args:
            y: ``(systems, size)``.
            residual: ``g + y J - y``, of the same shape.
        """


class Neumann(Method):
    """The series ``g + g J + g J^2 + ...``; it converges where all eigenvalues of J are below 1."""

    name = "neumann"

    def __call__(self, y: Tensor, residual: Tensor) -> Tensor:
        return y + residual


class Broyden(Method):
    """Broyden's good method for many systems side by side; J may have eigenvalues above 1.

    The inverse of the residual's Jacobian is estimated as ``-I + sum of a b^T``, with one more
    term per step (Sherman and Morrison); the first step is Neumann's.
    """

    name = "broyden"

    def __init__(self) -> None:
        self.terms: list[tuple[Tensor, Tensor]] = []
        self.before: tuple[Tensor, Tensor] | None = None

    def __call__(self, y: Tensor, residual: Tensor) -> Tensor:
        if self.before is not None:
            self._learn(y - self.before[0], residual - self.before[1])
        self.before = y, residual
        return y - self._times(residual)

    def _learn(self, moved: Tensor, changed: Tensor) -> None:
        """So that the estimate takes what changed to what moved."""
        seen = self._times(changed)
        back = -moved
        for a, b in self.terms:  # moved^T times the estimate
            back = back + _dot(moved, a) * b
        share = _dot(back, changed)
        done = share.abs() < torch.finfo(share.dtype).tiny  # a system that no longer moves
        factor = torch.where(done, torch.zeros_like(share), 1 / torch.where(done, 1.0, share))
        self.terms.append(((moved - seen) * factor, back))

    def _times(self, x: Tensor) -> Tensor:
        """The estimate times x."""
        out = -x
        for a, b in self.terms:
            out = out + _dot(b, x) * a
        return out


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(dim=1, keepdim=True)


SOLVERS: Mapping[str, type[Method]] = {kind.name: kind for kind in (Broyden, Neumann)}


def find_method(name: str) -> type[Method]:
    """The method of that name in `SOLVERS`.

    Raises:
        ModelError: there is none.
    """
    check_name("solver", name, SOLVER_NAMES)
    return SOLVERS[name]


@dataclass(frozen=True, kw_only=True)
class Solver:
    """How ``y = g + y J`` is solved.

    Attributes:
        method: how a solution begins and moves, e.g. one of `SOLVERS`.
        tolerance: of the residual ``|g + y J - y| / |g|``.
        most: iterations.
    """

    method: type[Method] = Broyden
    tolerance: float = 1e-3
    most: int = 30

    def __post_init__(self) -> None:
        if not self.tolerance > 0 or self.most < 1:
            raise ModelError(
                f"solver: tolerance {self.tolerance}, {self.most} iterations; needed above 0, and "
                "at least 1"
            )

    def solve(self, product: Map, g: Tensor) -> Solved:
        """The best y that was met, of every system by itself.

        Args:
            product: ``y -> y J``, of ``(systems, size)``.
            g: ``(systems, size)``.
        """
        step = self.method()
        y, best = g, g
        residual = product(y)  # g + y J - y at y = g
        least = residual.norm(dim=1)
        scale, done = float(g.norm()), 0
        while done < self.most and float(least.norm()) > self.tolerance * scale:
            moved = step(y, residual)
            residual = g + product(moved) - moved
            y, size, done = moved, residual.norm(dim=1), done + 1
            better = size < least  # not so where it is not a number
            best = torch.where(better[:, None], y, best)
            least = torch.where(better, size, least)
        left = float(least.norm()) / scale if scale else 0.0
        return Solved(y=best, residual=left, iterations=done, converged=left <= self.tolerance)


@dataclass(frozen=True, eq=False, kw_only=True)
class Solved:
    """A solution.

    Attributes:
        y: ``(systems, size)``.
        residual: relative to g, over all systems.
        iterations: how many it took.
        converged: whether the residual is within the tolerance.
    """

    y: Tensor
    residual: float
    iterations: int
    converged: bool


def equilibrium(
    found: Tensor,
    f: Map,
    solver: Solver,
    *,
    each: int = 1,
    report: Callable[[Solved], None] | None = None,
) -> Tensor:
    """A fixed point of `f` that is known already, with its gradient.

    Args:
        found: z, ``(..., size)`` in any number of dimensions.
        f: applied once; what it computes from tensors that need gradients gets them.
        each: leading dimensions of `found` that count systems independent of each other.
        report: called in the backward pass with what the solver did.

    Returns:
        The values of `found`. In the backward pass, their gradient g becomes y and goes on through
        the one application of `f`.
    """
    if not torch.is_grad_enabled():
        return found.detach()
    z = found.detach().requires_grad_()
    applied = f(z)
    out: Tensor = _Instead.apply(applied, found)  # type: ignore[no-untyped-call]
    if not out.requires_grad or not _depends(applied, z):
        return out

    def implicitly(g: Tensor | None) -> Tensor | None:
        if g is None:  # nothing depends on the values
            return None
        shape = (*g.shape[:each], -1)

        def product(y: Tensor) -> Tensor:
            with torch.enable_grad():
                (back,) = torch.autograd.grad(applied, z, y.reshape(g.shape), retain_graph=True)
            return back.reshape(y.shape)

        solved = solver.solve(product, g.reshape(shape).flatten(0, each - 1))
        if report is not None:
            report(solved)
        return solved.y.reshape(g.shape)

    out.register_hook(implicitly)  # type: ignore[no-untyped-call]
    return out


class _Instead(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, applied: Tensor, found: Tensor) -> Tensor:  # noqa: ARG004
        return found.view_as(found)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ARG004
        return gradients[0], None


def _depends(applied: Tensor, z: Tensor) -> bool:
    if not applied.requires_grad:
        return False
    (g,) = torch.autograd.grad(
        applied, z, torch.zeros_like(applied), retain_graph=True, allow_unused=True
    )
    return g is not None


def spectral_norm(weight: Tensor) -> float:
    """The largest singular value of a matrix."""
    return float(torch.linalg.matrix_norm(weight.detach(), ord=2))


def bounded(weight: Tensor, bound: float) -> Tensor:
    """The matrix nearest to `weight` (Frobenius) whose singular values are at most `bound`."""
    if spectral_norm(weight) <= bound:
        return weight.detach()
    u, s, v = torch.linalg.svd(weight.detach(), full_matrices=False)
    nearest: Tensor = (u * s.clamp(max=bound)) @ v
    return nearest
