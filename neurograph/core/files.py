"""Text and JSON files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurograph.core.errors import DISK_FULL, StoreError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary sibling of `path` that takes its place if the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    unfinished = Path(name)
    try:
        unfinished.chmod(0o644)
        yield unfinished
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file; it appears whole or not at all.

    Raises:
        StoreError: it cannot be written: no space, no permission.
    """
    try:
        with replacing(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error


def write_json(path: Path, tree: object) -> None:
    """Write a JSON file, as `write_text` does."""
    write_text(path, json.dumps(tree, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """The JSON value in a file.

    Raises:
        StoreError: it is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StoreError(f"{path}: damaged ({error}); make it again") from error


def unwritable(path: Path, error: OSError) -> StoreError:
    """The error to raise for a file that the system would not let us write."""
    if error.errno not in DISK_FULL:
        return StoreError(f"{path}: cannot be written: {error}")
    folder = next(parent for parent in path.absolute().parents if parent.is_dir())
    free = shutil.disk_usage(folder).free / 1e6
    return StoreError(
        f"{path}: cannot be written: {error.strerror}, {free:,.2f} MB are free; free some"
    )
