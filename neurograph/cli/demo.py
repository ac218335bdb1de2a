"""The command demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli.export import export
from neurograph.cli.report import report
from neurograph.cli.run import run
from neurograph.cli.train import train
from neurograph.cli.verify import verify


def demo(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="run folder [default a new one]")
    ] = None,
) -> None:
    """Train, export, run and report on a built-in generated graph."""
    train(context, out=out)
    folder = out
    export(run=folder)
    run(context, run=folder)
    verify(run=folder, tolerance=0.0)  # backends must still be identical
    report(run=folder)
