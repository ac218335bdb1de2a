"""Whether a folder may take a new graph: nothing that somebody made is lost in silence."""

from __future__ import annotations

import shutil
from pathlib import Path

from neurograph.core.occupied import check_folder, occupied
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.graph_folder import ARRAYS, HEADER, load_header

FEATURES = "features"  # folder of what was made of a graph


def check_output(folder: Path) -> None:
    """Raise ExistsError for a folder that holds anything but a graph, before any work."""
    check_folder(folder, (HEADER, ARRAYS), "graph")


def make_room(folder: Path, graph: TemporalGraph, *, overwrite: bool = False) -> str:
    """Let `graph` take the place of another one in `folder`, whose features go with it.

    Args:
        overwrite: it may be replaced; the same graph may be written again, in any case.

    Returns:
        What is to be said of what was replaced; empty where nothing was.

    Raises:
        ExistsError: another graph is there, or something else.
    """
    check_output(folder)
    if not (folder / HEADER).is_file():
        return ""
    old = load_header(folder)
    if old["sha256"] == graph.sha256:
        return ""
    name = old["meta"].get("name", "graph")
    made = sorted(path.name for path in (folder / FEATURES).glob("*"))
    features = f" and its features ({', '.join(made)})" if made else ""
    if not overwrite:
        raise occupied(folder, f"another graph, '{name}'{features}")
    shutil.rmtree(folder / FEATURES, ignore_errors=True)
    return f"replaced the graph '{name}' that was in {folder}{features}"
