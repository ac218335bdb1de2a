"""The width of a window of time, as it is typed: 1h, 30min, 1M, 3600."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from neurograph.core.errors import DataError

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
CALENDAR = ("M", "y")  # months and years: not all of one length
WORDS = {
    "s": ("s", "sec", "second"),
    "min": ("m", "min", "minute"),
    "h": ("h", "hour"),
    "d": ("d", "day"),
    "w": ("w", "week"),
    "M": ("mo", "month"),
    "y": ("y", "yr", "year"),
}
TYPED = re.compile(r"\s*([+-]?[0-9]*[.]?[0-9]+(?:e[+-]?[0-9]+)?|nan|inf)?\s*([A-Za-z]*)\s*")


@dataclass(frozen=True)
class Window:
    """A width.

    Attributes:
        number: how many of the unit, above 0.
        unit: "s", "min", "h", "d", "w", "M" (months), "y", or "" for the unit of the times.
    """

    number: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number:g}{self.unit}"

    @property
    def calendar(self) -> bool:
        return self.unit in CALENDAR

    @property
    def seconds(self) -> float:
        """In seconds; of a plain number, the number."""
        return self.number * SECONDS.get(self.unit, 1)


def parse_window(typed: str | float) -> Window:
    """A window as it is typed: 1h, 1d, 2w, 1M (months), 1y, 30min, 3600; a unit alone is one.

    Raises:
        DataError: it is none of these, or not above 0.
    """
    if not isinstance(typed, str):
        return _checked(Window(float(typed)), str(typed))
    found = TYPED.fullmatch(typed)
    if found is None or not any(found.groups()):
        raise _unreadable(typed)
    number, word = found.groups()
    unit = _unit(word, typed)
    return _checked(Window(float(number) if number else 1.0, unit), typed)


def _unit(word: str, typed: str) -> str:
    if not word or word == "M":
        return word
    single = word.lower()
    for unit, words in WORDS.items():
        if single in words or single.removesuffix("s") in words:
            return unit
    raise _unreadable(typed)


def _checked(window: Window, typed: str) -> Window:
    if not (np.isfinite(window.number) and window.number > 0):
        raise DataError(f"--window is {typed}; needed a positive number")
    if window.calendar and window.number % 1:
        raise DataError(f"--window is {typed}; needed a whole number of months or years")
    return window


def _unreadable(typed: str) -> DataError:
    return DataError(
        f"--window is '{typed}'; needed a width such as 30min, 1h, 1d, 1w, 1M (a month), 1y, or "
        "3600, a number of seconds or of whatever the times count"
    )
