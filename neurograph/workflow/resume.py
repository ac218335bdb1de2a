"""Which training is to go on, and as what: everything is taken from its run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurograph.core.errors import RunError
from neurograph.graphs.io.graph_folder import HEADER, load_header
from neurograph.workflow.features_place import find_features
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.graph_place import find_graph
from neurograph.workflow.latest import RUNS, find_run
from neurograph.workflow.new_folder import can_go_on
from neurograph.workflow.run import Run

if TYPE_CHECKING:
    from neurograph.models import TrainSettings

NEW = "to train anew leave out --resume"


@dataclass(frozen=True, eq=False, kw_only=True)
class Resumed:
    """A training that goes on.

    Attributes:
        graph: folder of its graph.
        method: of the features.
        profile: chip, name or file, of a training in integers.
    """

    run: Run
    graph: Path
    method: str
    settings: TrainSettings
    profile: str


def resumed(given: Path | None, out: Path | None) -> Resumed:
    """The training that is meant.

    Args:
        given: folder of a run, or of a graph whose latest run is meant, or to which `out` is moved.
        out: folder of the run.

    Raises:
        RunError: there is none.
    """
    from neurograph.models.settings import TrainSettings

    is_graph = given is not None and (given / HEADER).is_file()
    if out is not None:
        run = Run(find_run(out), graph=given if is_graph else None)
    elif is_graph:
        assert given is not None
        run = Run(_latest_on(given))
    else:
        run = Run(find_run(given))
    if not can_go_on(run.folder):
        raise RunError(
            f"{run.path}: no training that was begun here, and nothing to go on with; {NEW}"
        )
    trained = run.trained
    return Resumed(
        run=run,
        graph=find_graph(trained, run.path, run.graph),
        method=find_features(trained, run.path),
        settings=TrainSettings.from_dict(trained["settings"]),
        profile=trained.get("profile", "loihi2"),
    )


def _latest_on(graph: Path) -> RunFolder:
    """The run in `runs/`, or the latest one, that was last trained on this graph."""
    sha256 = load_header(graph).get("sha256")
    found = [folder for folder in _trained() if _is_on(folder, graph, sha256)]
    if not found:
        raise RunError(
            f"{graph}: no run in '{RUNS}' was begun on this graph; name the run: neurograph train "
            f"--resume RUN; or {NEW}"
        )
    return max(found, key=lambda folder: folder.last.stat().st_mtime_ns)


def _trained() -> Iterator[RunFolder]:
    places = {path.resolve() for path in RUNS.glob("*/")} if RUNS.is_dir() else set()
    for path in sorted(places):
        folder = RunFolder(Path(os.path.relpath(path)))
        if folder.last.exists():
            yield folder


def _is_on(folder: RunFolder, graph: Path, sha256: str | None) -> bool:
    trained = Run(folder).entries.get("train")
    if not isinstance(trained, dict):
        return False
    if sha256 is not None and trained.get("graph_sha256") == sha256:
        return True
    return bool(trained.get("graph_at") == str(graph.resolve()))
