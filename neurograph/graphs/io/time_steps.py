"""From times to steps 0..T-1, by a rule that the graph records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.counted import counted
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.time_grid import MOST_TIMES, Grid, are_steps, grid_of
from neurograph.graphs.io.times import DAY, Times
from neurograph.graphs.io.windows import SECONDS, Window, parse_window

FARTHEST = 1 << 62
MOST_STEPS = int(np.iinfo(np.int16).max)
BY = ("width", "count")  # what --steps K can make equal
GUESSED = (4, 12)  # steps, where the user says nothing; each costs the chip its time and energy
EDGES_EACH = 75  # so many at least, where the number of steps is guessed
FEW = 10  # edges in a step: worth a warning


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeSteps:
    """Steps of some times, and the rule that made them (JSON values).

    Attributes:
        step: int64 ``(E,)``, 0 to `num_steps` - 1.
        notes: a line for each thing that a user should know of the steps.
    """

    step: Array
    num_steps: int
    rule: dict[str, Any]
    notes: tuple[str, ...] = ()


def to_steps(
    times: Times,
    *,
    steps: int | None = None,
    window: str | float | None = None,
    by: str | None = None,
    keep_gaps: bool = False,
    where: str,
    doubts: Doubts,
) -> TimeSteps:
    """Group times into steps.

    Without `steps` and `window`, each different time is one step, if times are steps already
    (`time_grid.are_steps`); else the user is asked. `steps` K makes K windows of equal width from
    the first time to the last, or with `by` "count" K groups of as many edges each as equal times
    allow. `window` makes windows of that width (`windows.parse_window`): of months and years by
    the calendar, of minutes, hours, days and weeks (from Monday) from midnight where times are
    dates, else from the first time on. A window with no edge stays as an empty step.

    Args:
        keep_gaps: where each different time is a step, those that are lacking between the first
            and the last are steps without edges.
        where: the file, for errors.
        doubts: asked where the times are no steps and nobody says how to group them.

    Raises:
        DataError: options that contradict each other, or a rule that does not fit.
    """
    _check_options(steps, window, by, keep_gaps)
    _check_span(times, where)
    if steps is not None:
        cut = _equal_counts if by == "count" else _equal_windows
        found = cut(times, steps, where)
    elif window is not None:
        found = _windows_of(times, parse_window(window), where)
    else:
        found = _distinct(times, keep_gaps, where, doubts)
    return replace(found, notes=(*found.notes, *_warnings(found)))


def one_step(rows: int) -> TimeSteps:
    """Of a graph without times."""
    rule = {"rule": "no times: one step", "kind": "static"}
    return TimeSteps(step=np.zeros(rows, np.int64), num_steps=1, rule=rule)


def _check_options(
    steps: int | None, window: str | float | None, by: str | None, keep_gaps: bool
) -> None:
    if steps is not None and window is not None:
        raise DataError("both --steps and --window are given; choose one")
    if by is not None and by not in BY:
        raise DataError(f"--by is '{by}'; needed one of {', '.join(BY)}")
    if by is not None and steps is None:
        raise DataError(f"--by {by} says how --steps K are made; add --steps")
    if keep_gaps and (steps is not None or window is not None):
        raise DataError(
            "--keep-gaps is for times that are steps already; windows keep theirs, leave it out"
        )
    if steps is not None and not 1 <= steps <= MOST_STEPS:
        limit = "" if steps < 1 else f", limit {MOST_STEPS:,}"
        raise DataError(f"--steps is {steps}; needed at least 1{limit}")


def _check_span(times: Times, where: str) -> None:
    """Raise DataError for times so far apart that differences lose their meaning."""
    low, high = times.numbers.min().item(), times.numbers.max().item()
    if not high - low <= FARTHEST:
        raise DataError(
            f"{where}: times from {times.show(low)} to {times.show(high)}; is this column a time? "
            "Needed times that are at most 2^62 apart"
        )


def _distinct(times: Times, keep_gaps: bool, where: str, doubts: Doubts) -> TimeSteps:
    different, step = _different(times.numbers)
    grid = grid_of(times, different)
    if not are_steps(times, different, grid):
        return _guessed(times, different, where, doubts)
    count = len(different)
    rule = {"kind": "distinct", "times": different.tolist(), **_unit(times)}
    text = f"each different time is one step: {count}"
    notes: tuple[str, ...] = ()
    if grid and grid.gaps and keep_gaps:
        step, count = grid.slots[step], grid.count
        if count > MOST_STEPS:
            raise DataError(f"{where}: {count:,} steps with --keep-gaps, limit {MOST_STEPS:,}")
        text = f"each time is one step, {grid.gaps} without edges among them: {count}"
        rule["slots"] = grid.slots.tolist()
    elif grid and grid.gaps:
        notes = (_closed(times, grid),)
    return TimeSteps(step=step, num_steps=count, rule={"rule": text, **rule}, notes=notes)


def _closed(times: Times, grid: Grid) -> str:
    lacking = [f"{times.show(x)}" for x in grid.lacking(5)]
    more = ", ..." if grid.gaps > len(lacking) else ""
    which = "it" if grid.gaps == 1 else "them"
    return (
        f"{grid.gaps} of {grid.count:,} steps {'has' if grid.gaps == 1 else 'have'} no edges "
        f"({', '.join(lacking)}{more}): closed; --keep-gaps keeps {which}"
    )


def _guessed(times: Times, different: Array, where: str, doubts: Doubts) -> TimeSteps:
    low, high = GUESSED
    steps = min(high, max(low, len(times) // EDGES_EACH), max(1, len(different) // 2))
    doubts.ask(
        f"{where}: {len(different):,} different times from {times.show(different[0])} to "
        f"{times.show(different[-1])} are no steps (those are at most {MOST_TIMES:,}, integers or "
        "evenly spaced, with several edges each); group them with --steps K or --window WIDTH "
        f"({_widths(times)})",
        f"{counted(steps, 'step')} of as many edges each",
        f"--steps {steps} --by count",
    )
    return _equal_counts(times, steps, where)


def _widths(times: Times) -> str:
    """What can be typed as a window of these."""
    if times.unit == "year":
        return "5y"
    return "1h, 1d, 1w, 1M" if times.dates else "a number, or 1h, 1d, 1w if they are seconds"


def _equal_windows(times: Times, steps: int, where: str) -> TimeSteps:
    numbers = times.numbers
    since = _since(numbers, numbers.min())
    span = float(since.max())
    if span == 0 and steps > 1:
        raise _one_time(times, where)
    step = np.minimum((since * steps / span).astype(np.int64), steps - 1) if span else since * 0
    width = span / steps
    text = (
        f"windows of equal width from {times.show(numbers.min())} to {times.show(numbers.max())}: "
        f"{steps} of {_long(times, width)}"
    )
    rule = {"rule": text, "kind": "steps", "width": width, **_extent(times)}
    return TimeSteps(step=step.astype(np.int64), num_steps=steps, rule=rule)


def _equal_counts(times: Times, steps: int, where: str) -> TimeSteps:
    different, place = _different(times.numbers)
    if len(different) == 1 and steps > 1:
        raise _one_time(times, where)
    if steps > len(different):
        raise DataError(
            f"{where}: {len(different)} different times cannot make {steps} steps of as many "
            f"edges each; use --steps {len(different)} at most, or --by width"
        )
    begins = _borders(np.cumsum(np.bincount(place)), steps)
    step = np.searchsorted(begins, place, side="right") - 1
    sizes = np.bincount(step, minlength=steps)
    text = f"{steps} steps of as many edges each as equal times allow: {sizes.min():,}"
    text += f" to {sizes.max():,}" if sizes.min() < sizes.max() else ""
    first = different[begins].tolist()
    rule = {"rule": text, "kind": "count", "first_times": first, **_extent(times)}
    return TimeSteps(step=step, num_steps=steps, rule=rule)


def _borders(passed: Array, steps: int) -> Array:
    """Which different time each step begins with, for counts as equal as they can be.

    Args:
        passed: rows up to and including each different time, ascending.
    """
    wanted = passed[-1] * np.arange(1, steps) / steps
    after = np.searchsorted(passed, wanted)  # the first time that reaches it
    before = np.where(after > 0, passed[after - 1], 0)
    begins = np.where(passed[after] - wanted <= wanted - before, after + 1, after)
    room = np.arange(1, steps)  # no step is empty: each begins later than the one before it
    begins = np.maximum.accumulate(np.maximum(begins, room) - room) + room
    most = len(passed) - steps + room
    return np.concatenate([[0], np.minimum(begins, most)])


def _windows_of(times: Times, window: Window, where: str) -> TimeSteps:
    notes: tuple[str, ...] = ()
    low = start = times.numbers.min()
    if window.calendar:
        step = _calendar_steps(times, window, where)
    else:
        notes = _check_unit(times, window, where)
        start = _start(times, window)
        with np.errstate(over="ignore"):  # more windows than there are numbers: refused below
            step = _since(times.numbers, start) / window.seconds
    if not (most := step.max() + 1) <= MOST_STEPS:
        raise DataError(
            f"{where}: windows of {window} make {most:,.0f} steps, limit {MOST_STEPS:,}; "
            "use a wider --window"
        )
    step = step.astype(np.int64)
    count = int(step.max()) + 1
    text = f"windows of {window} from {times.show(start)} on: {count}"
    rule: dict[str, Any] = {"rule": text, "kind": "window", "width": window.number}
    if window.unit:
        rule["width_unit"] = window.unit
    if start != low:
        rule["start"] = np.asarray(start).item()
    return TimeSteps(step=step, num_steps=count, rule={**rule, **_extent(times)}, notes=notes)


def _calendar_steps(times: Times, window: Window, where: str) -> Array:
    """Months or years since the first, in groups of so many; float64."""
    if times.unit == "year" and window.unit == "y":
        since = times.numbers - times.numbers.min()
    elif times.dates:
        seconds = np.floor(times.numbers).astype("datetime64[s]")
        unit = seconds.astype("datetime64[M]" if window.unit == "M" else "datetime64[Y]")
        since = unit.astype(np.int64) - unit.min().astype(np.int64)
    else:
        low, high = times.show(times.numbers.min()), times.show(times.numbers.max())
        what = "years" if times.unit == "year" else "numbers, no dates"
        raise DataError(
            f"{where}: --window {window} is of the calendar, and the times from {low} to {high} "
            f"are {what}; give the width as a number (--window 10)"
        )
    return np.asarray(since // int(window.number), np.float64)


def _check_unit(times: Times, window: Window, where: str) -> tuple[str, ...]:
    """What was assumed of the unit of the times.

    Raises:
        DataError: a window of hours over years.
    """
    if not window.unit or times.unit == "s":
        return ()
    if times.unit == "year":
        raise DataError(
            f"{where}: --window {window}, but the times are years; give years (--window 1y)"
        )
    return (f"times are taken as seconds, for --window {window} says so of numbers without a unit",)


def _start(times: Times, window: Window) -> Any:
    """Where the first window begins: a round time of day where the window is of the clock."""
    low = times.numbers.min()
    if window.unit in ("", "s") or times.unit != "s":
        return low
    week = window.unit == "w"
    origin = 4 * DAY if week else low // DAY * DAY  # 1970-01-05 was a Monday
    width = SECONDS[window.unit] * window.number
    if not week and width > DAY:
        return origin
    return origin + (low - origin) // width * width


def _warnings(found: TimeSteps) -> list[str]:
    """Of steps with no edges or few."""
    sizes = np.bincount(found.step, minlength=found.num_steps)
    empty, few = np.flatnonzero(sizes == 0), int(((sizes > 0) & (sizes < FEW)).sum())
    lines = []
    if len(empty):
        some = ", ".join(map(str, empty[:5])) + (", ..." if len(empty) > 5 else "")
        have = "has" if len(empty) == 1 else "have"
        lines.append(
            f"{len(empty):,} of {found.num_steps:,} steps {have} no edges ({some}); fewer or wider "
            "ones, or --by count, would leave none"
        )
    if few and found.num_steps > 1:
        lines.append(
            f"{few:,} of {found.num_steps:,} steps have fewer than {FEW} edges each; fewer steps "
            "would say more"
        )
    return lines


def _one_time(times: Times, where: str) -> DataError:
    shown = times.show(times.numbers[0])
    return DataError(f"{where}: all edges have time {shown}, one step; use --steps 1")


def _different(numbers: Array) -> tuple[Array, Array]:
    """The different times, ascending, and the place of each row's among them."""
    import pandas as pd

    codes, found = pd.factorize(numbers)
    order = np.argsort(found)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return found[order], place[codes]


def _since(numbers: Array, start: Any) -> Array:
    """float64; integers are subtracted first, so that none loses digits."""
    since: Array = (numbers - start).astype(np.float64)
    return since


def _long(times: Times, width: float) -> str:
    """A width as a person reads it."""
    if times.unit == "s":
        for unit in ("d", "h", "min"):
            if width >= SECONDS[unit]:
                return f"{width / SECONDS[unit]:.4g} {unit}"
        return f"{width:.4g} s"
    return f"{width:g}"


def _extent(times: Times) -> dict[str, Any]:
    return {
        "first_time": times.numbers.min().item(),
        "last_time": times.numbers.max().item(),
        "different_times": len(_different(times.numbers)[0]),
        **_unit(times),
    }


def _unit(times: Times) -> dict[str, str]:
    """What the numbers of a rule count, where the file says it."""
    told = {"unit": times.unit, "written": times.written}
    told["first_time_shown"] = times.show(times.numbers.min()) if times.dates else ""
    return {key: value for key, value in told.items() if value}
