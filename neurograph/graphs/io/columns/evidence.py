"""How a column looks: what a name or a place does not say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array

SAMPLE = 200_000  # rows that are looked at for different values
BENDS = 0.01  # share of rows that may go the other way, in a column that rises or falls
FEW = 20  # different values
DATE = re.compile(
    r"\d{4}-\d{1,2}(-\d{1,2})?([T ]\d{1,2}(:\d{2}){0,2}(\.\d+)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?"
    r"|\d{4}/\d{1,2}/\d{1,2}( .*)?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}( .*)?"
    r"|\d{4}[- /]?(Q[1-4]|W\d{1,2})|Q[1-4][- /]?\d{4}"
    r"|(\d{1,2} )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? .*\d{4}.*",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SINCE, UNTIL = 631_152_000, 2_840_140_800  # 1990 to 2060, in seconds
UNITS = (1, 10**3, 10**6, 10**9)  # a second in units of an epoch
YEARS = (1900, 2100)


@dataclass(frozen=True, eq=False, kw_only=True)
class Look:
    """How a column looks.

    Attributes:
        kind: "integer" (whole decimals, too), "decimal", "date" or "text".
        rows: of the column.
        values: different ones, of a sample.
        bends: share of rows that lie below the one before, or above it where most lie below; 1 for
            texts.
        epoch: whether all values are years or days (20110313) of our time, or seconds (ms, us,
            ns) since 1970.
        counts: whether the column counts its rows, from 0 or 1.
    """

    kind: str
    rows: int
    values: Array
    bends: float
    epoch: bool
    counts: bool

    @property
    def clock(self) -> bool:
        """Whether this is a time and nothing else."""
        return self.kind == "date" or self.epoch

    @property
    def rises(self) -> bool:
        """Whether the column goes one way along the file, nearly, from the first to the last."""
        return self.kind in ("integer", "decimal") and self.bends <= BENDS and len(self.values) > 1

    @property
    def nearly_numbers(self) -> bool:
        """Whether these are texts only for a few that are no numbers."""
        if self.kind != "text":
            return False
        numbers = sum(NUMBER.fullmatch(str(value)) is not None for value in self.values)
        return numbers >= max(1, len(self.values) / 2)

    @property
    def can_be_id(self) -> bool:
        return self.kind in ("integer", "text")

    def __str__(self) -> str:
        if self.kind in ("date", "text"):
            return f"{len(self.values):,} different {self.kind}s"
        kind = "whole numbers" if self.kind == "integer" else "decimals"
        low, high = self.values[0], self.values[-1]
        if self.kind == "integer":
            return f"{kind} {int(low)} to {int(high)}, {len(self.values):,} different"
        return f"{kind} {low:g} to {high:g}, {len(self.values):,} different"


def look(column: Array) -> Look:
    """Look at a column ``(rows,)`` of a `Table`."""
    rows = len(column)
    sample = column[:: max(1, -(-rows // SAMPLE))]
    if column.dtype.kind == "M":
        return Look(kind="date", rows=rows, values=np.unique(sample), **_order(column.view("i8")))
    if column.dtype.kind == "O":
        found = sorted({value for value in sample if value is not None})
        dates = bool(found) and all(DATE.fullmatch(str(value)) for value in found[:200])
        kind = "date" if dates else "text"
        texts = np.array(found, object)
        return Look(kind=kind, rows=rows, values=texts, bends=1.0, epoch=False, counts=False)
    if column.dtype.kind == "b":
        column, sample = column.astype(np.int64), sample.astype(np.int64)
    values: Array = np.unique(sample[np.isfinite(sample)])
    whole = column.dtype.kind in "iu" or bool(len(values) and (values % 1 == 0).all())
    kind = "integer" if whole else "decimal"
    return Look(kind=kind, rows=rows, values=values, **_order(column))


def alike(a: Look, b: Look) -> bool:
    """Whether two columns of numbers begin and end alike, as ids of one space do."""
    lows, highs = (sorted(float(one.values[k]) for one in (a, b)) for k in (0, -1))
    span = max(1.0, highs[1] - lows[0])
    return lows[1] - lows[0] <= span / 10 and highs[1] - highs[0] <= span / 10


def shared(a: Look, b: Look) -> float:
    """How far two columns hold the same values, 0 to 1."""
    if (a.values.dtype == object) != (b.values.dtype == object):
        return 0.0
    both = len(set(a.values.tolist()) & set(b.values.tolist()))
    return both / max(1, len(a.values) + len(b.values) - both)


def outside(a: Look, *others: Look) -> float:
    """Share of the different values of `a` that none of `others` has, 0 to 1."""
    known = {value for other in others for value in other.values.tolist()}
    return sum(value not in known for value in a.values.tolist()) / max(1, len(a.values))


def _order(column: Array) -> dict[str, Any]:
    ways = [np.count_nonzero(f(column[1:], column[:-1])) for f in (np.less, np.greater)]
    bends = min(ways) / max(1, len(column) - 1)
    low, high = column.min(), column.max()
    spans = [(SINCE * unit, UNTIL * unit) for unit in UNITS]
    spans += [(YEARS[0] * unit, YEARS[1] * unit) for unit in (1, 10_000)]
    epoch = any(first <= low and high <= last for first, last in spans)
    counts = low in (0, 1) and high - low == len(column) - 1 and bool((np.diff(column) == 1).all())
    return {"bends": bends, "epoch": epoch, "counts": counts}
