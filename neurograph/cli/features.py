"""The command features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.data import after_graph
from neurograph.cli.options import AsJson, Graph, Overwrite
from neurograph.core.errors import DataError


def features(
    graph: Graph,
    method: Annotated[
        str | None, typer.Option(help="feature method [default the built-in one]")
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option(help="your own: .npy, .npz, sparse .npz, .csv, .parquet; a row per node"),
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="keep given values, do not standardise them")
    ] = False,
    axes: Annotated[
        str | None, typer.Option(help="axes of a given array, e.g. node,step,feature")
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(help="what a given row's number is: nodes (in order of their ids), or ids"),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="column of ids in a given table [default found by name]")
    ] = None,
    array: Annotated[str | None, typer.Option(help="which array of a given .npz")] = None,
    missing: Annotated[
        str | None, typer.Option(help="zero: nodes without given features get zeros")
    ] = None,
    unknown: Annotated[
        str | None, typer.Option(help="drop: given rows of other nodes are left out")
    ] = None,
    dim: Annotated[
        int | None, typer.Option(help="features per node that are made [default 128]")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="folder for them [default in that of the graph]"),
    ] = None,
    dtype: Annotated[str, typer.Option(help="number format: float32, float16")] = "float32",
    seed: Annotated[int, typer.Option(help="seed of all that is drawn")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="take every guess")] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Make features of every node at every snapshot, or take yours."""
    from neurograph.graphs.io import load_graph
    from neurograph.workflow.features import make_features

    how = {
        "--as-is": as_is,
        "--axes": tuple(axes.replace(" ", "").split(",")) if axes else None,
        "--rows": rows,
        "--id-column": id_column,
        "--array": array,
        "--missing": missing,
        "--unknown": unknown,
        "--yes": yes,
    }
    said = {option: value for option, value in how.items() if value}
    settings: dict[str, Any] = {"dtype": dtype, "seed": seed}
    if given is not None:
        _check_alone({"--method": method not in (None, "given"), "--dim": dim is not None})
        settings |= {"method": "given", "given": given, "how": said}
    else:
        if said:
            raise DataError(f"{next(iter(said))} is for features of your own; add: --given FILE")
        settings |= {"method": method} if method else {}
        settings |= {"dim": dim} if dim is not None else {}
    made = make_features(graph, out=out, overwrite=overwrite, ui=console.RichUi(), **settings)
    steps, nodes, width = made.values.shape
    then = after_graph(load_graph(graph), graph)
    if out is not None:
        then = console.typed("neurograph", "train", graph, "--features", out)
    if as_json:
        shape = {"steps": steps, "nodes": nodes, "features": width}
        took = {"seconds": round(console.waited(), 1), "next": then}
        console.as_json({"graph": str(graph), "method": made.meta["method"], **shape, **took})
        return None
    console.out.print(
        f"{out or graph}: {made.meta['method']} features, {steps} x {nodes:,} x {width}, "
        f"{console.waited():.1f} s",
        markup=False,
    )
    return then


def _check_alone(other: dict[str, bool]) -> None:
    """Raise DataError for options that say nothing of given features."""
    for option, typed in other.items():
        if typed:
            raise DataError(f"{option} is for features that are made; leave out it or --given")
