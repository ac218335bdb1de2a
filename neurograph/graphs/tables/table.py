"""The columns of a file as it has them, which still know where each row came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError

ROLES = ("source", "target", "time", "weight", "node", "label")


class NoRowsError(DataError):
    """A file that is a table, but an empty one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """Columns of equal length, before anybody says what they mean.

    Attributes:
        path: of the file.
        columns: name -> ``(rows,)``: int64, float64, bool, datetime64[ns] (UTC where the file has
            zones), or object, texts with None where nothing stands.
        named: whether the file names its columns; else they are called "0", "1", ...
        where: row number to words for an error, e.g. "edges.txt, line 7 ('3 4 0.5')". Slow.
        layout: of the file where its format says it, e.g. "graphml" or "konect"; else empty.
        roles: role (one of `ROLES`) -> column, where the format itself says which is which.
        beside: what else the file holds, by name: arrays of an .npz (y, train, x, num_nodes),
            a `Table` of nodes under "nodes".
        doubts: what the file leaves open, each as what is in doubt, the guess that was taken, and
            the option that settles it.
        notes: a line for each thing in the file that is not in `columns`.
        coded: columns of texts whose different entries are known from reading: name -> those, and
            which of them each row has. Asked through `factors`.
    """

    path: Path
    columns: Mapping[str, Array]
    named: bool
    where: Callable[[int], str]
    layout: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str, str], ...] = ()
    coded: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self.columns.values()}
        if len(lengths) > 1:
            shapes = ", ".join(f"{name} {len(x):,}" for name, x in self.columns.items())
            raise DataError(f"{self.path}: columns of unequal length: {shapes}")
        if not lengths or lengths == {0}:
            raise NoRowsError(f"{self.path}: no rows, only comments or a header")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def factors(self, name: str) -> tuple[Array, Array]:
        """Which of its different entries each row of a column has, and those entries.

        Returns:
            int ``(rows,)``, -1 where nothing stands, and ``(different,)``.
        """
        import pandas as pd

        if name in self.coded:
            return self.coded[name]
        code, different = pd.factorize(self.columns[name])
        return code, different
