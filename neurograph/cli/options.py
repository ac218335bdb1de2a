"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path | None, typer.Argument(help="run folder [default the latest run]")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]
Profile = Annotated[str, typer.Option("--profile", help="chip: a name, or a TOML file")]
Graph = Annotated[Path, typer.Argument(help="graph folder")]
