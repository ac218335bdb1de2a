"""Marks what Lava would leave on a machine when it does not end well, and removes it."""

from __future__ import annotations

import shutil
from multiprocessing import shared_memory, util
from pathlib import Path

SHM = Path("/dev/shm")
TOKEN_BYTES = 6


def claim(folder: Path, token: str) -> None:
    """Let everything that outlives this process and its children be found by `clean_up`.

    Shared-memory segments: their names begin with ``psm_TOKEN``. The standard library has no
    public setting for it; these two names exist in Python 3.8 to 3.14. The folder of the sockets
    through which they are managed: `folder` gets a link to it.
    """
    shared_memory._SHM_NAME_PREFIX = f"/psm_{token}_"  # type: ignore[attr-defined]
    shared_memory._SHM_SAFE_NAME_LENGTH = 30  # type: ignore[attr-defined]
    _sockets(folder).symlink_to(util.get_temp_dir())


def clean_up(folder: Path, token: str) -> None:
    """Remove what `claim` marked and a dead worker did not."""
    for segment in SHM.glob(f"psm_{token}_*"):
        segment.unlink(missing_ok=True)
    if _sockets(folder).is_symlink():
        shutil.rmtree(_sockets(folder).readlink(), ignore_errors=True)


def _sockets(folder: Path) -> Path:
    return folder / "sockets"
