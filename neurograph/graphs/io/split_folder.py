"""The split that is kept with a run: it stands alone, and no later command divides nodes again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurograph.core.errors import DataError, StoreError
from neurograph.core.files import replacing
from neurograph.core.reading import within
from neurograph.graphs.graph import PARTS
from neurograph.graphs.io.npz import read_npz
from neurograph.graphs.splits import Split

KEPT = "split.npz"  # in the folder of a run


def save_split(split: Split, folder: Path) -> None:
    """Write `split` in place of one that is there; the file appears whole or not at all.

    Raises:
        MachineError: it cannot be written.
    """
    path = within(folder, KEPT)
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        arrays = {part: getattr(split, part) for part in PARTS}
        np.savez(file, name=np.array(split.name), **arrays)


def load_split(folder: Path, sha256: str) -> Split:
    """Read back what `save_split` wrote.

    Args:
        sha256: of the split that was saved.

    Raises:
        StoreError: the file is missing, damaged or another one.
    """
    path = within(folder, KEPT)
    try:
        arrays = read_npz(path)
        split = Split(name=str(arrays["name"]), **{part: arrays[part] for part in PARTS})
    except (DataError, KeyError, ValueError) as error:
        raise StoreError(f"{path}: damaged ({error}); train again") from error
    if split.sha256 != sha256:
        raise StoreError(f"{path}: not the split of this training any more; train again")
    return split
