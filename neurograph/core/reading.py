"""Files that others may have made, opened: regular ones alone, and never through a link out.

A pipe in place of a file would be waited for without end, a device read without end.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from neurograph.core.errors import StoreError

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_MODE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # waits for nobody


def open_regular(path: Path) -> BinaryIO:
    """A handle on the bytes of a regular file, which a link may lead to.

    Raises:
        StoreError: a folder, pipe, socket or device lies there.
        OSError: as `open` has it: there is none, or it may not be read.
    """
    _check_kind(path, os.stat(path))  # what some devices do begins as they are opened
    descriptor = os.open(path, _MODE)
    try:
        _check_kind(path, os.fstat(descriptor))  # it may be another by now
    except StoreError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check_kind(path: Path, found: os.stat_result) -> None:
    if kind := KINDS.get(stat.S_IFMT(found.st_mode)):
        raise StoreError(f"{path}: {kind}, needed a file; put the file there")


def check_regular(path: Path) -> Path:
    """`path` where a library opens it by itself; raises as `open_regular`."""
    open_regular(path).close()
    return path


def read_bytes(path: Path) -> bytes:
    """All bytes of a regular file; raises as `open_regular`."""
    with open_regular(path) as file:
        return file.read()


def read_text(path: Path) -> str:
    """The text of a regular file in UTF-8.

    Raises:
        UnicodeDecodeError: it is in no UTF-8; and as `open_regular`.
    """
    return read_bytes(path).decode("utf-8")


def within(folder: Path, name: str) -> Path:
    """`folder / name`, where that stays in the folder once all links are followed.

    The folder itself may be a link: who named it meant that. What lies in it came with it.

    Raises:
        StoreError: it leads out.
    """
    path = folder / name
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise StoreError(
            f"{path}: leads out of {folder}, to {os.path.realpath(path)}; nothing outside is read "
            "or written in its name: put the file itself there"
        )
    return path
