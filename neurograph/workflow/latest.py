"""Which run folder is meant: a given one, a new one, or the latest."""

from __future__ import annotations

import os
from pathlib import Path

from neurograph.core.errors import RunError
from neurograph.workflow.folder import RunFolder

RUNS = Path("runs")
LATEST = "latest"


def new_run(name: str) -> RunFolder:
    """A folder `runs/NAME`, or with a number behind it if that exists; made by the first write."""
    candidates = [RUNS / name, *(RUNS / f"{name}-{n}" for n in range(2, 10_000))]
    return RunFolder(next(path for path in candidates if not path.exists()))


def point_latest(folder: RunFolder) -> None:
    """Make `runs/latest` point to `folder`."""
    RUNS.mkdir(parents=True, exist_ok=True)
    unfinished = RUNS / f".{LATEST}.{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(os.path.relpath(folder.path, RUNS))
    os.replace(unfinished, RUNS / LATEST)


def find_run(path: Path | None) -> RunFolder:
    """The run in `path`, or the latest one.

    Raises:
        RunError: there is none.
    """
    if path is None:
        latest = RUNS / LATEST
        if not latest.exists():
            raise RunError(f"no run in '{RUNS}' yet; run first: neurograph train")
        return RunFolder(Path(os.path.relpath(latest.resolve())))
    if path.is_file():
        raise RunError(f"{path}: a file; needed the folder of a run, which neurograph train makes")
    if not path.is_dir():
        raise RunError(f"{path}: no such run folder; run first: neurograph train -o {path}")
    return RunFolder(path)
