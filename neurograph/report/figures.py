"""Charts with what their legends name, and the labels of their axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from neurograph.report import svg, units


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing and the lines that its legend names."""

    drawing: Markup
    lines: Sequence[svg.Line]


def line_chart(
    lines: Sequence[svg.Line],
    xs: Sequence[int],
    *,
    key: str,
    title: str,
    x_label: str,
    y_label: str,
    tick: Callable[[float], str],
    from_zero: bool = True,
    x_tick: Callable[[int], str] = str,
) -> Chart:
    """`svg.line_chart` with its legend."""
    drawing = svg.line_chart(
        lines,
        xs,
        key=key,
        title=title,
        x_label=x_label,
        y_label=y_label,
        tick=tick,
        from_zero=from_zero,
        x_tick=x_tick,
    )
    return Chart(drawing=drawing, lines=lines)


def number_tick(value: float) -> str:
    return f"{value:g}"


def percent_tick(value: float) -> str:
    return f"{100 * value:.3g}{units.GAP}%"


def joules_tick(value: float) -> str:
    return units.quantity(value, "J") if value else "0"
