"""Fields of an HDF5 group, each checked where it is read: an error names layer and field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError


@dataclass(frozen=True, eq=False)
class Fields:
    """The fields of one group.

    Attributes:
        where: of whom they are, for errors: "layer 3 (conv)".
        group: that holds them.
    """

    where: str
    group: h5py.Group

    def __contains__(self, name: str) -> bool:
        return name in self.group

    def value(self, name: str) -> Array:
        """A dataset as it is stored.

        Raises:
            NetworkError: there is none of this name.
        """
        found = self.group.get(name)
        if not isinstance(found, h5py.Dataset):
            has = ", ".join(sorted(self.group)) or "none"
            raise NetworkError(
                f"{self.where}: no field '{name}'; fields: {has}; export the network again"
            )
        return np.asarray(found[()])

    def within(self, name: str) -> Fields:
        """The fields of a group in this one.

        Raises:
            NetworkError: there is none of this name.
        """
        found = self.group.get(name)
        if not isinstance(found, h5py.Group):
            raise NetworkError(f"{self.where}: no group '{name}'; export the network again")
        return Fields(self.where, found)

    def text(self, name: str) -> str:
        """A text, alone or as the only entry of an array."""
        entries = self.value(name).ravel()
        if entries.size != 1 or not isinstance(entries[0], bytes | str):
            raise NetworkError(f"{self.where}: {name} is no text")
        first: Any = entries[0]
        return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)

    def integers(self, name: str) -> Array:
        """int64 of any shape, whatever type they are stored in.

        Raises:
            NetworkError: an entry that is no integer; names the first one, and how many there are.
        """
        found = self.value(name)
        if found.dtype.kind not in "iubf":
            raise NetworkError(f"{self.where}: {name} is {found.dtype}, integers needed")
        bad = np.argwhere(~(np.isfinite(found) & (found == np.round(found))))
        if len(bad):
            place = f"[{','.join(map(str, bad[0]))}]" if found.ndim else ""
            raise NetworkError(
                f"{self.where}: {name}{place} = {found[tuple(bad[0])]:g} is no integer "
                f"({len(bad):,} such); quantise before the export, as SLAYER's pre_hook_fx does"
            )
        return found.astype(np.int64)

    def integer(self, name: str, low: int, high: int, remedy: str = "") -> int:
        """One integer of a range."""
        found = self.integers(name)
        if found.size != 1:
            raise NetworkError(f"{self.where}: {name} has shape {found.shape}, needed one number")
        number = int(found.ravel()[0])
        if not low <= number <= high:
            more = f"; {remedy}" if remedy else ""
            raise NetworkError(f"{self.where}: {name} is {number}, needed {low} to {high}{more}")
        return number

    def pair(self, name: str, low: int) -> tuple[int, int]:
        """Two integers of at least `low`, along height and width; one stands for both."""
        found = self.integers(name).ravel()
        if found.size not in (1, 2) or (found < low).any():
            raise NetworkError(
                f"{self.where}: {name} is {found.tolist()}, needed one or two integers of at "
                f"least {low}"
            )
        return int(found[0]), int(found[-1])
