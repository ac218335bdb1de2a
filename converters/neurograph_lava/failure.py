"""How a worker says why it gave up; the standard library alone, for whatever interpreter it is."""

from __future__ import annotations

import json
from pathlib import Path


def write_failure(folder: Path, message: str, *, refused: bool) -> None:
    """Leave a message for the supervisor.

    Args:
        folder: of the job.
        message: what the user reads.
        refused: whether another attempt would end the same way.
    """
    _file(folder).write_text(json.dumps({"refused": refused, "message": message}))


def read_failure(folder: Path) -> tuple[str, bool] | None:
    """The message of `write_failure`, and true if it is a refusal; None if there is none whole."""
    try:
        found = json.loads(_file(folder).read_text())
    except (OSError, ValueError):
        return None
    return found["message"], found["refused"]


def _file(folder: Path) -> Path:
    return folder / "failure.json"
