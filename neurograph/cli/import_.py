"""The command import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import console


def import_(
    file: Annotated[Path, typer.Argument(help="network in a file that another program wrote")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="run folder [default a new one]")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help="format, of an installed package [default by the file's name]"
        ),
    ] = None,
) -> None:
    """Make a run of an integer network in a file: to check it, or to write it elsewhere."""
    from neurograph.workflow.folder import RunFolder
    from neurograph.workflow.imported import import_file
    from neurograph.workflow.latest import new_run

    folder = RunFolder(out) if out else new_run(file.name.partition(".")[0])
    network = import_file(file, folder, exporter=format_)
    neurons = sum(p.rows * p.channels for p in network.populations)
    console.out.print(
        f"{folder.path}: {len(network.populations)} populations, {neurons:,} neurons, "
        f"{network.updates:,} updates; network {network.sha256[:12]}",
        markup=False,
    )
