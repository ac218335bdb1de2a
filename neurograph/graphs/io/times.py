"""The times of a file as numbers with a unit: dates as anybody writes them, epochs, years."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.periods import first_days

if TYPE_CHECKING:
    import pandas as pd

Where = Callable[[int], str]

DAY = 86_400
EPOCH = np.datetime64(0, "ns")
EARLY, LATE = 631_152_000, 2_840_140_800  # 1990 and 2060 in seconds: what an epoch lies between
PER_SECOND = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
YEARS = (1500, 2100)
MOSTLY = 0.5
DAY_MONTH = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?=$|[ T,])"
CLOCK = r"^\d{1,2}:\d{2}(:\d{2}([.]\d+)?)?$"
ZONE = r":\d{2}(?:[.,]\d+)? ?(?:Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)(?: |$)"
NAMED_ZONE = r":\d{2}.*\s(?!UTC$|GMT$|AM$|PM$)[A-Z]{2,5}$"  # who knows where EST is?
EXPECTED = (
    "needed a number, or a date such as 2011-03-13, 2011-03-13 07:36:17, 2011-03-13T07:36Z, "
    "2011-03, 2011-Q1, 13/03/2011 (with --day-first)"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Times:
    """When each row of a file happened.

    Attributes:
        numbers: int64 or float64 ``(rows,)``, finite.
        unit: of the numbers: "s" seconds, "year", or "" where the file does not say.
        dates: whether seconds count from 1970 (UTC), so that they are dates.
        written: how the file has them, e.g. "milliseconds since 1970"; empty for plain numbers.
    """

    numbers: Array
    unit: str = ""
    dates: bool = False
    written: str = ""

    def __post_init__(self) -> None:
        given = np.asarray(self.numbers)
        kind = np.int64 if given.dtype.kind in "iub" else np.float64
        object.__setattr__(self, "numbers", frozen(given, kind))

    def __len__(self) -> int:
        return len(self.numbers)

    def show(self, number: float) -> str:
        """A time as a person reads it: a date where these are dates, with as much as it needs."""
        if not self.dates:
            return str(np.asarray(number).item())
        when = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=float(number))
        if number % DAY == 0:
            return when.strftime("%Y-%m-%d")
        return when.strftime("%Y-%m-%d %H:%M" if number % 60 == 0 else "%Y-%m-%d %H:%M:%S")


def parse_times(values: Array, *, day_first: bool = False, where: Where, doubts: Doubts) -> Times:
    """What a column of times says.

    Dates and datetimes (ISO, with zones or without, day and month and year, names of months),
    and integers that are seconds, milliseconds, microseconds or nanoseconds since 1970, become
    seconds since 1970 in UTC. So do 20110313, 201103 and 20110313073617. Years stay years, and
    other numbers as they are.

    Args:
        values: ``(rows,)``: numbers, datetime64, or objects of text with None where nothing is.
        day_first: 13/03/2011 is a day, a month, a year; 03/04/2011 is in April.
        where: row to words for an error.
        doubts: asked where the order of day and month is open.

    Raises:
        DataError: a row has no time, or one that cannot be read.
    """
    if values.dtype.kind == "M":
        return _of_dates(values.astype("datetime64[ns]"), values, where, "dates")
    if values.dtype.kind in "iuf":
        return _of_numbers(values, where, doubts)
    if values.dtype.kind not in "OU":
        raise DataError(f"{where(0)}: {values.dtype} is no time; {EXPECTED}")
    return _of_texts(values.astype(object), day_first, where, doubts)


def _of_numbers(values: Array, where: Where, doubts: Doubts) -> Times:
    finite = np.isfinite(values)
    if not finite.all():
        row = int(np.argmin(finite))
        raise DataError(f"{where(row)}: time '{values[row]}' is not a finite number")
    if values.dtype.kind == "f" and (np.abs(values) < 1 << 53).all():
        whole = values.astype(np.int64)
        values = whole if (whole == values).all() else values
    low, high = values.min(), values.max()
    for name, scale in PER_SECOND.items():
        if EARLY * scale <= low and high < LATE * scale:
            seconds = _divided(values, scale)
            return Times(numbers=seconds, unit="s", dates=True, written=f"{name} since 1970")
    if values.dtype.kind in "iu":
        if YEARS[0] <= low and high <= YEARS[1]:
            return Times(numbers=values, unit="year", written="years")
        if (dates := _digits(values, int(low), int(high))) is not None:
            return _of_dates(dates, values, where, "dates written as digits")
    _ask_about_units(values, where, doubts)
    return Times(numbers=values)


def _ask_about_units(values: Array, where: Where, doubts: Doubts) -> None:
    """Ask where most numbers are seconds since 1970, or parts of them, and some are not."""
    for name, scale in PER_SECOND.items():
        since = (EARLY * scale <= values) & (values < LATE * scale)
        if MOSTLY <= since.mean() < 1:
            row = int(np.argmin(since))
            doubts.ask(
                f"{where(row)}: time {values[row]} is not as most are, which look like {name} "
                "since 1970",
                "all are plain numbers",
                "--yes; else write such times as the others, or take their rows out of the file",
            )
            return


def _divided(values: Array, scale: int) -> Array:
    """Integers where nothing is lost."""
    if values.dtype.kind in "iu" and not (values % scale).any():
        return values // scale
    return values if scale == 1 else values / scale


def _digits(values: Array, low: int, high: int) -> Array | None:
    """Dates that are written as integers (20110313), or None: any other integer is none."""
    forms = {6: "%Y%m", 8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
    length = len(str(low))
    if len(str(high)) != length or length not in forms or low // 10 ** (length - 4) < 1900:
        return None
    if high // 10 ** (length - 4) > 2060:
        return None
    import pandas as pd

    codes, different = pd.factorize(values)
    texts = pd.Series(different).astype(str)
    dates = pd.to_datetime(texts, format=forms[length], errors="coerce")
    if dates.isna().any():
        return None
    return np.asarray(dates.to_numpy().astype("datetime64[ns]")[codes])


def _of_texts(values: Array, day_first: bool, where: Where, doubts: Doubts) -> Times:
    import pandas as pd

    codes, different = pd.factorize(values)  # each different text is read once
    if (codes < 0).any():
        raise DataError(f"{where(int(np.argmax(codes < 0)))}: no time in this row; {EXPECTED}")
    texts = pd.Series(different, dtype=object)
    if (numbers := _numbers(texts, values, codes, where)) is not None:
        return _of_numbers(numbers[codes], where, doubts)
    texts = first_days(texts)
    _ask_about_zones(texts, codes, where, doubts)
    dates = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    naive = dates.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    if (rest := np.isnat(naive)).any():
        odd = texts[rest].str.strip()
        if rest.all() and odd.str.match(CLOCK).all():
            return _of_clock(odd, codes)
        naive[rest] = _dates(_year_first(odd, codes, day_first, where, doubts))
    return _of_dates(naive[codes], values, where, "dates")


def _ask_about_zones(texts: pd.Series[str], codes: Array, where: Where, doubts: Doubts) -> None:
    """Ask where some times of a day have a zone, and others have none."""
    if _of_one_kind(texts):
        return
    clock = texts.str.contains(r"\d:\d\d", regex=True)
    zoned = texts.str.contains(ZONE, regex=True)
    if (clock & zoned).any() and (bare := clock & ~zoned).any():
        row = int(np.argmax(bare.to_numpy()[codes]))
        doubts.ask(
            f"{where(row)}: no zone, and other times have one",
            "times without a zone are UTC",
            "--yes; else write a zone behind each, as in 2011-03-13T07:36+01:00",
        )


def _of_one_kind(texts: pd.Series[str]) -> bool:
    """Whether all are ISO dates without a zone, or with the same one: a fast look."""
    import pandas as pd

    with warnings.catch_warnings(), contextlib.suppress(ValueError):
        warnings.simplefilter("ignore")  # pandas 2 warns of a mixture, and gives objects
        return pd.to_datetime(texts, format="ISO8601").dtype != object
    return False


def _numbers(texts: pd.Series[str], values: Array, codes: Array, where: Where) -> Array | None:
    """The numbers that texts are; None where they are dates.

    Raises:
        DataError: most are numbers, and one is not.
    """
    import pandas as pd

    if pd.to_numeric(texts[:1000], errors="coerce").isna().mean() >= MOSTLY:
        return None
    numbers = pd.to_numeric(texts, errors="coerce")
    if not (odd := numbers.isna()).any():
        return numbers.to_numpy()
    if odd.mean() >= MOSTLY:
        return None
    row = int(np.argmax(odd.to_numpy()[codes]))
    raise DataError(f"{where(row)}: time '{values[row]}' is no number, and most are; {EXPECTED}")


def _of_clock(texts: pd.Series[str], codes: Array) -> Times:
    """07:36 and 07:36:17: seconds since midnight."""
    import pandas as pd

    passed = pd.to_timedelta(texts.str.replace(r"^(\d+:\d+)$", r"\1:00", regex=True))
    seconds = passed.dt.total_seconds().to_numpy()[codes]
    return Times(numbers=_whole(seconds), unit="s", written="times of a day")


def _year_first(
    texts: pd.Series[str], codes: Array, day_first: bool, where: Where, doubts: Doubts
) -> pd.Series[str]:
    """13/03/2011 as 2011-03-13, whatever the order; other texts stay."""
    parts = texts.str.extract(DAY_MONTH)
    some = parts[0].notna()
    if not some.any():
        return texts
    first, second = (parts.loc[some, i].astype(int) for i in (0, 1))
    if day_first and (second > 12).any():
        row = int(np.argmax(codes == second.index[second > 12][0]))
        raise DataError(
            f"{where(row)}: the second number of a date is above 12, so it is no month; leave "
            "out --day-first"
        )
    begins = day_first or bool((first > 12).any())
    if begins and (second > 12).any():
        rows = [int(np.argmax(codes == x.index[x > 12][0])) for x in (first, second)]
        raise DataError(
            f"{where(rows[0])} begins with the day, {where(rows[1])} with the month; {EXPECTED}"
        )
    if not begins and not (second > 12).any():
        example = str(texts.iloc[int(np.argmax(some))])
        begins = "." in example  # 3.4.2011 is written where days come first
        guess = "the day" if begins else "the month"
        doubts.ask(
            f"{where(0)}: does a date such as {example} begin with the day or the month? No date "
            "of the file decides it",
            f"{guess} comes first",
            "--day-first"
            if begins
            else "dates as 2011-03-13 would leave no doubt; for the day: --day-first",
        )
    year = parts[2].where(parts[2].str.len() != 2, _century(parts[2]))
    middle, last = (parts[1], parts[0]) if begins else (parts[0], parts[1])
    rest = texts.str.replace(DAY_MONTH, "", regex=True)
    dates: pd.Series[str] = texts.where(~some, year + "-" + middle + "-" + last + rest)
    return dates


def _century(years: pd.Series[str]) -> pd.Series[str]:
    """Two digits as POSIX reads them: 69 to 99 are of the last century."""
    old = years.str.match(r"^(69|[789]\d)$", na=False)
    whole: pd.Series[str] = ("19" + years).where(old, "20" + years)
    return whole


def _dates(texts: pd.Series[str]) -> Array:
    """datetime64[ns] in UTC, NaT for what is no date."""
    import pandas as pd

    # a date without a year, or with the name of a zone, would be guessed
    dated = texts.str.contains(r"\d{4}|\d-[A-Za-z]{3}-\d\d") & ~texts.str.fullmatch(r"\d+")
    sure = texts.where(dated & ~texts.str.contains(NAMED_ZONE), "")
    found = pd.to_datetime(sure, format="ISO8601", utc=True, errors="coerce")
    if (rest := found.isna()).any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            more = pd.to_datetime(sure[rest], format="mixed", utc=True, errors="coerce")
        found = found.astype("datetime64[ns, UTC]")
        found[rest] = more.astype("datetime64[ns, UTC]")
    return np.asarray(found.dt.tz_localize(None).to_numpy().astype("datetime64[ns]"))


def _of_dates(dates: Array, values: Array, where: Where, written: str) -> Times:
    if (bad := np.isnat(dates)).any():
        row = int(np.argmax(bad))
        raise DataError(f"{where(row)}: time '{values[row]}' cannot be read; {EXPECTED}")
    since = (dates - EPOCH).astype(np.int64)
    return Times(numbers=_divided(since, 10**9), unit="s", dates=True, written=written)


def _whole(values: Array) -> Array:
    return values.astype(np.int64) if (values % 1 == 0).all() else values


def numbers_but_few(values: Array, where: Where) -> Array:
    """The column as it is; where most of its texts are numbers, all have to be.

    Raises:
        DataError: one of them is none; names its row.
    """
    if values.dtype.kind != "O":
        return values
    import pandas as pd

    bad = pd.to_numeric(pd.Series(values), errors="coerce").isna().to_numpy()
    if 0 < bad.sum() <= len(values) / 2:
        row = int(np.argmax(bad))
        if values[row] is not None:
            raise DataError(f"{where(row)}: time '{values[row]}' is not a finite number")
    return values
