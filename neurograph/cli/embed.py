"""The command embed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import backend_options, console, generated
from neurograph.cli.options import AsJson, Draws, Moved, Nodes, On, Overwrite, Run
from neurograph.cli.predict import answered, read

Out = Annotated[Path, typer.Option("-o", "--out", help="file to write: .npz, .csv or .parquet")]


def panels() -> Iterator[generated.Panel]:
    """What every backend lets its user choose."""
    return backend_options.panels()


def embed(
    context: typer.Context,
    out: Out,
    run: Run = None,
    nodes: Nodes = "all",
    per: Annotated[
        str, typer.Option(help="what spikes are counted over: node (all snapshots), snapshot")
    ] = "node",
    spikes: Annotated[
        bool, typer.Option("--spikes", help="the spikes themselves, a bit each, in an .npz")
    ] = False,
    draws: Draws = 1,
    on: On = None,
    overwrite: Overwrite = False,
    graph: Moved = None,
    as_json: AsJson = False,
) -> str | None:
    """Write the spikes of the last layer for nodes, labelled or not, by their own ids."""
    from neurograph.workflow.embed import write_embeddings
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run, graph=graph)
    found = write_embeddings(
        opened,
        out,
        overwrite=overwrite,
        nodes=nodes,
        per=per,
        spikes=spikes,
        draws=draws,
        on=on,
        options=backend_options.given(context, on or "reference", "--on"),
        ui=console.RichUi(),
    )
    if as_json:
        facts = {"run": str(opened.path), "file": str(out), "nodes": nodes, "per": per}
        console.as_json({**facts, **found.facts, "next": read(out)})
        return None
    updates, neurons = found.shape
    what = f"{updates:,} x {neurons:,} spikes of {found.layer}, 1 bit each"
    counts = f"spikes of {neurons:,} neurons of {found.layer}, counted per {per}"
    console.out.print(
        f"{out}: {answered(found, nodes)}; {what if spikes else counts}",
        markup=False,
    )
    return read(out)
