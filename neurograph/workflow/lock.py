"""One command at a time in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from neurograph.core.errors import InUseError, NeuroGraphError, StoreError
from neurograph.core.files import clear_unfinished, write_text
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unwritable
from neurograph.core.reading import read_bytes, within

HOLDER = ".holder"  # file that says which command holds the lock


@contextmanager
def locked(folder: Path, command: str) -> Iterator[None]:
    """Keep other commands out of this folder while the block runs.

    Raises:
        InUseError: another command holds it.
        MachineError: it cannot be written to.
    """
    file_lock, checkpoint = FileLock(within(folder, ".lock")), within(folder, "checkpoint")
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file_lock.acquire(timeout=0)
    except Timeout as error:
        holder = _holder(folder)
        raise InUseError(
            f"{folder}: in use by {holder}; wait for it to end, or use another folder (-o)"
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    for place in (folder, checkpoint):  # what a killed command left
        clear_unfinished(place)
    try:
        who = {"command": command, "pid": os.getpid()}
        with suppress(NeuroGraphError):  # no space left: the lock holds all the same
            write_text(folder / HOLDER, json.dumps(who))
        yield
    finally:
        with suppress(OSError):  # a folder of that name
            (folder / HOLDER).unlink(missing_ok=True)
        if is_new:
            _leave_nothing(folder)
        file_lock.release()


def _leave_nothing(folder: Path) -> None:
    """Remove a folder that was made for a command which then wrote nothing."""
    with suppress(OSError):
        if [path.name for path in folder.iterdir()] == [".lock"]:
            (folder / ".lock").unlink()
            folder.rmdir()


def _holder(folder: Path) -> str:
    try:
        who = parse_json(read_bytes(folder / HOLDER))
        return f"'neurograph {who['command']}' (process {who['pid']})"
    except (StoreError, OSError, ValueError, KeyError, TypeError):
        return "another command"
