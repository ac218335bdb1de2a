"""Where the graph of a run lies, also for who stands in another folder or has moved both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import DataError


def place_of(graph: Path, run: Path) -> dict[str, str]:
    """What the manifest says of where the graph is: as it was typed, from the run, and in all."""
    return {
        "graph": str(graph),
        "graph_from_run": os.path.relpath(graph.resolve(), run.resolve()),
        "graph_at": str(graph.resolve()),
    }


def find_graph(trained: Mapping[str, Any], run: Path) -> Path:
    """The folder of the graph that a run was trained on, as seen from here.

    Args:
        trained: the entry "train" of the run's manifest.
        run: its folder.

    Raises:
        DataError: it is in none of the places where it may be.
    """
    typed = Path(trained["graph"])
    if "graph_at" not in trained:  # of 0.1
        return typed
    whole = Path(trained["graph_at"])
    for place in (run.resolve() / trained["graph_from_run"], whole, typed):
        if place.is_dir():
            return Path(os.path.relpath(place.resolve()))
    raise DataError(
        f"{run}: was trained on the graph {whole}, which is not there; move it back, or put a link "
        f"there: ln -s FOLDER {whole}"
    )
