"""Whether a folder may take a new graph: nothing that somebody made is lost in silence."""

from __future__ import annotations

from pathlib import Path

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.graph_folder import ARRAYS, HEADER, load_header

LOCK = ".lock"  # holds nothing, and stays where a command had the folder for itself
REMEDY = "write elsewhere (-o), or replace it with --force"


def check_output(folder: Path, *, force: bool = False) -> None:
    """Refuse a folder that holds anything but a graph and what was made of it.

    Raises:
        DataError: it is a file, or has other files; `force` allows those.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: a file is there, needed a folder; write elsewhere (-o)")
    if force or not folder.is_dir() or not any(folder.iterdir()):
        return
    if not (folder / HEADER).is_file():
        names = ", ".join(sorted(path.name for path in folder.iterdir())[:3])
        raise DataError(f"{folder}: is there and is no graph (it holds {names}, ...); {REMEDY}")


def check_replaced(folder: Path, graph: TemporalGraph, *, force: bool = False) -> str:
    """What is to be said of the graph in `folder` that `graph` replaces; empty where none is.

    Raises:
        DataError: that is another graph, and features or other files were made of it.
    """
    if not (folder / HEADER).is_file():
        return ""
    old = load_header(folder)
    if old.get("sha256") == graph.sha256:
        return ""
    name = old["meta"].get("name", "graph")
    kept = (ARRAYS, HEADER, LOCK)
    more = sorted(path.name for path in folder.iterdir() if path.name not in kept)
    if more and not force:
        raise DataError(
            f"{folder}: another graph, '{name}', is there, with {', '.join(more[:3])} made of it; "
            f"{REMEDY}"
        )
    return f"replaced the graph '{name}' that was in {folder}"
