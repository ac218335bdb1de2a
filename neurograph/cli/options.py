"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurograph.core.errors import ModelError

Run = Annotated[Path | None, typer.Argument(help="Run folder. Default: the latest run.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Target = Annotated[str, typer.Option("--target", help="What will run it.")]
Profile = Annotated[str, typer.Option("--profile", help="Chip: a name, or a TOML file.")]
LavaPython = Annotated[
    str | None,
    typer.Option("--lava-python", help="Interpreter that has Lava. Default: the running one."),
]
Graph = Annotated[Path, typer.Argument(help="Graph folder.")]


def numbers(option: str, text: str) -> tuple[int, ...]:
    """Whole numbers separated by commas.

    Raises:
        ModelError: something else.
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ModelError(f"{option} is '{text}', needed e.g. 128,10") from error
