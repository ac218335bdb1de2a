"""Files of NumPy arrays, .npy and .npz: each array is looked at before it is given any memory."""

from __future__ import annotations

import os
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.reading import open_regular
from neurograph.core.unpacking import allowed, too_much

NPY, ZIP = b"\x93NUMPY", b"PK"
_ODD = (  # what zipfile and numpy raise for bytes that are not theirs
    *(OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, SyntaxError),
    *(OverflowError, MemoryError, RecursionError, NotImplementedError, UnicodeError),
    *(zipfile.BadZipFile, zlib.error, LZMAError, TokenError),
)


class NumpyFileError(ValueError):
    """No file of NumPy arrays, or one that cannot be read."""


class ObjectsError(NumpyFileError):
    """An array of Python objects, which a file may not bring; its only argument names it."""


def read_numpy(file: IO[bytes]) -> dict[str, Array]:
    """Arrays by name; that of an .npy file is called "".

    Args:
        file: open for reading, at its start; one that can seek.

    Raises:
        ObjectsError: an array holds Python objects.
        NumpyFileError: damaged, no file of NumPy's, or one that holds less than it claims.
    """
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        start = file.read(len(NPY))
        file.seek(0)
        if start == NPY:
            return {"": _array(file, "", size)}
        if start.startswith(ZIP):
            return _members(file, size)
    except NumpyFileError:
        raise
    except _ODD as error:
        raise NumpyFileError(str(error)[:300] or type(error).__name__) from error
    raise NumpyFileError("neither an .npy nor an .npz file")


def _members(file: IO[bytes], size: int) -> dict[str, Array]:
    found: dict[str, Array] = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if (whole := sum(member.file_size for member in members)) > allowed(size):
            raise NumpyFileError(too_much(whole, size))
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in found:
                raise NumpyFileError(f"'{name[:80]}' is there twice")
            with archive.open(member) as held:
                found[name] = _array(held, name, member.file_size)
    return found


def map_npy(path: Path) -> Array:
    """The array of an .npy file, memory-mapped and read-only.

    Raises:
        NumpyFileError, StoreError, OSError: as `read_numpy` and `open_regular` have it.
    """
    try:
        with open_regular(path) as file:
            _look(file, "", path.stat().st_size)
        mapped: Array = np.lib.format.open_memmap(path, mode="r")  # type: ignore[no-untyped-call]
    except NumpyFileError:
        raise
    except _ODD as error:
        raise NumpyFileError(str(error)[:300] or type(error).__name__) from error
    return mapped


def _array(file: IO[bytes], name: str, size: int) -> Array:
    """The array in an .npy file of so many bytes."""
    _look(file, name, size)
    file.seek(0)
    found: Array = np.lib.format.read_array(file, allow_pickle=False)  # type: ignore[no-untyped-call]
    return found


def _look(file: IO[bytes], name: str, size: int) -> None:
    """Raise NumpyFileError where the header claims what is not there."""
    version = np.lib.format.read_magic(file)  # type: ignore[no-untyped-call]
    headers: Any = np.lib.format
    header = headers.read_array_header_1_0 if version == (1, 0) else headers.read_array_header_2_0
    shape, _, dtype = header(file)
    if dtype.hasobject:
        raise ObjectsError(name)
    if not all(type(length) is int and length >= 0 for length in shape):
        raise NumpyFileError(f"'{name[:80]}' has the shape {str(shape)[:80]}")
    claimed, there = max(dtype.itemsize, 1), size - file.tell()
    for length in shape:
        claimed *= length
    if claimed > there:
        raise NumpyFileError(f"'{name[:80]}' claims {claimed:,} bytes, and has {there:,}")
