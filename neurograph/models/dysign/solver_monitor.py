"""What the backward solver did, batch after batch, and when to stop."""

from __future__ import annotations

from neurograph.core.errors import ModelError
from neurograph.models.layers.implicit import Solved, Solver

FAILURES = 10  # steps of the optimiser in a row whose gradients were not solved


class SolverMonitor:
    """Collects residuals; ends a training whose gradients are garbage."""

    def __init__(self) -> None:
        self.in_a_row = 0
        self._step: list[Solved] = []
        self._clear()

    def _clear(self) -> None:
        self.worst, self.iterations, self.solved, self.steps, self.failed = 0.0, 0, 0, 0, 0

    def add(self, solved: Solved) -> None:
        """One backward pass."""
        self._step.append(solved)

    def end_step(self, solver: Solver) -> None:
        """One step of the optimiser, of one or more backward passes.

        Raises:
            ModelError: the solver failed in `FAILURES` steps in a row.
        """
        if not self._step:
            return
        worst = max(s.residual for s in self._step)
        failed = not all(s.converged for s in self._step)
        self.in_a_row = self.in_a_row + 1 if failed else 0
        self.worst = max(self.worst, worst)
        self.iterations += sum(s.iterations for s in self._step)
        self.solved += len(self._step)
        self.steps, self.failed = self.steps + 1, self.failed + failed
        self._step = []
        if self.in_a_row >= FAILURES:
            raise ModelError(
                f"the {solver.method.name} solver did not converge in {self.in_a_row} steps "
                f"in a row: residual {worst:.2g} of the gradient after at most {solver.most} "
                f"iterations, needed {solver.tolerance:g}; lower the spectral bound of the "
                "feedback (--spectral-bound) or the learning rate, use --solver broyden, or train "
                "without feedback (--no-feedback)"
            )

    def take(self) -> dict[str, float]:
        """Metrics since the last call; empty if nothing was solved."""
        if not self.steps:
            return {}
        found = {
            "solver_residual": self.worst,
            "solver_iterations": self.iterations / self.solved,
            "solver_failed": self.failed / self.steps,
        }
        self._clear()
        return found
