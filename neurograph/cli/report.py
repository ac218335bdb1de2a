"""The command report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import backend_options, console, samples_view
from neurograph.cli.options import AsJson, Moved, Run


def report(
    context: typer.Context,
    run: Run = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(help="run of a model without spikes, over the same nodes; may be repeated"),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="of an imported network: chip to place it on, a name or a TOML file "
            "[default loihi2]"
        ),
    ] = None,
    graph: Moved = None,
    as_json: AsJson = False,
) -> str | None:
    """Write report.html and report.json."""
    from neurograph.workflow.report import write_report
    from neurograph.workflow.run import Run as OpenRun
    from neurograph.workflow.samples.report import report_samples

    opened, programs = OpenRun.find(run, graph=graph), backend_options.typed_programs(context)
    if opened.folder.imported.exists():
        why = f"{opened.path}: an imported network has no graph on which others ran"
        samples_view.refuse({"--baseline": baseline or None}, why)
        html, data = report_samples(opened, profile or "loihi2", programs)
    else:
        why = f"{opened.path}: it lies on the chip that it was exported for"
        samples_view.refuse({"--profile": profile}, why)
        html, data = write_report(opened, [OpenRun(path) for path in baseline or ()], programs)
    then = console.typed("python", "-m", "webbrowser", html)
    if as_json:
        console.as_json({"html": str(html), "json": str(data), "next": then})
        return None
    console.out.print(f"{html}\n{data}", markup=False)
    return then
