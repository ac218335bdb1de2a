"""The commands about graphs: data synth, import, list, fetch, info."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.generated import Command, Group
from neurograph.cli.options import AsJson, Graph, Overwrite

app = typer.Typer(cls=Group, help="Graphs: make, read, download, describe.", no_args_is_help=True)

Out = Annotated[Path, typer.Option("-o", "--out", help="graph folder to write")]


@app.command(cls=Command)
def synth(
    out: Out,
    nodes: Annotated[int, typer.Option(help="number of nodes")] = 1000,
    classes: Annotated[int, typer.Option(help="number of classes, even")] = 6,
    steps: Annotated[int, typer.Option(help="number of snapshots")] = 10,
    seed: Annotated[int, typer.Option(help="seed of all that is drawn")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Generate a graph with drifting communities."""
    from neurograph.graphs import sets

    made = sets.synth(nodes=nodes, classes=classes, steps=steps, seed=seed)
    return _save(made, out, overwrite=overwrite, as_json=as_json)


@app.command("import", cls=Command)
def import_(
    edges: Annotated[
        list[Path],
        typer.Option(help="file of edges, or a folder of snapshots; several are joined"),
    ],
    out: Out,
    labels: Annotated[Path | None, typer.Option(help="file of nodes and classes")] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="names or places from 0: source,target,time, or source=1,target=2,time=0,weight=3"
            " [default found out]"
        ),
    ] = None,
    weight: Annotated[
        str | None, typer.Option(help="column of weights, or none [default found by name]")
    ] = None,
    bipartite: Annotated[
        bool | None,
        typer.Option(
            "--bipartite/--no-bipartite",
            help="sources and targets are two kinds of nodes [default found out]",
        ),
    ] = None,
    nodes: Annotated[
        str | None,
        typer.Option(help="number of nodes, or a file that lists them, isolated ones too"),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="cut the times into so many steps")] = None,
    by: Annotated[
        str | None, typer.Option(help="what --steps makes equal: width or count [default width]")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="cut the times into windows: 1h, 1d, 1w, 1M, 3600 [s]")
    ] = None,
    keep_gaps: Annotated[
        bool, typer.Option("--keep-gaps", help="keep steps that have no edges")
    ] = False,
    static: Annotated[bool, typer.Option("--static", help="leave the times out")] = False,
    day_first: Annotated[bool, typer.Option("--day-first", help="03/04/2011 is in April")] = False,
    label_columns: Annotated[
        str | None, typer.Option(help="columns of --labels: node=id,label=class,time=year")
    ] = None,
    unlabelled: Annotated[
        list[str] | None, typer.Option(help="word that means no label; may be given again")
    ] = None,
    label_time: Annotated[
        str | None, typer.Option(help="labels as they were then [default at the end]")
    ] = None,
    split: Annotated[
        Path | None, typer.Option(help="file of nodes and their part: train, val, test")
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="names in the first line [default found out]"),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="of a text [default UTF-8]")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="take every guess")] = False,
    overwrite: Overwrite = False,
    name: Annotated[
        str | None, typer.Option(help="name of the graph [default the file's name]")
    ] = None,
    source: Annotated[str | None, typer.Option(help="where the data are from")] = None,
    licence: Annotated[str | None, typer.Option(help="licence of the data")] = None,
    as_json: AsJson = False,
) -> str | None:
    """Read edges of any form, and labels."""
    from neurograph.graphs import io as data
    from neurograph.workflow.import_edges import import_edges

    data.check_output(out)

    def read(*, yes: bool) -> Any:
        return import_edges(
            edges,
            labels=labels,
            columns=columns,
            weight=weight,
            bipartite=bipartite,
            nodes=nodes,
            steps=steps,
            by=by,
            window=window,
            keep_gaps=keep_gaps,
            static=static,
            day_first=day_first,
            label_columns=label_columns,
            unlabelled=unlabelled or (),
            label_time=label_time,
            split=split,
            header=header,
            encoding=encoding,
            yes=yes,
            name=name,
            source=source,
            licence=licence,
        )

    graph = _asked(read, yes=yes)
    for line in graph.meta.get("notes", ()):
        console.err.print(f"note: {line}", markup=False)
    for line in graph.meta.get("guesses", ()):
        console.err.print(f"guessed: {line}", markup=False)
    return _save(graph, out, overwrite=overwrite, as_json=as_json)


