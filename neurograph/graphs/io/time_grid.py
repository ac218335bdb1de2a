"""Whether different times are steps already: spaced like a calendar or a count, with edges each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.io.times import DAY, Times

MOST_TIMES = 366  # with more different times than this, a time is no step
FEW_TIMES = 12  # with no more than this, numbers are steps wherever they lie
EVEN = 0.01  # of the spacing: how far from an even grid rounded decimals may lie
LOOSEST = 2  # places on the grid for each different time
CROWDED = 50  # edges for each time: then a time is one snapshot, however they lie
DENSE = 4  # edges for each time that a grid needs
HOUR = DAY // 24


@dataclass(frozen=True, eq=False, kw_only=True)
class Grid:
    """Even places on which some times lie.

    Attributes:
        slots: int64 ``(D,)``, ascending from 0: the place of each different time.
        different: ``(D,)``; the different times.
        spacing: between two places, in the unit of the times; of months and years the shortest.
        months: between two places, where they are of the calendar.
    """

    slots: Array
    different: Array
    spacing: float
    months: int = 0

    @property
    def count(self) -> int:
        return int(self.slots[-1]) + 1

    @property
    def gaps(self) -> int:
        """Places without a time."""
        return self.count - len(self.slots)

    def lacking(self, most: int) -> list[float]:
        """The first times that are lacking, at most so many."""
        missing = np.setdiff1d(np.arange(min(self.count, len(self.slots) + most)), self.slots)
        return [self._time(int(slot)) for slot in missing[:most]]

    def _time(self, slot: int) -> float:
        first = self.different[0]
        if self.months:
            month = np.int64(first).astype("datetime64[s]").astype("datetime64[M]")
            later = month + np.timedelta64(slot * self.months, "M")
            return int(later.astype("datetime64[s]").astype(np.int64))
        if self.different.dtype.kind == "i":
            return int(first + slot * int(self.spacing))
        return float(f"{first + slot * self.spacing:.6g}")


def grid_of(times: Times, different: Array) -> Grid | None:
    """The widest even grid on which all different times lie, or None.

    Args:
        different: ``(D,)`` of `times`, ascending.
    """
    if len(different) < 2:
        return None
    if times.dates and (grid := _calendar(different)):
        return grid
    if different.dtype.kind == "i":
        spacing = int(np.gcd.reduce(np.diff(different)))
        slots = (different - different[0]) // spacing
        return Grid(slots=slots, different=different, spacing=spacing)
    gaps = np.diff(different)
    slots = np.round((different - different[0]) / gaps.min())
    if slots[-1] > LOOSEST * MOST_TIMES:
        return None
    spacing = (different[-1] - different[0]) / slots[-1]
    slots = np.round((different - different[0]) / spacing)
    off = np.abs(different - different[0] - slots * spacing).max()
    if off > EVEN * spacing or len(np.unique(slots)) < len(slots):
        return None
    return Grid(slots=slots.astype(np.int64), different=different, spacing=float(spacing))


def are_steps(times: Times, different: Array, grid: Grid | None) -> bool:
    """Whether each different time is a snapshot, rather than a moment at which something happened.

    They are where they lie closely on a grid (0 to 26; years; the days, months or hours of dates)
    and have several edges each, or where very many edges share each of them.
    """
    count, rows = len(different), len(times)
    if count == 1 or (count <= 100 and rows >= CROWDED * count):
        return True
    if count > MOST_TIMES:
        return False
    if grid is None:
        return count == 2
    if different.dtype.kind == "f" and not grid.gaps and not times.dates:
        return True  # decimals do not lie evenly by chance
    if times.dates:
        return (
            grid.spacing >= HOUR
            and (grid.count <= LOOSEST * count or count <= FEW_TIMES)
            and (rows >= DENSE * count or count <= FEW_TIMES)
        )
    if count <= FEW_TIMES or (times.unit == "year" and rows >= DENSE * count):
        return True
    close = grid.count <= LOOSEST * count and (grid.spacing <= 1 or count <= 100)
    return close and rows >= DENSE * count


def _calendar(different: Array) -> Grid | None:
    """Of dates that are the first days of months or years."""
    if (different % DAY).any():
        return None
    days = different.astype(np.int64).astype("datetime64[s]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    if (months.astype("datetime64[D]") != days).any():
        return None
    index = months.astype(np.int64)
    apart = int(np.gcd.reduce(np.diff(index)))
    return Grid(
        slots=(index - index[0]) // apart,
        different=different,
        spacing=28 * DAY * apart,
        months=apart,
    )
