"""Quarters and weeks of a year, as dates of their first day."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PROBES = 100  # texts that are looked at before all
QUARTER = re.compile(
    r"(?P<year>\d{4})[- /]?Q(?P<quarter>[1-4])|Q([1-4])[- /]?(\d{4})", re.IGNORECASE
)
WEEK = re.compile(r"(\d{4})[- ]?W(\d{1,2})", re.IGNORECASE)


def first_days(texts: pd.Series[str]) -> pd.Series[str]:
    """2011-Q2 as 2011-04-01, 2011-W05 as its Monday; other texts stay."""
    some = (text.strip() for text in texts[:PROBES])
    if not any(QUARTER.fullmatch(text) or WEEK.fullmatch(text) for text in some):
        return texts
    return texts.map(_first_day)


def _first_day(text: str) -> str:
    plain = text.strip()
    if found := QUARTER.fullmatch(plain):
        year, quarter = found["year"] or found[4], found["quarter"] or found[3]
        return f"{year}-{3 * int(quarter) - 2:02d}-01"
    if found := WEEK.fullmatch(plain):
        try:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1).isoformat()
        except ValueError:  # a week 60, to be named as it stands
            return text
    return text
