"""Ids of nodes as a source has them, and the index that each of them gets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array


@dataclass(frozen=True, eq=False)
class NodeNames:
    """Ids of nodes in the order of their index.

    Attributes:
        ids: int64 or text ``(N,)``, ascending and all different.
    """

    ids: Array

    @classmethod
    def of(cls, *columns: Array) -> NodeNames:
        """All ids of these columns, int64 or objects of text; texts where any of them has texts."""
        import pandas as pd

        if all(column.dtype.kind in "iu" for column in columns):
            found = [pd.unique(column) for column in columns]
            return cls(np.unique(np.concatenate(found).astype(np.int64)))
        texts = [pd.unique(_texts(column)) for column in columns]
        return cls(np.array(sorted(set(np.concatenate(texts).tolist())), np.str_))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def plain(self) -> bool:
        """Whether ids are 0 to N - 1, so that an id is its own index."""
        return self.ids.dtype.kind == "i" and bool((self.ids == np.arange(len(self))).all())

    def index(self, ids: Array) -> Array:
        """Index of each of these ids: int64; -1 for one that is not among them."""
        import pandas as pd

        if self.ids.dtype.kind == "i":
            whole, wanted = integers(ids)  # a text that is no integer is nobody's id
            found = wanted if self.plain else pd.Index(self.ids).get_indexer(pd.Index(wanted))
            return np.where(whole & (found >= 0) & (found < len(self)), found, -1)
        known = pd.Index(self.ids.astype(object))
        codes, different = pd.factorize(_texts(ids))
        places = known.get_indexer(pd.Index(different))
        found = np.append(places, -1)[codes]  # the last for an id that is missing: its code is -1
        return found


def integers(ids: Array) -> tuple[Array, Array]:
    """Which of these are integers of 64 bits, and those integers, 0 for the others."""
    import pandas as pd

    if ids.dtype.kind == "i":
        return np.ones(len(ids), bool), ids.astype(np.int64)
    wanted = np.zeros(len(ids), np.int64)
    if ids.dtype.kind not in "ufOU":
        return np.zeros(len(ids), bool), wanted
    series = pd.Series(ids)
    whole = np.array(pd.to_numeric(series, errors="coerce").notna(), bool)
    numbers = pd.to_numeric(series[whole]).to_numpy()  # by themselves: beside texts, digits go
    numbers = _floats(numbers) if numbers.dtype.kind not in "iuf" else numbers
    fits = (numbers >= -(2.0**63)) & (numbers < 2.0**63)
    fits[fits] = numbers[fits] % 1 == 0
    wanted[whole] = np.where(fits, numbers, 0).astype(np.int64)
    whole[whole] = fits
    return whole, wanted


def _floats(numbers: Array) -> Array:
    """Whole numbers of any length; infinite, where a float has no room for them."""
    return np.array([math.inf if abs(n) > 1 << 1000 else float(n) for n in numbers])


def _texts(column: Array) -> Array:
    """Ids as objects of text."""
    return column if column.dtype == object else column.astype(np.str_).astype(object)
