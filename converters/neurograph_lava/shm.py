"""Lava's shared-memory segments, named so that they can be found after whatever end it had."""

from __future__ import annotations

from multiprocessing import shared_memory
from pathlib import Path

SHM = Path("/dev/shm")
TOKEN_BYTES = 6


def name_segments(token: str) -> None:
    """Let every segment of this process and its children begin with ``psm_TOKEN``.

    The standard library has no public setting for it; these two exist in Python 3.8 to 3.14.
    """
    shared_memory._SHM_NAME_PREFIX = f"/psm_{token}_"  # type: ignore[attr-defined]
    shared_memory._SHM_SAFE_NAME_LENGTH = 30  # type: ignore[attr-defined]


def remove_segments(token: str) -> None:
    """Unlink what is left of a worker's segments."""
    for segment in SHM.glob(f"psm_{token}_*"):
        segment.unlink(missing_ok=True)
