"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path | None, typer.Argument(help="Run folder. Default: the latest run.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Target = Annotated[str, typer.Option("--target", help="What will run it.")]
Profile = Annotated[str, typer.Option("--profile", help="Chip: a name, or a TOML file.")]
LavaPython = Annotated[
    str | None,
    typer.Option("--lava-python", help="Interpreter that has Lava. Default: the running one."),
]
