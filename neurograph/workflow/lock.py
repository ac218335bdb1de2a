"""One command at a time in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from neurograph.core.errors import RunError
from neurograph.core.files import clear_unfinished
from neurograph.core.machine import unwritable


@contextmanager
def locked(folder: Path, command: str) -> Iterator[None]:
    """Keep other commands out of this folder while the block runs.

    Raises:
        RunError: another command holds it.
        MachineError: it cannot be written to.
    """
    file_lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file_lock.acquire(timeout=0)
    except Timeout as error:
        holder = _holder(folder)
        raise RunError(
            f"{folder}: in use by {holder}; wait for it to end, or use another folder (-o)"
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    for place in (folder, folder / "checkpoint"):  # what a killed command left
        clear_unfinished(place)
    try:
        who = {"command": command, "pid": os.getpid()}
        with suppress(OSError):  # no space left: the lock holds all the same
            (folder / ".holder").write_text(json.dumps(who), encoding="utf-8")
        yield
    finally:
        (folder / ".holder").unlink(missing_ok=True)
        file_lock.release()


def _holder(folder: Path) -> str:
    try:
        who = json.loads((folder / ".holder").read_text(encoding="utf-8"))
        return f"'neurograph {who['command']}' (process {who['pid']})"
    except (OSError, ValueError, KeyError):
        return "another command"
