"""Arrays of nouns in an HDF5 file; one that several nouns share is there once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np

from neurograph.core.arrays import Array


@dataclass(frozen=True)
class Arrays:
    """Where arrays go while a noun is encoded; one that several nouns share is written once."""

    file: h5py.File
    compress: bool
    written: dict[int, tuple[Array, dict[str, Any]]] = field(default_factory=dict)

    def write(self, array: Array, at: str) -> dict[str, Any]:
        """JSON values that say where the array is."""
        if id(array) not in self.written:  # kept beside them, so that no other gets its id
            self.written[id(array)] = array, self._write(array, at)
        return self.written[id(array)][1]

    def _write(self, array: Array, at: str) -> dict[str, Any]:
        bits = array.dtype == np.bool_
        stored = np.packbits(array) if bits else array
        many = stored.size > 1024
        how: dict[str, Any] = {"fletcher32": many}
        if many and self.compress and stored.dtype.kind != "f":  # floats hardly shrink
            how |= {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        self.file.create_dataset(at, data=stored, **how)
        return {"bits": at, "shape": list(array.shape)} if bits else {"array": at}


@dataclass(frozen=True)
class Written:
    """A file while a noun is decoded; an array that several nouns share is read once."""

    file: h5py.File
    known: dict[str, Array] = field(default_factory=dict)

    def read(self, at: str) -> Array:
        """The array at this path; not to be written to."""
        if at not in self.known:
            self.known[at] = self.file[at][()]
            self.known[at].setflags(write=False)
        return self.known[at]
