"""The command features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.options import Graph


def features(
    graph: Graph,
    method: Annotated[
        str | None, typer.Option(help="feature method [default the built-in one]")
    ] = None,
    given: Annotated[
        Path | None, typer.Option(help="your own .npy (steps, nodes, features)")
    ] = None,
    dim: Annotated[int, typer.Option(help="features per node")] = 128,
    dtype: Annotated[str, typer.Option(help="number format: float32, float16")] = "float32",
    seed: Annotated[int, typer.Option(help="seed of all that is drawn")] = 0,
) -> None:
    """Make features of every node at every snapshot."""
    from neurograph.workflow.features import make_features

    settings: dict[str, Any] = {"dim": dim, "dtype": dtype, "seed": seed}
    if given is not None:
        settings |= {"method": "given", "given": given}
    elif method is not None:
        settings["method"] = method
    made = make_features(graph, ui=console.RichUi(), **settings)
    steps, nodes, width = made.values.shape
    console.out.print(
        f"{graph}: {made.meta['method']} features, {steps} x {nodes:,} x {width}, "
        f"{made.meta['seconds']:.1f} s",
        markup=False,
    )
