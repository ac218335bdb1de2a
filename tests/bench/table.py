"""What every row of a benchmark's table is made of, and how seconds are taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

Row = dict[str, Any]
ROUNDS, LONG_S = 3, 10.0  # repeats; what takes longer is done once


def row(
    name: str, measured: float | str, unit: str, bar: float | None = None, sign: str = "<="
) -> Row:
    """A row whose bar, if any, is held where ``measured sign bar``; text where no number is."""
    if bar is None:
        return {"name": name, "measured": measured, "unit": unit, "bar": None, "held": None}
    held = {"<=": measured <= bar, ">=": measured >= bar, "=": measured == bar}[sign]
    text = f"{sign} {bar:g}"
    return {"name": name, "measured": measured, "unit": unit, "bar": text, "held": held}


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(*works: Callable[[], float]) -> tuple[float, ...]:
    """The median of what each returns, called in turns; one round where it takes long.

    Args:
        works: each does its work and returns the seconds that count.
    """
    rounds: list[Sequence[float]] = []
    while len(rounds) < ROUNDS:
        began = time.perf_counter()
        rounds.append([work() for work in works])
        if time.perf_counter() - began > LONG_S * len(works):
            break
    return tuple(map(median, zip(*rounds, strict=True)))
