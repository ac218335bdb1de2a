"""HDF5 files that others may have made: looked through before anything in them is followed.

HDF5 lets a file name others: links, raw data kept elsewhere, arrays put together from files. It
lets an array claim any shape, and a few packed bytes stand for any number. None of that is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurograph.core.errors import NeuroGraphError, StoreError
from neurograph.core.hdf5_heaps import check_heaps
from neurograph.core.reading import check_regular
from neurograph.core.unpacking import ZEROS, allowed, too_much

SIZED = "biufS"  # numbers, and texts of one length
FILTERS = {  # that HDF5 brings with it; another may be a program that a file names
    h5py.h5z.FILTER_DEFLATE,
    h5py.h5z.FILTER_SHUFFLE,
    h5py.h5z.FILTER_FLETCHER32,
}
DEEPEST = 32  # groups in groups


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """An HDF5 file that holds all that it speaks of.

    Raises:
        StoreError: it cannot be read; a link to another place or file; arrays that lie elsewhere,
            claim more than the file holds, unpack to far more than it, or are no numbers or texts.
        OSError: it cannot be opened.
    """
    size = check_regular(path).stat().st_size
    try:
        check_heaps(path)
    except ValueError as error:
        raise StoreError(f"{path}: damaged ({error}); make it again") from error
    with h5py.File(path, "r") as file:
        try:
            _Look(path, size).into(file["/"], "", 0)
        except NeuroGraphError:
            raise
        except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise StoreError(f"{path}: damaged ({error}); make it again") from error
        yield file


class _Look:
    """Goes through a file once, and adds up what would come out of it."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size, self.out = path, size, 0
        self.seen: set[int] = set()

    def into(self, group: h5py.Group, where: str, depth: int) -> None:
        """Look at all that is in a group."""
        if depth > DEEPEST:
            raise self.refused(where, "groups nested too deeply")
        for name in group:
            at = f"{where}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise self.refused(at, "a link, needed the array itself")
            held = group[name]
            if isinstance(held, h5py.Group):
                self.once(held, at)
                self.into(held, at, depth + 1)
            elif isinstance(held, h5py.Dataset):
                self.array(held, at)
            else:
                raise self.refused(at, "neither a group nor an array")

    def once(self, held: h5py.Group, at: str) -> None:
        """Raise StoreError where a group holds itself."""
        address = h5py.h5o.get_info(held.id).addr
        if address in self.seen:
            raise self.refused(at, "a group that is there twice")
        self.seen.add(address)

    def array(self, held: h5py.Dataset, at: str) -> None:
        """Raise StoreError for an array that is not in this file as it says."""
        how = held.id.get_create_plist()
        if how.get_layout() == h5py.h5d.VIRTUAL or how.get_external_count():
            raise self.refused(at, "an array that lies in other files")
        dtype: np.dtype[Any] = held.dtype
        if held.shape is None or not _plain(dtype, held.shape):
            raise self.refused(at, f"{dtype} values, needed numbers or one text")
        if dtype.kind not in SIZED:
            return  # a text, as long as its bytes, which the file holds
        claimed, stored = held.size * dtype.itemsize, held.id.get_storage_size()
        filters = {how.get_filter(n)[0] for n in range(how.get_nfilters())}
        if strange := filters - FILTERS:
            raise self.refused(at, f"packed by a filter that is not known ({min(strange)})")
        if stored > self.size or (claimed and not stored):
            raise self.refused(at, f"claims {claimed:,} bytes, and the file has {self.size:,}")
        if h5py.h5z.FILTER_DEFLATE not in filters and claimed > stored:
            raise self.refused(at, f"claims {claimed:,} bytes, and has {stored:,}")
        self.out += claimed
        if self.out > allowed(self.size, ZEROS):
            raise self.refused(at, too_much(self.out, self.size, ZEROS))

    def refused(self, at: str, why: str) -> StoreError:
        """The error about what lies there."""
        return StoreError(f"{self.path}: {at[:200]}: {why}; make it again")


def _plain(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    """Whether these are numbers of at most 64 bits, texts of one length, or one of any length."""
    if dtype.kind in SIZED:
        return dtype.subdtype is None and (dtype.kind == "S" or dtype.itemsize <= 8)
    return h5py.check_string_dtype(dtype) is not None and shape in ((), (1,))
