"""A run that is being replaced stands aside until the new one has a model, and returns without one.

It is moved, which takes no room: also on a full disk the old run is there in the end. A checkpoint
goes first and returns last, so that a folder with one needs nothing that stands aside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from neurograph.core.machine import unwritable

ASIDE = ".replaced"  # folder in that of the run
CHECKPOINT = "checkpoint"


def put_aside(run: Path, paths: Iterable[Path]) -> None:
    """Move what is there of `paths` out of the way.

    Raises:
        MachineError: the folder may not be written to.
    """
    aside = run / ASIDE
    try:
        aside.mkdir()
        for path in sorted(paths, key=lambda path: path.name != CHECKPOINT):
            if os.path.lexists(path):
                os.replace(path, aside / path.name)
    except OSError as error:
        raise unwritable(aside, error) from error


def stands_aside(run: Path) -> bool:
    """Whether something has yet to go or to return."""
    return os.path.lexists(run / ASIDE)


def put_back(run: Path) -> bool:
    """Move it all to its place, over files of those names; whether there was anything."""
    aside = run / ASIDE
    paths = sorted(aside.iterdir(), key=lambda path: path.name == CHECKPOINT)
    for path in paths:
        place = run / path.name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        os.replace(path, place)
    aside.rmdir()
    return bool(paths)


def let_go(run: Path) -> None:
    """Remove it; a link goes, and not what it leads to."""
    aside = run / ASIDE
    if aside.is_symlink() or not aside.is_dir():
        aside.unlink(missing_ok=True)
    else:
        shutil.rmtree(aside)


def settle(run: Path, *, stands: bool) -> None:
    """What a killed command left aside goes or returns.

    Args:
        stands: whether the folder has a model.
    """
    aside = run / ASIDE
    if stands or aside.is_symlink() or not aside.is_dir():
        let_go(run)
    else:
        put_back(run)
