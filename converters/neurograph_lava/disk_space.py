"""The error of a full disk, and its remedy, where a job's files are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurograph.core.errors import DISK_FULL, BackendError


@contextmanager
def explain_full_disk(folder: Path, what: str, size: float) -> Iterator[None]:
    """Say what to do if the block finds no space left.

    Args:
        folder: in which the block writes.
        what: is written.
        size: of what is written, bytes.

    Raises:
        BackendError: there is no space left.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise BackendError(
            f"loihi-sim: {error.strerror} in {folder}: {what} needs {size / 1e6:,.2f} MB, "
            f"{shutil.disk_usage(folder).free / 1e6:,.2f} MB are free; free some, or let TMPDIR "
            "name a larger folder"
        ) from error
