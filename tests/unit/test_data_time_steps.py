"""How times become steps."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.core.errors import DataError
from neurograph.graphs.io.time_steps import to_steps


def steps(times: list[float], **how: float | None) -> list[int]:
    found = to_steps(np.array(times), where="e.txt", **{"steps": None, "window": None, **how})
    json.dumps(found.rule, allow_nan=False)
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
        (list(range(1001)), "1,001 different times from 0 to 1000"),
    ],
    ids=["uneven", "too many"],
)
def test_other_times_need_a_rule(times: list[float], shown: str) -> None:
    with pytest.raises(DataError) as error:
        steps(times)
    assert str(error.value) == (
        f"e.txt: {shown} are no steps (those are at most 1,000, integers or evenly spaced); "
        "group them with --steps K or --window SECONDS"
    )


def test_equal_windows_keep_empty_ones() -> None:
    found = to_steps(np.array([10, 11, 19, 20]), steps=5, window=None, where="e.txt")
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
    found = to_steps(np.array([125.0, 100.0, 159.9, 160.0]), steps=None, window=20, where="e.txt")
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
def test_bad_rules(how: dict[str, float], message: str) -> None:
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
