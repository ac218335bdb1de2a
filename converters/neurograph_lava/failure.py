"""How a worker says why it gave up; the standard library alone, for whatever interpreter it is."""

from __future__ import annotations

import json
from pathlib import Path

NETWORK, MACHINE, LAVA = "network", "machine", "Lava"  # what it was that failed


def write_failure(folder: Path, message: str, *, of: str) -> None:
    """Leave a message for the supervisor.

    Args:
        folder: of the job.
        message: what the user reads.
        of: `NETWORK`, which is refused; `MACHINE`, which refuses something; or `LAVA`, with which
            another attempt may end better.
    """
    _file(folder).write_text(json.dumps({"of": of, "message": message}))


def read_failure(folder: Path) -> tuple[str, str] | None:
    """The message of `write_failure`, and what failed; None if there is none whole."""
    try:
        found = json.loads(_file(folder).read_text())
    except (OSError, ValueError):
        return None
    return found["message"], found["of"]


def _file(folder: Path) -> Path:
    return folder / "failure.json"
