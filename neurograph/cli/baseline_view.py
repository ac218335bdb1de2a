"""What `run` shows of a model without spikes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurograph.cli import console
from neurograph.core.errors import RunError

if TYPE_CHECKING:
    from neurograph.cost.baseline import Baseline


def refuse(options: Mapping[str, Any]) -> None:
    """Raise RunError for options of a backend, which a model without spikes does not have."""
    if given := [name for name, value in options.items() if value is not None]:
        raise RunError(f"a model without spikes runs on no backend; leave out {', '.join(given)}")


def show(path: Path, found: Baseline) -> None:
    """Scores, and operations per inference by layer."""
    from neurograph.tasks import find_task

    console.out.print(
        f"{path}: {found.model} on {found.count:,} {found.nodes} nodes, "
        f"{console.scores(find_task(found.task), found.scores)} ({found.seconds:.1f} s)",
        markup=False,
    )
    layers = [
        (x.name, f"{x.macs:,.0f}", f"{x.acs:,.0f}", f"{x.dense:,.0f}")
        for x in found.complexity.layers
    ]
    columns = ("layer", "effective MACs", "effective ACs", "dense")
    console.table("Operations per inference", columns, layers)
