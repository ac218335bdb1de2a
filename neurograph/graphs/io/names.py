"""Ids of nodes as a source has them, and the index that each of them gets."""

from __future__ import annotations

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
            numbers = pd.to_numeric(pd.Series(ids), errors="coerce")
            whole = (numbers % 1 == 0).to_numpy(bool)  # a text that is no integer is nobody's id
            wanted = numbers.where(whole, 0).to_numpy().astype(np.int64)
            found = wanted if self.plain else pd.Index(self.ids).get_indexer(pd.Index(wanted))
            return np.where(whole & (found >= 0) & (found < len(self)), found, -1)
        known = pd.Index(self.ids.astype(object))
        codes, different = pd.factorize(_texts(ids))
        places: Array = known.get_indexer(pd.Index(different))
        return np.where(codes >= 0, places[codes], -1)


def _texts(column: Array) -> Array:
    """Ids as objects of text."""
    return column if column.dtype == object else column.astype(np.str_).astype(object)
