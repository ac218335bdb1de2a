"""Files and folders that appear whole or not at all, and leave what was there as it was."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from neurograph.core.errors import StoreError
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable, unwritable
from neurograph.core.reading import read_bytes

UNFINISHED = ".unfinished"  # ends the hidden name of what is being written


@contextmanager
def replacing(path: Path, size: float | None = None) -> Iterator[Path]:
    """A temporary sibling of `path` that takes its place if the block ends well.

    What killed commands left unfinished beside it is removed first.

    Args:
        size: bytes that will be written, where that is known: a full disk is then told of them.

    Raises:
        MachineError: it cannot be written: no space, no permission.
    """
    with _placed(path, size) as unfinished:
        yield unfinished
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)


@contextmanager
def unfinished_folder(
    path: Path, *, beside: Path | None = None, size: float | None = None
) -> Iterator[Path]:
    """A hidden folder in which `path` is made, to be moved to its place when it is whole.

    It is gone when the block ends, and removed by a later command if that is killed.

    Args:
        beside: what it stands beside, in the same file system; default: `path` itself.
        size: bytes that will be written, where that is known.

    Raises:
        MachineError: something in it cannot be written: no space, no permission.
    """
    with _placed(path, size, beside=beside or path, folder=True) as unfinished:
        yield unfinished


@contextmanager
def _placed(
    path: Path, size: float | None, *, beside: Path | None = None, folder: bool = False
) -> Iterator[Path]:
    """Something hidden beside `path`, gone in the end, as are parents made for nothing."""
    place = beside or path
    unfinished, holder = place.with_name(f".{path.name}.{os.urandom(4).hex()}{UNFINISHED}"), -1
    parents: list[Path] = []
    try:
        parents = [parent for parent in place.absolute().parents if not parent.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        clear_unfinished(place.parent)
        holder = _made(unfinished, folder)
        yield unfinished
    except OSError as error:
        if not _is_of(error, unfinished, path):
            raise
        raise unwritable(path, error, size, written=_size(unfinished)) from error
    finally:
        _remove(unfinished)
        if holder >= 0:
            os.close(holder)
        for parent in parents:
            with suppress(OSError):  # something is in it
                parent.rmdir()


def clear_unfinished(folder: Path) -> None:
    """Remove what commands that were killed left unfinished in `folder`.

    Whatever is still being written is held by a lock, which ends with its process.
    """
    with suppress(OSError):  # a folder that may not be looked into
        for path in folder.glob(f".*{UNFINISHED}"):
            if not is_held(path):
                _remove(path)


def is_held(path: Path) -> bool:
    """Whether a living process holds a file or folder; so it seems of one that is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def hold(path: Path) -> int:
    """Hold a file or folder until this process ends or closes the descriptor that is returned."""
    descriptor = os.open(path, os.O_RDONLY)
    with suppress(OSError):  # a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def write_text(path: Path, text: str) -> None:
    """Write a text file; it appears whole or not at all.

    Raises:
        MachineError: it cannot be written: no space, no permission.
    """
    data = text.encode()
    with replacing(path, len(data)) as unfinished:
        unfinished.write_bytes(data)


def write_json(path: Path, tree: object) -> None:
    """Write a JSON file, as `write_text` does."""
    write_text(path, as_json(tree))


def as_json(tree: object) -> str:
    """A JSON value as it stands in our files."""
    return json.dumps(tree, indent=2, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """The JSON value in a file.

    Raises:
        StoreError: it is damaged, or no file.
        MachineError: it may not be read.
    """
    try:
        return parse_json(read_bytes(path))
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged ({error}); make it again")
        raise unreadable(path, error, damaged) from error


def read_rows(path: Path) -> list[Any]:
    """The JSON values in a file, one per line that is not blank; raises as `read_json`."""
    try:
        text = read_bytes(path).decode("utf-8")
        return [parse_json(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged ({error}); make it again")
        raise unreadable(path, error, damaged) from error


def _made(path: Path, folder: bool) -> int:
    """A descriptor that holds a new file or folder; both get the rights of the user's umask."""
    if folder:
        path.mkdir()
    else:
        path.touch(exist_ok=False)
    return hold(path)


def _remove(path: Path) -> None:
    with suppress(OSError):  # it was never made
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _is_of(error: OSError, *paths: Path) -> bool:
    """True if an error is about these files, or does not say about which."""
    if error.filename is None or not isinstance(error.filename, str):
        return True
    named = Path(error.filename).absolute()
    return any(
        path.absolute().is_relative_to(named) or named.is_relative_to(path.absolute())
        for path in paths
    )


def _size(path: Path) -> float | None:
    """Bytes that got written."""
    with suppress(OSError):
        if path.is_file():
            return path.stat().st_size
    return None
