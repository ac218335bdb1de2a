"""The bytes of a file, unpacked, and the ending that says what they should be."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from neurograph.core.errors import DataError, StoreError
from neurograph.core.machine import unreadable
from neurograph.core.reading import open_regular
from neurograph.core.unpacking import allowed
from neurograph.graphs.tables.table import NoRowsError

BLOCK = 1 << 22
START = 1 << 13  # bytes that tell what a file is
MAGIC = {"gz": b"\x1f\x8b", "bz2": b"BZh", "xz": b"\xfd7zXZ\x00", "zip": b"PK\x03\x04"}
TARS = ("tgz", "tbz2", "tbz", "txz")
WORDS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zip": "zip"}
BESIDES = ("readme", "license", "licence", "__macosx", "thumbs.db", "meta.y")
NO_TABLE = frozenset(("sh", "py", "ipynb", "r", "m", "c", "cpp", "md", "rst", "tex", "bib", "log"))


@dataclass(frozen=True, eq=False)
class Source:
    """A file, or the one inside an archive.

    Attributes:
        path: of the file.
        name: lower case, without the endings of packers, e.g. "edges.csv".
        packed: the bytes that were unpacked; None where the file is as it lies on the disk.
    """

    path: Path
    name: str
    packed: bytes | None = None

    @property
    def ending(self) -> str:
        """Of the name, without its dot; empty where there is none."""
        return PurePosixPath(self.name).suffix[1:]

    def open(self) -> BinaryIO:
        """A handle on the bytes."""
        try:
            return open_regular(self.path) if self.packed is None else io.BytesIO(self.packed)
        except StoreError as error:
            raise DataError(str(error)) from error
        except OSError as error:
            damaged = DataError(f"{self.path}: cannot be read ({error.strerror})")
            raise unreadable(self.path, error, damaged) from error

    def start(self, size: int = START) -> bytes:
        """The first bytes."""
        with self.open() as handle:
            return handle.read(size)

    def data(self) -> bytes:
        """All bytes."""
        if self.packed is not None:
            return self.packed
        with self.open() as handle:
            return handle.read()


def open_source(path: Path) -> Source:
    """A file with its packing taken off: .gz, .bz2, .xz, .zip, in any case and any order.

    Raises:
        DataError: no such file, a folder, empty, truncated, packed otherwise than its ending
            says, or an archive that does not hold exactly one file.
    """
    if path.is_dir():
        raise DataError(f"{path}: a folder, needed a file")
    if not path.exists():
        raise DataError(f"{path}: no such file")
    source = Source(path, path.name.lower())
    while source.ending in MAGIC:
        source = _unpack(source)
    start = source.start()
    if not start.strip():
        raise NoRowsError(f"{path}: the file is empty")
    for packer in ("gz", "bz2", "xz"):
        if start.startswith(MAGIC[packer]) and not start[:200].isascii():
            if source.ending in TARS:
                raise DataError(f"{path}: an archive; unpack it and name the file")
            ending = f".{source.ending}" if source.ending else "without ending"
            raise DataError(
                f"{path}: named {ending}, but packed by {WORDS[packer]}; "
                f"call it {path.name}.{packer}"
            )
    return source


def _unpack(source: Source) -> Source:
    packer = source.ending
    name = source.name[: -len(packer) - 1]
    if not source.start(1):
        raise NoRowsError(f"{source.path}: the file is empty")
    if not source.start(8).startswith(MAGIC[packer]):
        raise DataError(
            f"{source.path}: named .{packer}, but not packed by {WORDS[packer]}; "
            f"take the ending .{packer} off"
        )
    if packer == "zip":
        return _unzip(source)
    try:
        with source.open() as handle, _opener(packer)(handle) as unpacked:
            return Source(source.path, name, _read_all(source.path, unpacked))
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise DataError(
            f"{source.path}: truncated or not readable ({error}); get it again"
        ) from error


def _opener(packer: str) -> Any:
    return {"gz": _gunzip, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}[packer]


def _gunzip(handle: BinaryIO) -> gzip.GzipFile:
    return gzip.GzipFile(fileobj=handle)


def _unzip(source: Source) -> Source:
    try:
        with source.open() as handle, zipfile.ZipFile(handle) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
            tables = [name for name in names if not is_beside(name)]
            if len(tables) != 1:
                found = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
                raise DataError(
                    f"{source.path}: an archive of {len(tables)} files ({found}), needed one; "
                    f"unpack it and name the file"
                )
            with archive.open(tables[0]) as unpacked:
                name = PurePosixPath(tables[0]).name.lower()
                return Source(source.path, name, _read_all(source.path, unpacked))
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{source.path}: cannot be unpacked ({error})") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise DataError(
            f"{source.path}: truncated or not readable ({error}); get it again"
        ) from error


def is_beside(name: str) -> bool:
    """Whether a file's name says that it is no table: a README, a program, a hidden file."""
    parts = PurePosixPath(name.lower()).parts
    ending = PurePosixPath(name.lower()).suffix[1:]
    return ending in NO_TABLE or any(part.startswith((".", *BESIDES)) for part in parts)


def _read_all(path: Path, handle: IO[bytes]) -> bytes:
    """All that comes out, unless memory cannot hold it."""
    import psutil

    packed = path.stat().st_size
    limit = min(psutil.virtual_memory().available // 2, allowed(packed))
    blocks, size = [], 0
    while block := handle.read(BLOCK):
        blocks.append(block)
        size += len(block)
        if size > limit:
            why = "half of the free memory" if limit < allowed(packed) else "far more than it is"
            raise DataError(
                f"{path}: unpacks to more than {limit / 1e9:.1f} GB, {why}; unpack it, and name "
                "the file in it"
            )
    return b"".join(blocks)
