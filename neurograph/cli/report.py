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
        typer.Option(help="run of a model without spikes, over the same nodes; may be repeated"),
    ] = None,
) -> None:
    """Write report.html and report.json."""
    from neurograph.workflow.report import write_report
    from neurograph.workflow.run import Run as OpenRun

    baselines = [OpenRun(path) for path in baseline or ()]
    html, data = write_report(OpenRun.find(run), baselines)
    console.out.print(f"{html}\n{data}", markup=False)
