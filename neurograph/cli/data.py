"""The commands about graphs: data synth, import, list, fetch, info."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.generated import Command, Group
from neurograph.cli.options import AsJson, Graph

app = typer.Typer(cls=Group, help="Graphs: make, read, download, describe.", no_args_is_help=True)

Out = Annotated[Path, typer.Option("-o", "--out", help="graph folder to write")]


@app.command(cls=Command)
def synth(
    out: Out,
    nodes: Annotated[int, typer.Option(help="number of nodes")] = 1000,
    classes: Annotated[int, typer.Option(help="number of classes, even")] = 6,
    steps: Annotated[int, typer.Option(help="number of snapshots")] = 10,
    seed: Annotated[int, typer.Option(help="seed of all that is drawn")] = 0,
) -> None:
    """Generate a graph with drifting communities."""
    from neurograph.graphs import sets

    _save(sets.synth(nodes=nodes, classes=classes, steps=steps, seed=seed), out)


@app.command("import", cls=Command)
def import_(
    edges: Annotated[Path, typer.Option(help="edge list: text 'u v t', .npz, .csv or .parquet")],
    out: Out,
    labels: Annotated[Path | None, typer.Option(help="text with 'node label' per line")] = None,
    steps: Annotated[
        int | None, typer.Option(help="cut the times into so many equal windows")
    ] = None,
    window: Annotated[
        float | None, typer.Option(help="cut the times into windows of so many seconds")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="columns of a CSV or Parquet file [default u,v,t]")
    ] = None,
    nodes: Annotated[
        int | None, typer.Option(help="number of nodes [default the largest id plus one]")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="name of the graph [default the file's name]")
    ] = None,
    source: Annotated[str | None, typer.Option(help="where the data are from")] = None,
    licence: Annotated[str | None, typer.Option(help="licence of the data")] = None,
) -> None:
    """Read an edge list, and labels."""
    from neurograph.core.errors import DataError
    from neurograph.graphs import io as data

    named = None if columns is None else tuple(columns.split(","))
    if named is not None and len(named) != 3:
        raise DataError(f"--columns is '{columns}', needed three names: source,target,time")
    graph = data.import_edges(
        edges,
        labels=labels,
        steps=steps,
        window=window,
        columns=named,
        nodes=nodes,
        name=name,
        source=source,
        licence=licence,
    )
    _save(graph, out)


@app.command("list", cls=Command)
def list_(as_json: AsJson = False) -> None:
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
        return
    for one in known:
        console.out.print(
            f"{one.name}: {one.title}\n  source: {one.source}\n  licence: {one.licence}",
            markup=False,
        )


@app.command(cls=Command)
def fetch(
    name: Annotated[str, typer.Argument(help="e.g. dblp; `neurograph data list` has them all")],
    out: Out,
) -> None:
    """Download a published graph and check it."""
    from neurograph.graphs import sets

    with console.RichUi().task(f"downloading {name}, files") as progress:
        graph = sets.fetch(name, out, progress=progress)
    _describe(graph, out)


@app.command(cls=Command)
def info(graph: Graph, as_json: AsJson = False) -> None:
    """Counts per step, degrees and class balance."""
    from neurograph.graphs import io as data

    facts = data.info(data.load_graph(graph))
    if as_json:
        console.as_json(facts)
    else:
        _show(facts)


def _save(graph: Any, out: Path) -> None:
    from neurograph.graphs import io as data

    data.save_graph(graph, out)
    _describe(graph, out)


def _describe(graph: Any, out: Path) -> None:
    pairs = len(graph.cumulative.indices) // 2
    console.out.print(
        f"{out}: {graph.num_nodes:,} nodes, {graph.num_steps} steps, {pairs:,} pairs, "
        f"{graph.num_classes} classes{', generated' if graph.generated else ''}",
        markup=False,
    )


def _show(facts: dict[str, Any]) -> None:
    """Print what `data info` found."""
    title = f"{facts['name']}{' (generated)' if facts['generated'] else ''}"
    degree = facts["degree"]
    overview = [
        ("nodes", f"{facts['nodes']:,}"),
        ("snapshots", facts["steps"]),
        ("different pairs", f"{facts['pairs']:,}"),
        ("edges, each pair once per snapshot", f"{facts['edges']:,}"),
        ("isolated nodes", f"{facts['isolated_nodes']:,}"),
        ("nodes without label", f"{facts['unlabelled_nodes']:,}"),
        ("degree min, median, mean, max", _numbers(degree)),
    ]
    console.table(title, ("", ""), overview)
    classes = [
        (c["name"], f"{c['nodes']:,}", console.percent(c["share"])) for c in facts["classes"]
    ]
    console.table("Classes", ("class", "nodes", "share"), classes)
    names = ("edges", "new_pairs", "cumulative_pairs", "active_nodes")
    rows = [(row["step"], *(f"{row[name]:,}" for name in names)) for row in facts["per_step"]]
    columns = ("snapshot", *(name.replace("_", " ") for name in names))
    console.table("Snapshots", columns, rows)
    for key, value in facts["meta"].items():
        if key not in ("name", "generated", "files"):
            console.out.print(f"{key}: {value}", markup=False)


def _numbers(degree: dict[str, float]) -> str:
    return ", ".join(f"{degree[name]:,.4g}" for name in ("min", "median", "mean", "max"))
