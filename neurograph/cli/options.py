"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli import names
from neurograph.cli.generated import completing

Run = Annotated[Path | None, typer.Argument(help="run folder [default the latest run]")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]
Profile = Annotated[
    str,
    typer.Option(
        "--profile",
        help="chip: a name, or a TOML file",
        autocompletion=completing(names.profiles),
    ),
]
Graph = Annotated[Path, typer.Argument(help="graph folder")]
Nodes = Annotated[
    str, typer.Option(help="train, val, test, all (labelled or not), unlabelled, or a file of ids")
]
Draws = Annotated[
    int, typer.Option(help="sampled trees per node, averaged; each costs one inference")
]
On = Annotated[
    str | None,
    typer.Option(
        "--on",
        "--backend",
        help="what computes: float, reference (the integers), or a backend [default the integers "
        "where there are any]",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", "--force", help="replace what is there")]
Moved = Annotated[
    Path | None,
    typer.Option("--graph", help="where the graph of the run is now [default where it was]"),
]
