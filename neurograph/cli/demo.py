"""The command demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import console
from neurograph.cli.export import export
from neurograph.cli.options import AsJson, Overwrite
from neurograph.cli.report import report
from neurograph.cli.run import run
from neurograph.cli.train import train
from neurograph.cli.verify import verify

WALK = ("train", "export", "run", "verify", "report")


def demo(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="run folder [default a new one]")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Train, export, run and report on a built-in generated graph."""
    if as_json:
        with console.gathered() as trees:
            _walk(context, out, overwrite=overwrite, as_json=True)
        console.as_json(dict(zip(WALK, trees, strict=True)))
        return None
    return _walk(context, out, overwrite=overwrite, as_json=False)


def _walk(
    context: typer.Context, folder: Path | None, *, overwrite: bool, as_json: bool
) -> str | None:
    train(context, out=folder, overwrite=overwrite, as_json=as_json)
    export(run=folder, as_json=as_json)
    run(context, run=folder, as_json=as_json)
    # backends must still be identical
    verify(context, run=folder, tolerance=0.0, as_json=as_json)
    return report(context, run=folder, as_json=as_json)
