"""Where the graph of a run lies, also for who stands in another folder or has moved both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from neurograph.core.errors import DataError, MachineError
from neurograph.graphs.io.graph_folder import HEADER
from neurograph.workflow.manifest import change_entry


def place_of(graph: Path, run: Path) -> dict[str, str]:
    """What the manifest says of where the graph is: as it was typed, from the run, and in all."""
    return {
        "graph": str(graph),
        "graph_from_run": os.path.relpath(graph.resolve(), run.resolve()),
        "graph_at": str(graph.resolve()),
    }


def find_graph(trained: Mapping[str, Any], run: Path, moved_to: Path | None = None) -> Path:
    """The folder of the graph that a run was trained on, as seen from here.

    Args:
        trained: the entry "train" of the run's manifest.
        run: its folder.
        moved_to: where it is now, if somebody says so.

    Raises:
        DataError: it is in none of the places where it may be.
    """
    if moved_to is not None:
        return moved_to
    for place in (places := _places(trained, run)):
        if (place / HEADER).is_file():
            return Path(os.path.relpath(place))
    raise DataError(
        f"{run}: was trained on the graph {places[-1]}, which is not there; looked for "
        f"{', '.join(map(str, places))}; say where it is now: --graph FOLDER"
    )


def _places(trained: Mapping[str, Any], run: Path) -> list[Path]:
    """Where it may be: beside the run as then, where it was, and as it was typed."""
    typed = Path(trained["graph"])
    if not {"graph_at", "graph_from_run"} <= trained.keys():
        # of 0.1: as seen from the folder where somebody stood
        above = [run.resolve() / typed, *(parent / typed for parent in run.resolve().parents)]
        return list(dict.fromkeys([*(p.resolve() for p in above if p.exists()), typed.resolve()]))
    beside = (run.resolve() / trained["graph_from_run"]).resolve()
    return list(dict.fromkeys([beside, typed.resolve(), Path(trained["graph_at"])]))


def note_moved(manifest: Path, trained: Mapping[str, Any], graph: Path) -> None:
    """Write where the graph of a run is now, unless it is known, or nothing can be written there.

    Args:
        manifest: of the run.
        trained: its entry "train".
    """
    place = place_of(graph, manifest.parent)
    if all(trained.get(name) == place[name] for name in ("graph_from_run", "graph_at")):
        return
    with suppress(MachineError):
        change_entry(manifest, "train", place)
