"""The command features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.options import Graph


def features(
    graph: Graph,
    method: Annotated[str | None, typer.Option(help="Default: the built-in one.")] = None,
    given: Annotated[
        Path | None, typer.Option(help="Your own .npy (steps, nodes, features).")
    ] = None,
    dim: Annotated[int, typer.Option(help="Features per node.")] = 128,
    dtype: Annotated[str, typer.Option(help="float32 or float16.")] = "float32",
    seed: Annotated[int, typer.Option(help="Same seed, same features.")] = 0,
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
