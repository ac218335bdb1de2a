"""Files that can be read once only, such as a pipe or standard input: copied before they are read.

Readers look at a file more than once: at its first bytes for its kind, then at the whole.
"""

from __future__ import annotations

import io
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from neurograph.core.errors import DataError

STDIN = "-"
PREFIX = "neurograph-piped-"  # of the folder of a copy
WRITTEN = frozenset({"out", "output"})  # parameters that name what is written
NAMED = frozenset({"profile", "chip", "nodes", "split"})  # texts that may be a file's path
STARTS = {  # of files that are no text, and their endings
    b"\x93NUMPY": ".npy",
    b"PAR1": ".parquet",
    b"\x1f\x8b": ".gz",
    b"BZh": ".bz2",
    b"\xfd7zXZ": ".xz",
}
TOML = frozenset({"profile", "chip"})


def copied(name: str, typed: Any, at_end: Callable[[Callable[[], object]], object]) -> Any:
    """What was typed for this parameter, with a copy in the place of what can be read once only.

    Args:
        at_end: takes what is to be done when the command is over: to remove the copy.
    """
    if isinstance(typed, (list, tuple)):
        return type(typed)(copied(name, one, at_end) for one in typed)
    named = isinstance(typed, str) and name in NAMED
    if name in WRITTEN or not (isinstance(typed, Path) or named):
        return typed
    if str(typed) == STDIN:
        with io.BytesIO(sys.stdin.buffer.read()) as whole:
            copy = _copy(name, "stdin", whole, at_end)
    elif _is_pipe(Path(typed)):
        with Path(typed).open("rb") as pipe:
            copy = _copy(name, "pipe", pipe, at_end)
    else:
        return typed
    return type(typed)(copy)


def is_copy(path: str) -> bool:
    """Whether it is the path of a copy."""
    return Path(path).parent.name.startswith(PREFIX)


def _is_pipe(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # no such file, or no possible name: whoever reads it says so
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or path == Path("/dev/stdin")


def _copy(name: str, called: str, whole: BinaryIO, at_end: Callable[..., object]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
    path = folder / called
    with path.open("wb") as copy:
        shutil.copyfileobj(whole, copy)
    if not path.stat().st_size:
        raise DataError(f"--{name}: nothing came from {_said(called)}; needed a file's content")
    return path.rename(path.with_suffix(_ending(name, path)))


def _said(called: str) -> str:
    return "standard input" if called == "stdin" else f"the {called}"


def _ending(name: str, path: Path) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            arrays = all(one.endswith(".npy") for one in archive.namelist())
        return ".npz" if arrays else ".zip"
    with path.open("rb") as file:
        start = file.read(8)
    known = (ending for begins, ending in STARTS.items() if start.startswith(begins))
    return next(known, ".toml" if name in TOML else "")
