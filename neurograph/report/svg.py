"""The charts of a report, as small inline SVG that takes its colours from the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from neurograph.arrays import Array

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 10, 40


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a chart; a gap where a value is None. `colour` numbers the page's palette."""

    label: str
    values: Sequence[float | None]
    colour: int
    dashed: bool = False


def line_chart(
    lines: Sequence[Line],
    xs: Sequence[int],
    *,
    key: str,
    title: str,
    x_label: str,
    y_label: str,
    tick: Callable[[float], str],
    from_zero: bool = True,
) -> Markup:
    """Lines over whole numbers `xs`. `key` makes the ids of title and description unique."""
    values = [v for line in lines for v in line.values if v is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    y_ticks = nice_ticks(0.0 if from_zero else low, high)
    x_ticks = whole_ticks(xs)
    x0, x1, y0, y1 = xs[0], xs[-1], y_ticks[0], y_ticks[-1]

    def x_at(x: float) -> float:
        share = (x - x0) / (x1 - x0) if x1 > x0 else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y_at(y: float) -> float:
        return HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP)

    marks = [
        f'<path class="grid" d="M{LEFT} {y_at(y):.1f}H{WIDTH - RIGHT}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y_at(y) + 4:.1f}" text-anchor="end">'
        f"{escape(tick(y))}</text>"
        for y in y_ticks
    ]
    marks += [
        f'<text class="tick" x="{x_at(x):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">'
        f"{x}</text>"
        for x in x_ticks
    ]
    marks += [
        f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 4}" '
        f'text-anchor="middle">{escape(x_label)}</text>'
    ]
    for line in lines:
        points = [
            None if y is None else (x_at(x), y_at(y)) for x, y in zip(xs, line.values, strict=True)
        ]
        marks.append(_polyline(points, line))
    described = f"{y_label} against {x_label}: " + "; ".join(map(_describe(tick), lines))
    return _figure("".join(marks), key=key, title=title, description=described, box=(WIDTH, HEIGHT))


def _polyline(points: Sequence[tuple[float, float] | None], line: Line) -> str:
    path, pen_down = [], False
    for point in points:
        if point is not None:
            path.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = point is not None
    style = f"line s{line.colour}{' dashed' if line.dashed else ''}"
    drawn = f'<path class="{style}" d="{"".join(path)}"/>'
    if line.dashed or len(points) > 40:  # dots help where points are few
        return drawn
    return drawn + "".join(
        f'<circle class="dot s{line.colour}" cx="{p[0]:.1f}" cy="{p[1]:.1f}" r="2.2"/>'
        for p in points
        if p is not None
    )


def _describe(tick: Callable[[float], str]) -> Callable[[Line], str]:
    def describe(line: Line) -> str:
        known = [v for v in line.values if v is not None]
        if not known:
            return f"{line.label} has no values"
        return (
            f"{line.label} from {tick(known[0])} to {tick(known[-1])}, highest {tick(max(known))}"
        )

    return describe


def interval_bar(interval: Mapping[str, float], top: float, *, title: str) -> Markup:
    """A bar from 0 to typical with a whisker from low to high, full width at `top`."""
    scale = 100.0 / top if top > 0 else 0.0
    low, typical, high = (interval[end] * scale for end in ("low", "typical", "high"))
    return Markup(
        '<svg class="bar" viewBox="0 0 100 14" preserveAspectRatio="none" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect class="fill" x="0" y="2" width="{typical:.2f}" height="10"/>'
        f'<path class="whisker" d="M{low:.2f} 7H{high:.2f}M{low:.2f} 3.5V10.5'
        f'M{high:.2f} 3.5V10.5"/></svg>'
    )


def raster(spikes: Array, *, key: str, title: str, colour: int) -> Markup:
    """Spikes bool ``(updates, channels)``: time runs right, channels run down.

    The picture stretches to its box, which the page sets to whole pixels per channel.
    """
    updates, channels = spikes.shape
    path = "".join(_runs(spikes))
    described = (
        f"{int(spikes.sum())} spikes of {channels} neurons in {updates} updates, "
        f"{float(spikes.mean()):.1%} of the neuron updates"
    )
    return _figure(
        f'<path class="spikes s{colour}" d="{path}"/>',
        key=key,
        title=title,
        description=described,
        box=(updates, channels),
        stretch=True,
    )


def _runs(spikes: Array) -> list[str]:
    """A closed rectangle for every uninterrupted run of spikes of a neuron."""
    edges = np.diff(np.pad(spikes.T.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, stops = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [
        f"M{start} {channel}h{stop - start}v1H{start}z"
        for (channel, start), (_, stop) in zip(starts.tolist(), stops.tolist(), strict=True)
    ]


def core_map(total: int, cores: int, copies: int, *, key: str) -> Markup:
    """A chip's cores as squares: the first copy strong, further copies in two tints, free ones."""
    columns = 16 if total >= 16 else total
    rows = math.ceil(total / columns)
    squares = []
    for core in range(total):
        copy = core // cores if cores else copies
        use = "free" if copy >= copies else "first" if copy == 0 else ("even", "odd")[copy % 2]
        x, y = core % columns * 10 + 1, core // columns * 10 + 1
        squares.append(f'<rect class="core {use}" x="{x}" y="{y}" width="8" height="8" rx="1.5"/>')
    used = min(cores * copies, total)
    return _figure(
        "".join(squares),
        key=key,
        title=f"{used} of {total} cores in use",
        description=f"{copies} copies of {cores} cores each; {total - used} cores are free.",
        box=(columns * 10, rows * 10),
    )


def _figure(
    body: str,
    *,
    key: str,
    title: str,
    description: str,
    box: tuple[int, int],
    stretch: bool = False,
) -> Markup:
    fit = ' preserveAspectRatio="none"' if stretch else ""
    return Markup(
        f'<svg viewBox="0 0 {box[0]} {box[1]}"{fit} role="img" '
        f'aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>{body}</svg>'
    )


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """About `wanted` round numbers that enclose ``low..high``; at least two.

    >>> nice_ticks(0, 0.33)
    [0.0, 0.1, 0.2, 0.3, 0.4]
    """
    if high <= low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def whole_ticks(xs: Sequence[int], wanted: int = 9) -> list[int]:
    """At most about `wanted` of `xs`: the first, and multiples of a round step.

    >>> whole_ticks(range(1, 28))
    [1, 5, 10, 15, 20, 25]
    """
    if len(xs) <= wanted:
        return list(xs)
    step = next(
        m * 10**power
        for power in range(10)
        for m in (1, 2, 5)
        if len(xs) / (m * 10**power) <= wanted
    )
    rest = [x for x in xs if x % step == 0 and x - xs[0] > step / 2]
    return [xs[0], *rest]
