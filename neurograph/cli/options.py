"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from neurograph.cli.panels import Panel
from neurograph.core.errors import BackendError, ModelError
from neurograph.runtime.backends import find_backend, known_backends

Run = Annotated[Path | None, typer.Argument(help="Run folder. Default: the latest run.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Profile = Annotated[str, typer.Option("--profile", help="Chip: a name, or a TOML file.")]
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


def backend_panels(mark: str) -> Iterator[Panel]:
    """The options of every backend that can be imported, whose fields have that mark."""
    for name in known_backends():
        try:
            backend = find_backend(name)
        except BackendError:  # which says more where that backend is asked for
            continue
        heading = f"Options of {name}, {backend.title}" if backend.title else f"Options of {name}"
        yield Panel(owner=name, heading=heading, options=backend.options, mark=mark)
