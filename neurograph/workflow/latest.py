"""Which run folder is meant: a given one, a new one, or the latest."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TypeVar

from neurograph.core.errors import ExistsError, InUseError, RunError, StoreError
from neurograph.core.nearest import did_you_mean
from neurograph.runtime.backends import Say
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.manifest import read_entries

RUNS = Path("runs")
LATEST = "latest"
Made = TypeVar("Made")


def new_run(name: str) -> RunFolder:
    """A folder `runs/NAME`, or with a number behind it if that exists; made by the first write."""
    candidates = (RUNS / (f"{name}-{n}" if n > 1 else name) for n in count(1))
    return RunFolder(next(path for path in candidates if not path.exists()))


def in_new_run(name: str, work: Callable[[RunFolder], Made]) -> tuple[RunFolder, Made]:
    """Do something in a new folder; in the next one, where another command was there first.

    Args:
        work: takes the folder's lock before it writes.

    Returns:
        The folder, and what `work` returned.
    """
    while True:
        folder = new_run(name)
        try:
            return folder, work(folder)
        except (InUseError, ExistsError):
            if not folder.path.exists():
                raise


def point_latest(folder: RunFolder, say: Say) -> None:
    """Make `runs/latest` point to `folder`; a comfort, so that `say` is told where it cannot be."""
    unfinished = RUNS / f".{LATEST}.{os.getpid()}"
    try:
        RUNS.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.symlink_to(os.path.relpath(folder.path, RUNS))
        os.replace(unfinished, RUNS / LATEST)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        where = shlex.quote(str(folder.path))
        say(f"note: {RUNS / LATEST} cannot be set ({error.strerror}); name the run: {where}")


def find_run(path: Path | None) -> RunFolder:
    """The run in `path`, or the latest one.

    Raises:
        RunError: there is none, or the latest one is gone.
    """
    if path is None:
        return _latest()
    if path.is_file():
        raise RunError(f"{path}: a file; needed the folder of a run, which neurograph train makes")
    if not path.is_dir():
        runs = (place for place in path.parent.glob("*") if (place / "manifest.json").is_file())
        meant = did_you_mean(str(path), map(str, runs))
        raise RunError(f"{path}: no such run folder{meant}; run first: neurograph train -o {path}")
    return RunFolder(path)


def _latest() -> RunFolder:
    """The run that `runs/latest` points to; if that was renamed, the newest one in `runs`."""
    latest = RUNS / LATEST
    if latest.exists():
        return RunFolder(Path(os.path.relpath(latest.resolve())))
    runs = sorted((at, folder.path) for folder in _runs() if (at := _begun(folder)))
    was = Path(os.path.normpath(RUNS / latest.readlink())) if latest.is_symlink() else None
    if not runs and was is None:
        raise RunError(f"no run in '{RUNS}' yet; run first: neurograph train")
    if not runs or (was is not None and was.parent != RUNS):
        there = ", ".join(str(path) for _, path in runs[:-4:-1]) or "none"
        raise RunError(f"{latest} points to {was}, which is gone; name the run (there: {there})")
    found = RunFolder(runs[-1][1])
    point_latest(found, lambda _: None)  # who asked for it has it, in any case
    return found


def _runs() -> list[RunFolder]:
    return [RunFolder(path) for path in RUNS.glob("*") if path.name != LATEST]


def _begun(folder: RunFolder) -> str:
    """When a run began, in an order of texts; empty where there is none."""
    try:
        entries = read_entries(folder.manifest)
        return max(str(entries[name]["at"]) for name in ("train", "import") if name in entries)
    except (StoreError, ValueError, KeyError, TypeError, AttributeError):
        return ""
