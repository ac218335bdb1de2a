"""The command report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import console
from neurograph.cli.options import Run


def report(
    run: Run = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(help="Run of a model without spikes, over the same nodes; may be repeated."),
    ] = None,
) -> None:
    """Write report.html and report.json."""
    from neurograph.workflow import pipeline
    from neurograph.workflow.folder import RunFolder, find_run

    twins = [RunFolder(path) for path in baseline or ()]
    html, data = pipeline.write_report(find_run(run), twins)
    console.out.print(f"{html}\n{data}", markup=False)
