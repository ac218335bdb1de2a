"""How times become steps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import DoubtError, Doubts
from neurograph.graphs.io.time_steps import TimeSteps, to_steps
from neurograph.graphs.io.times import Times


def cut(times: list[float], unit: str = "", **how: Any) -> TimeSteps:
    """Steps of these times; doubts are errors."""
    doubts = Doubts()
    given = Times(numbers=np.array(times), unit=unit, dates=unit == "s")
    found = to_steps(given, where="e.txt", doubts=doubts, **how)
    doubts.settle()
    json.dumps(found.rule, allow_nan=False)
    return found


def steps(times: list[float], **how: Any) -> list[int]:
    found = cut(times, **how)
    assert found.step.min() >= 0
    assert found.step.max() < found.num_steps
    return found.step.tolist()


def test_few_integers_are_steps_in_their_order() -> None:
    assert steps([2013, 1999, 2013, 2004]) == [2, 0, 2, 1]


def test_spikenet_decimals_are_steps() -> None:
    decimals = [round(k / 26, 6) for k in range(27)]
    assert steps(decimals) == list(range(27))
    assert steps(decimals, steps=27) == list(range(27))


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([0.1, 0.25, 0.9, 0.1], "3 different times from 0.1 to 0.9"),
        (list(range(367)) * 20, "367 different times from 0 to 366"),
        (list(range(100)), "100 different times from 0 to 99"),
    ],
    ids=["uneven", "too many", "one edge each"],
)
def test_other_times_need_a_rule(times: list[float], shown: str) -> None:
    with pytest.raises(DoubtError) as error:
        steps(times)
    assert str(error.value).startswith(
        f"e.txt: {shown} are no steps (those are at most 366, integers or evenly spaced, with "
        "several edges each); group them with --steps K or --window WIDTH (a number, or 1h, "
        "1d, 1w if they are seconds); guess: "
    )


def test_equal_windows_keep_empty_ones() -> None:
    found = cut([10, 11, 19, 20], steps=5)
    assert found.step.tolist() == [0, 0, 4, 4]
    assert found.num_steps == 5
    assert found.rule == {
        "rule": "windows of equal width from 10 to 20: 5 of 2",
        "kind": "steps",
        "width": 2.0,
        "first_time": 10,
        "last_time": 20,
        "different_times": 4,
    }


def test_windows_begin_with_the_first_time() -> None:
    found = cut([125.0, 100.0, 159.9, 160.0], window=20)
    assert found.step.tolist() == [1, 0, 2, 3]
    assert found.rule["rule"] == "windows of 20 from 100.0 on: 4"


def test_nanoseconds_keep_their_digits() -> None:
    first = 1_700_000_000_000_000_000
    assert steps([first, first + 9, first + 10], window=10) == [0, 0, 1]


def test_one_time_is_one_step() -> None:
    assert steps([5, 5]) == [0, 0]
    assert steps([5, 5], steps=1) == [0, 0]
    assert steps([5, 5], window=3) == [0, 0]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"steps": 3, "window": 1.0}, "both --steps and --window are given; choose one"),
        ({"steps": 0}, "--steps is 0; needed at least 1"),
        ({"window": 0.0}, "--window is 0.0; needed a positive number"),
        ({"window": float("nan")}, "--window is nan; needed a positive number"),
        ({"window": 1e-6}, "e.txt: windows of 1e-06 make 8,000,001 steps, limit 32,767"),
    ],
)
def test_bad_rules(how: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        steps([1.0, 2.0, 9.0], **how)
    assert str(error.value).startswith(message)


def test_more_windows_than_times_of_one_kind() -> None:
    with pytest.raises(DataError, match=r"e.txt: all edges have time 5, one step; use --steps 1"):
        steps([5, 5], steps=2)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    times=st.lists(st.integers(-(2**40), 2**40), min_size=2, max_size=30, unique=True),
    count=st.integers(1, 40),
)
def test_equal_windows_against_exact_arithmetic(times: list[int], count: int) -> None:
    first, span = min(times), max(times) - min(times)
    want = [min((time - first) * count // span, count - 1) for time in times]
    assert steps(times, steps=count) == want


DAY = 86_400
MARCH = 1_299_974_400  # 2011-03-13, a Sunday


def many(times: list[float], each: int = 5) -> list[float]:
    return [time for time in times for _ in range(each)]


def test_years_close_up_or_keep_their_gaps() -> None:
    years = many([2001, 2002, 2003, 2005, 2006])
    closed = cut(years, unit="year")
    assert closed.num_steps == 5
    assert closed.notes[0] == ("1 of 6 steps has no edges (2004): closed; --keep-gaps keeps it")
    kept = cut(years, unit="year", keep_gaps=True)
    assert kept.num_steps == 6
    assert sorted(set(kept.step.tolist())) == [0, 1, 2, 4, 5]
    assert kept.rule["slots"] == [0, 1, 2, 4, 5]


def test_days_and_months_of_dates_are_steps() -> None:
    days = cut(many([MARCH + DAY * k for k in (0, 1, 2, 4)]), unit="s")
    assert days.num_steps == 4
    assert days.notes[0].startswith("1 of 5 steps has no edges (2011-03-16): closed")
    firsts = np.array(["2011-01", "2011-02", "2011-04"], "M8[M]").astype("M8[s]").astype(int)
    months = cut(many(firsts.tolist()), unit="s", keep_gaps=True)
    assert months.num_steps == 4
    assert sorted(set(months.step.tolist())) == [0, 1, 3]


def test_seconds_are_no_steps_and_the_guess_is_of_equal_counts() -> None:
    times = Times(numbers=MARCH + 487 * np.arange(899) % 99_991, unit="s", dates=True)
    doubts = Doubts(yes=True)
    found = to_steps(times, where="e.txt", doubts=doubts)
    assert doubts.settle() == ("11 steps of as many edges each (--steps 11 --by count)",)
    assert "899 different times from 2011-03-13 to 2011-03-1" in doubts.found[0].what
    assert found.num_steps == 11
    assert set(np.bincount(found.step).tolist()) <= {81, 82}


def test_moments_that_very_many_edges_share_are_steps() -> None:
    assert cut(many([MARCH + k for k in (7, 29, 61_234)], each=60), unit="s").num_steps == 3
    with pytest.raises(DoubtError):
        cut(many([MARCH + k for k in (7, 29, 61_234)], each=6), unit="s")


@settings(derandomize=True, max_examples=60, deadline=None)
@given(times=st.lists(st.integers(0, 30), min_size=2, max_size=80), data=st.data())
def test_equal_counts_keep_equal_times_together(times: list[int], data: st.DataObject) -> None:
    different = sorted(set(times))
    steps = data.draw(st.integers(1, len(different)))
    found = cut(times, steps=steps, by="count")
    of_time = {time: set(found.step[np.array(times) == time].tolist()) for time in different}
    assert all(len(where) == 1 for where in of_time.values())
    order = [min(of_time[time]) for time in different]
    assert order == sorted(order)
    assert set(order) == set(range(steps))
    begins = np.searchsorted(found.rule["first_times"], times, side="right") - 1
    assert begins.tolist() == found.step.tolist()  # so that later times can be cut alike


def test_equal_counts_are_as_equal_as_they_can_be() -> None:
    sizes = np.bincount(cut(list(range(100)), steps=8, by="count").step)
    assert sorted(sizes.tolist()) == [12] * 4 + [13] * 4
    assert steps([1, 1, 1, 1, 1, 1, 2, 3], steps=2, by="count") == [0] * 6 + [1, 1]


@pytest.mark.parametrize(
    ("window", "after", "want"),
    [
        ("1h", [0, 3599, 3600, 7205], [0, 0, 1, 2]),
        ("1d", [7 * 3600, 25 * 3600, 47 * 3600, 49 * 3600], [0, 1, 1, 2]),
        ("1w", [0, DAY, 8 * DAY], [0, 1, 2]),  # a Sunday, a Monday, the Monday after
        ("1M", [0, 18 * DAY, 19 * DAY, 60 * DAY], [0, 0, 1, 2]),
        ("1 year", [0, 293 * DAY, 294 * DAY], [0, 0, 1]),
        ("30min", [10 * 60, 29 * 60, 31 * 60], [0, 0, 1]),
        ("3600", [1800, 5399, 5400], [0, 0, 1]),
        (3600, [1800, 5399, 5400], [0, 0, 1]),
    ],
)
def test_windows_of_dates(window: str | float, after: list[int], want: list[int]) -> None:
    assert cut([MARCH + k for k in after], unit="s", window=window).step.tolist() == want


def test_a_rule_says_where_its_windows_begin() -> None:
    rule = cut([MARCH + 7 * 3600, MARCH + 2 * DAY], unit="s", window="1w").rule
    assert rule["rule"] == "windows of 1w from 2011-03-07 on: 2"
    assert (rule["start"], rule["first_time"]) == (MARCH - 6 * DAY, MARCH + 7 * 3600)
    assert (rule["width"], rule["width_unit"], rule["unit"]) == (1, "w", "s")


def test_windows_of_other_numbers() -> None:
    hours = cut([28_840, 28_860, 40_000], window="1h")
    assert hours.step.tolist() == [0, 0, 3]
    assert hours.notes[0].startswith("times are taken as seconds, for --window 1h says so")
    assert cut([1986, 1990, 1996], unit="year", window="5y").step.tolist() == [0, 0, 2]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"window": "1M"}, "e.txt: --window 1M is of the calendar, and the times from 1.0 to 9.0"),
        ({"window": "1h", "unit": "year"}, "e.txt: --window 1h, but the times are years"),
        ({"window": "soon"}, "--window is 'soon'; needed a width such as 30min, 1h"),
        ({"window": "0d"}, "--window is 0d; needed a positive number"),
        ({"window": "1.5M"}, "--window is 1.5M; needed a whole number of months"),
        ({"by": "count"}, "--by count says how --steps K are made; add --steps"),
        ({"by": "weight", "steps": 2}, "--by is 'weight'; needed one of width, count"),
        ({"steps": 4, "by": "count"}, "e.txt: 3 different times cannot make 4 steps"),
        ({"steps": 40_000}, "--steps is 40000; needed at least 1, limit 32,767"),
        ({"steps": 2, "keep_gaps": True}, "--keep-gaps is for times that are steps already"),
    ],
)
def test_more_bad_rules(how: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        cut([1.0, 2.5, 9.0], **how)
    assert str(error.value).startswith(message)


def test_empty_and_thin_steps_are_warned_of() -> None:
    notes = cut([0] * 20 + [9] * 3, steps=3).notes
    assert notes == (
        "1 of 3 steps has no edges (1); fewer or wider ones, or --by count, would leave none",
        "1 of 3 steps have fewer than 10 edges each; fewer steps would say more",
    )
