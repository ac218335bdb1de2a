"""One way to open a .npy file: memory-mapped, read-only, and never an archive or a pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array


def map_npy(path: Path) -> Array:
    """The array in the file at `path`.

    Raises:
        OSError, ValueError: missing, cut short, or not a .npy file of numbers.
    """
    mapped: Array = np.lib.format.open_memmap(path, mode="r")  # type: ignore[no-untyped-call]
    return mapped