def _asked(read: Callable[..., Any], *, yes: bool) -> Any:
    """What `read` gives; what it doubts is asked where a person sits at the terminal."""
    from neurograph.graphs.io.doubts import DoubtError

    try:
        return read(yes=yes)
    except DoubtError as error:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        for doubt in error.doubts:
            console.err.print(str(doubt), markup=False)
        if not typer.confirm("take it?", err=True):
            raise
        return read(yes=True)


@app.command("list", cls=Command)
def list_(as_json: AsJson = False) -> str | None:
    """The data sets that `fetch` knows, with source and licence."""
    from neurograph.core.errors import DataError
    from neurograph.graphs import sets

    known = []
    for name in sets.known_data_sets():
        try:
            known.append(sets.find_data_set(name))
        except DataError as error:  # the others are fine
            console.err.print(f"warning: {error}", markup=False)
    if as_json:
        told = ("name", "title", "source", "licence")
        console.as_json([{key: getattr(one, key) for key in told} for one in known])
        return None
    for one in known:
        console.out.print(
            f"{one.name}: {one.title}\n  source: {one.source}\n  licence: {one.licence}",
            markup=False,
        )
    return console.typed("neurograph", "data", "fetch", "NAME", "-o", "FOLDER")


@app.command(cls=Command)
def fetch(
    name: Annotated[str, typer.Argument(help="e.g. dblp; `neurograph data list` has them all")],
    out: Out,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Download a published graph and check it."""
    from neurograph.graphs import io as data
    from neurograph.graphs import sets

    data.check_output(out)
    with console.RichUi().task(f"downloading {name}, files") as progress:
        graph = sets.fetch(name, out, overwrite=overwrite, progress=progress)
    return _describe(graph, out, as_json=as_json)


@app.command(cls=Command)
def info(graph: Graph, as_json: AsJson = False) -> str | None:
    """What is in a graph, where it is from, and what of its files it has not."""
    from neurograph.cli.graph_view import show_graph
    from neurograph.graphs import io as data

    loaded = data.load_graph(graph)
    facts = data.info(loaded)
    if as_json:
        console.as_json(facts)
        return None
    show_graph(facts)
    return after_graph(loaded, graph)


def after_graph(graph: Any, folder: Path) -> str:
    """What a graph is for: a training, once any node has a label."""
    if graph.num_classes:
        return console.typed("neurograph", "train", folder)
    again = ("--edges", "FILE", "--labels", "FILE", "-o", folder, "--overwrite")
    return console.typed("neurograph", "data", "import", *again)


def _save(graph: Any, out: Path, *, overwrite: bool, as_json: bool) -> str | None:
    from neurograph.graphs import io as data

    if replaced := data.make_room(out, graph, overwrite=overwrite):
        console.err.print(f"note: {replaced}", markup=False)
    data.save_graph(graph, out)
    return _describe(graph, out, as_json=as_json)


def _describe(graph: Any, out: Path, *, as_json: bool) -> str | None:
    pairs = len(graph.cumulative.indices) // 2
    then = after_graph(graph, out)
    if as_json:
        console.as_json({"graph": str(out), **counts(graph), "next": then})
        return None
    console.out.print(
        f"{out}: {graph.num_nodes:,} nodes, {_plural(graph.num_steps, 'step')}, "
        f"{_plural(pairs, 'pair')}, "
        f"{graph.num_classes} classes{', generated' if graph.generated else ''}",
        markup=False,
    )
    return then


def counts(graph: Any) -> dict[str, Any]:
    """How large a graph is, and what was thought of its source, as JSON values."""
    return {
        "name": graph.name,
        "nodes": graph.num_nodes,
        "steps": graph.num_steps,
        "pairs": len(graph.cumulative.indices) // 2,
        "classes": graph.num_classes,
        "generated": graph.generated,
        "notes": list(graph.meta.get("notes", ())),
        "guesses": list(graph.meta.get("guesses", ())),
    }


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
