"""The heaps of an HDF5 file, in which texts of any length lie: walked through before HDF5 does.

A damaged one holds HDF5 up for ever, in C, where nothing can stop it: free space of no size, of
which it takes the next, and the next.

Source: HDF5 File Format Specification 3.0, III.E, "Global Heap".
"""

from __future__ import annotations

import mmap
from pathlib import Path

SIGNATURE = b"GCOL\x01\x00\x00\x00"  # with its version, and what is reserved
SIZE = 8  # bytes of a length in the files that h5py writes
HEAD, OBJECT = len(SIGNATURE) + SIZE, 8 + SIZE  # bytes of a heap's head, and of an object's


def check_heaps(path: Path) -> None:
    """Raise ValueError where a heap does not end where it says."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            place = data.find(SIGNATURE)
            while place >= 0:
                _walk(data, place)
                place = data.find(SIGNATURE, place + 1)


def _walk(data: mmap.mmap, begin: int) -> None:
    size = _length(data, begin + len(SIGNATURE))
    if not HEAD <= size <= len(data) - begin:
        return  # four letters among other numbers, or a heap that HDF5 itself refuses
    place, end = begin + HEAD, begin + size
    while place + OBJECT <= end:
        index, held = int.from_bytes(data[place : place + 2], "little"), _length(data, place + 8)
        needed = OBJECT + -(-held // 8) * 8 if index else held  # free space counts its own head
        if needed < OBJECT or needed > end - place:
            raise ValueError(f"a heap of texts at byte {begin:,} whose parts do not fill it")
        place += needed


def _length(data: mmap.mmap, place: int) -> int:
    return int.from_bytes(data[place : place + SIZE], "little")
