"""The error of a full disk, and its remedy, where a job's files are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurograph.core.errors import BackendFailedError
from neurograph.core.machine import NO_ROOM, OF_THE_MACHINE, number_of, room, told_bytes


@contextmanager
def explain_full_disk(folder: Path, what: str, size: float) -> Iterator[None]:
    """Say what to do if the block finds no space left.

    Args:
        folder: in which the block writes.
        what: is written.
        size: of what is written, bytes.

    Raises:
        BackendFailedError: there is no space left, or the folder may not be written to.
    """
    try:
        yield
    except OSError as error:
        number = number_of(error)
        if number not in OF_THE_MACHINE:
            raise
        if number not in NO_ROOM:
            said = f"{what} is to be written there; let TMPDIR name a folder that may be written to"
        else:
            left = room(folder, number, "let TMPDIR name a larger folder")
            said = f"{what} needs {told_bytes(size)}, {left}"
        raise BackendFailedError(f"loihi-sim: {error.strerror} in {folder}: {said}") from error
