"""The command import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurograph.cli import console, generated
from neurograph.cli.options import AsJson, Overwrite
from neurograph.core.counted import counted
from neurograph.core.errors import FormatError
from neurograph.core.setting import settings_of

if TYPE_CHECKING:
    from neurograph.ir import QNetwork


def panels() -> Iterator[generated.Panel]:
    """What every importer lets its user choose."""
    from neurograph.runtime.exporters import find_exporter, known_exporters

    for name in known_exporters():
        try:
            exporter = find_exporter(name)
        except FormatError:  # which says more where that exporter is asked for
            continue
        if own := tuple(settings_of(exporter.options)):
            heading = f"Options of {name}, {exporter.title}"
            yield generated.Panel(owner=name, heading=heading, settings=own, renamed=True)


def import_(
    context: typer.Context,
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
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Make a run of an integer network in a file: to run, check and report it, or write it."""
    from neurograph.runtime.exporters import recognised
    from neurograph.workflow.folder import RunFolder
    from neurograph.workflow.imported import import_file
    from neurograph.workflow.latest import in_new_run
    from neurograph.workflow.samples.wanted import inputs, wanted

    options = _options(context, format_ or recognised(file))

    def work(folder: RunFolder) -> QNetwork:
        return import_file(
            file,
            folder,
            exporter=format_,
            options=options,
            overwrite=overwrite,
            ui=console.RichUi(),
        )

    name = file.name.partition(".")[0]
    folder, network = (RunFolder(out), work(RunFolder(out))) if out else in_new_run(name, work)
    neurons = sum(p.rows * p.channels for p in network.populations)
    then = console.typed("neurograph", "run", folder.path, "--input", "FILE.npz")
    if as_json:
        console.as_json(
            {
                "run": str(folder.path),
                "network": network.sha256,
                "updates": network.updates,
                "neurons": neurons,
                "populations": {p.name: p.rows * p.channels for p in network.populations},
                "inputs": inputs(network),
                "next": then,
            }
        )
        return None
    sizes = [
        counted(len(network.populations), "population"),
        counted(neurons, "neuron"),
        counted(network.updates, "update"),
    ]
    console.out.print(
        f"{folder.path}: {', '.join(sizes)}; network {network.sha256[:12]}", markup=False
    )
    for line in wanted(network):
        console.out.print(line, markup=False)
    return then


def _options(context: typer.Context, importer: str) -> dict[str, object]:
    """What was typed of its options; raise FormatError if others were."""
    if others := generated.strangers(context, importer):
        typed, owner = next(iter(others.items()))
        raise FormatError(
            f"{typed} is an option of '{owner}', and '{importer}' is to read the file; leave it "
            f"out, or say --format {owner}"
        )
    return generated.given(context, importer)
