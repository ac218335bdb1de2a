"""From times to steps 0..T-1, by a rule that the graph records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError

MOST_TIMES = 1000  # with more different times than this, a time is no step
EVEN = 0.01  # of the spacing: how far from an even grid rounded decimals may lie


@dataclass(frozen=True, eq=False)
class TimeSteps:
    """Steps of some times, and the rule that made them (JSON values).

    Attributes:
        step: int64 ``(E,)``, 0 to `num_steps` - 1.
    """

    step: Array
    num_steps: int
    rule: dict[str, Any]


def to_steps(times: Array, *, steps: int | None, window: float | None, where: str) -> TimeSteps:
    """Group times into steps.

    Without `steps` and `window`, each different time is one step. That is for times which are
    steps already: at most 1,000 different ones, and integers or evenly spaced (0.0, 0.0385,
    0.0769, ... as in SpikeNet's files). `steps` K makes K windows of equal width from the first
    time to the last; `window` makes windows of that width, in the unit of the times, from the
    first time on. A window with no edge stays as an empty step.

    Args:
        times: finite integers or floats ``(E,)``, in any order.
        where: the file, for errors.

    Raises:
        DataError: the times need a rule and none is given; both are; or the rule does not fit.
    """
    if steps is not None and window is not None:
        raise DataError("both --steps and --window are given; choose one")
    if steps is not None:
        return _equal_windows(times, steps, where)
    if window is not None:
        return _windows_of(times, window, where)
    different, step = np.unique(times, return_inverse=True)
    if len(different) > MOST_TIMES or not _are_steps(different):
        raise DataError(
            f"{where}: {len(different):,} different times from {different[0]} to {different[-1]} "
            f"are no steps (those are at most {MOST_TIMES:,}, integers or evenly spaced); "
            "group them with --steps K or --window SECONDS"
        )
    text = f"each different time is one step: {len(different)}"
    rule = {"rule": text, "kind": "distinct", "times": different.tolist()}
    return TimeSteps(step.reshape(-1), len(different), rule)


def _are_steps(different: Array) -> bool:
    if different.dtype.kind in "iu" or len(different) < 3:
        return True
    even = np.linspace(different[0], different[-1], len(different))
    return bool(np.abs(different - even).max() <= EVEN * (even[1] - even[0]))


def _equal_windows(times: Array, steps: int, where: str) -> TimeSteps:
    if steps < 1:
        raise DataError(f"--steps is {steps}; needed at least 1")
    since = _since_first(times)
    span = float(since.max())
    if span == 0 and steps > 1:
        raise DataError(f"{where}: all edges have time {times[0]}, one step; use --steps 1")
    step = np.minimum((since * steps / span).astype(np.int64), steps - 1) if span else since * 0
    text = (
        f"windows of equal width from {times.min()} to {times.max()}: {steps} of {span / steps:g}"
    )
    return TimeSteps(step.astype(np.int64), steps, _windows("steps", text, times, span / steps))


def _windows_of(times: Array, window: float, where: str) -> TimeSteps:
    if not (np.isfinite(window) and window > 0):
        raise DataError(f"--window is {window}; needed a positive number")
    step = _since_first(times) / window
    if (most := np.iinfo(np.int16).max) < step.max() + 1:
        raise DataError(
            f"{where}: windows of {window:g} make {step.max() + 1:,.0f} steps, limit {most:,}; "
            "use a wider --window"
        )
    count = int(step.max()) + 1
    text = f"windows of {window:g} from {times.min()} on: {count}"
    return TimeSteps(step.astype(np.int64), count, _windows("window", text, times, window))


def _since_first(times: Array) -> Array:
    """float64; integers are subtracted first, so that none loses digits."""
    since: Array = (times - times.min()).astype(np.float64)
    return since


def _windows(kind: str, text: str, times: Array, width: float) -> dict[str, Any]:
    first, last = times.min().item(), times.max().item()
    different = len(np.unique(times))
    return {
        "rule": text,
        "kind": kind,
        "width": float(width),
        "first_time": first,
        "last_time": last,
        "different_times": different,
    }
