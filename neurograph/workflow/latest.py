"""Which run folder is meant: a given one, a new one, or the latest."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from itertools import count
from pathlib import Path

from neurograph.core.errors import RunError
from neurograph.runtime.backends import Say
from neurograph.workflow.folder import RunFolder

RUNS = Path("runs")
LATEST = "latest"


def new_run(name: str) -> RunFolder:
    """A folder `runs/NAME`, or with a number behind it if that exists; made by the first write."""
    candidates = (RUNS / (f"{name}-{n}" if n > 1 else name) for n in count(1))
    return RunFolder(next(path for path in candidates if not path.exists()))


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
