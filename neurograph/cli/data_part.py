"""The command data part."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import console
from neurograph.cli.data import after_graph, counts
from neurograph.cli.generated import Command
from neurograph.cli.options import AsJson, Graph, Overwrite


def add_to(app: typer.Typer) -> None:
    """Make it a command of `data`."""
    app.command("part", cls=Command)(part)


def part(
    graph: Graph,
    out: Annotated[Path, typer.Option("-o", "--out", help="graph folder to write")],
    nodes: Annotated[
        Path | None, typer.Option(help="file of the ids of nodes that are to be in it")
    ] = None,
    pieces: Annotated[
        int | None, typer.Option(help="cut the graph into so many pieces, few edges between them")
    ] = None,
    piece: Annotated[int, typer.Option(help="which of them, from 1")] = 1,
    hops: Annotated[int, typer.Option(help="edges around the nodes to take in")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Write a part of a graph, with its classes, ids, split and features."""
    from neurograph.workflow.part import make_part

    found = make_part(
        graph,
        out,
        nodes=nodes,
        pieces=pieces,
        piece=piece,
        hops=hops,
        overwrite=overwrite,
        say=lambda line: console.err.print(f"note: {line}", markup=False),
    )
    whole, left = found.meta["part_of"], found.meta["edges_left_out"]
    then = after_graph(found, out)
    if as_json:
        of = {"of": whole["name"], "of_nodes": whole["nodes"], "edges_left_out": left}
        console.as_json({"graph": str(out), **counts(found), **of, "next": then})
        return None
    console.out.print(
        f"{out}: {found.num_nodes:,} of {whole['nodes']:,} nodes of {whole['name']}, "
        f"{len(found.cumulative.indices) // 2:,} pairs; {left:,} edges of its snapshots left out",
        markup=False,
    )
    return then
