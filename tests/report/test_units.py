"""Numbers as people read them."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurograph.graphs import sampling as tree
from neurograph.report import svg, units


@pytest.mark.parametrize("module", [units, svg, tree])
def test_examples_in_docstrings(module) -> None:
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)


@given(st.floats(min_value=1e-21, max_value=1e11))
def test_a_quantity_reads_back_to_three_digits(value) -> None:
    digits, unit = units.quantity(value, "J").rsplit(units.GAP, 1)
    power = {"": 0} | {p: 3 * n for n, p in units._PREFIXES.items()}
    read = float(digits.replace(units.GAP, "")) * 10.0 ** power[unit.removesuffix("J")]
    assert read == pytest.approx(value, rel=5.1e-3)


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_a_share_is_never_rounded_to_all_or_nothing(share) -> None:
    assert units.percent(share) not in (units.percent(0.0), units.percent(1.0))
    assert not units.percent(share).startswith(("100", f"0{units.GAP}", "0.00"))


@given(st.floats(min_value=0, max_value=1e6), st.floats(min_value=1e-9, max_value=1e6))
def test_ticks_enclose_the_range_and_are_few(low, width) -> None:
    if low + width == low:
        return
    ticks = svg.nice_ticks(low, low + width)
    assert ticks[0] <= low * (1 + 1e-6)
    assert ticks[-1] >= (low + width) * (1 - 1e-6)
    assert 2 <= len(ticks) <= 8


def test_a_line_of_many_points_is_drawn_as_means_over_several() -> None:
    values = [float(n % 4) for n in range(1000)]
    values[3] = None
    drawn = str(line(values).drawing)
    path = re.search(r'<path class="line s0" d="([^"]*)"', drawn)
    assert path, drawn
    assert len(re.findall("[ML]", path[1])) == 200, "five values each"
    assert "step, means over 5" in drawn
    assert "highest 3" in drawn, "told of the values, not of the means"
    few = str(line([1.0, None, 3.0]).drawing)
    assert "means" not in few
    assert len(re.findall("M[0-9. ]+", re.search(r'd="(M[^"]*)"/><circle', few)[1])) == 2


def line(values: list[float | None]) -> svg.Chart:
    return svg.line_chart(
        [svg.Line(label="a", values=values, colour=0)],
        range(1, len(values) + 1),
        key="k",
        title="A line",
        x_label="step",
        y_label="how much",
        tick=units.number_tick,
    )
