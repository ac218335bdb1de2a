"""What a column of times says."""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.times import Times, parse_times


def read(values: list[object], doubts: Doubts | None = None, *, day_first: bool = False) -> Times:
    column = np.array(values, object if isinstance(values[0], str) else None)
    return parse_times(
        column,
        day_first=day_first,
        where=lambda row: f"e.csv, line {row + 2}",
        doubts=Doubts() if doubts is None else doubts,
    )


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["2019-05-17 07:36:17", "2019-05-18"], ["2019-05-17 07:36:17", "2019-05-18"]),
        (["2019-05-17T07:36+02:00", "2019-05-17T07:36Z"], ["2019-05-17 05:36", "2019-05-17 07:36"]),
        (["17/05/2019", "06/05/2019 10:05"], ["2019-05-17", "2019-05-06 10:05"]),
        (["5/17/2019 7:36 PM", "5/6/2019 1:00 AM"], ["2019-05-17 19:36", "2019-05-06 01:00"]),
        (["2019-05", "2020-01"], ["2019-05-01", "2020-01-01"]),
        (["May 2019", "17 June 2019"], ["2019-05-01", "2019-06-17"]),
        (["17/05/99", "17/05/19"], ["1999-05-17", "2019-05-17"]),
        (["2019/05/17", " 2019/05/18 "], ["2019-05-17", "2019-05-18"]),
        ([1558078577, 1558078580], ["2019-05-17 07:36:17", "2019-05-17 07:36:20"]),
        ([1558078577000, 1558078580500], ["2019-05-17 07:36:17", "2019-05-17 07:36:20"]),
        ([1558078577000000], ["2019-05-17 07:36:17"]),
        ([1558078577000000000], ["2019-05-17 07:36:17"]),
        (["1558078577", "1558078580"], ["2019-05-17 07:36:17", "2019-05-17 07:36:20"]),
        ([20190517, 20190601], ["2019-05-17", "2019-06-01"]),
        ([201905, 201912], ["2019-05-01", "2019-12-01"]),
        ([20190517073617], ["2019-05-17 07:36:17"]),
    ],
)
def test_dates_as_anybody_writes_them(values: list[object], shown: list[str]) -> None:
    found = read(values)
    assert found.unit == "s"
    assert [found.show(number) for number in found.numbers] == shown


@pytest.mark.parametrize(
    ("values", "unit", "numbers"),
    [
        ([0, 1, 26], "", [0, 1, 26]),
        ([0.0, 1.0], "", [0, 1]),
        ([0.5, 1.0], "", [0.5, 1.0]),
        ([1986, 2016], "year", [1986, 2016]),
        (["1986", "2016"], "year", [1986, 2016]),
        ([20191517, 20190601], "", [20191517, 20190601]),
        (["07:36", "08:15:30"], "s", [27_360, 29_730]),
    ],
)
def test_numbers_stay(values: list[object], unit: str, numbers: list[float]) -> None:
    found = read(values)
    assert (found.unit, found.numbers.tolist(), found.dates) == (unit, numbers, False)


def test_binary_dates_are_dates() -> None:
    found = parse_times(
        np.array(["2019-05-17", "2019-05-18T12:00"], "M8[s]"), where=str, doubts=Doubts()
    )
    assert found.numbers.tolist() == [1558051200, 1558180800]


def test_the_order_of_day_and_month_is_asked_where_nothing_decides_it() -> None:
    doubts = Doubts(yes=True)
    assert read(["3/4/2019", "5/6/2019"], doubts).show(1551657600) == "2019-03-04"
    assert "does a date such as 3/4/2019 begin with the day" in doubts.found[0].what
    assert "--day-first" in doubts.found[0].option
    settled = Doubts()
    found = read(["3/4/2019", "5/6/2019"], settled, day_first=True)
    assert found.show(found.numbers[0]) == "2019-04-03"
    assert settled.found == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2019-05-17", "foo"], "e.csv, line 3: time 'foo' cannot be read; needed a number, or a"),
        (["2019-05-17", None], "e.csv, line 3: no time in this row; needed a number"),
        (["2019-02-30"], "e.csv, line 2: time '2019-02-30' cannot be read"),
        (["2019-05-17 07:36 PST"], "e.csv, line 2: time '2019-05-17 07:36 PST' cannot be read"),
        (["2019-05-17", "1558078577"], "e.csv, line 3: time '1558078577' cannot be read"),
        (["5", "7", "x"], "e.csv, line 4: time 'x' is no number, and most are; needed"),
        (["4 May"], "e.csv, line 2: time '4 May' cannot be read"),
        ([1.5, float("nan")], "e.csv, line 3: time 'nan' is not a finite number"),
        ([True, False], "e.csv, line 2: bool is no time"),
        (
            ["17/05/2019", "05/17/2019"],
            "e.csv, line 2 begins with the day, e.csv, line 3 with the month",
        ),
    ],
)
def test_bad_times_name_their_row(values: list[object], message: str) -> None:
    with pytest.raises(DataError) as error:
        read(values)
    assert str(error.value).startswith(message)


def test_day_first_against_a_month_above_twelve() -> None:
    with pytest.raises(DataError, match="line 3: the second number of a date is above 12"):
        read(["06/05/2019", "05/17/2019"], day_first=True)
