"""Archives of arrays that NeuroGraph wrote itself."""

from __future__ import annotations

from pathlib import Path

from neurograph.core.arrays import Array
from neurograph.graphs.tables.arrays import load_arrays
from neurograph.graphs.tables.source import open_source


def read_npz(path: Path) -> dict[str, Array]:
    """Every array of a numpy archive.

    Raises:
        DataError: no such file, damaged, no archive, or one that holds Python objects.
    """
    return load_arrays(open_source(path))
