"""The charts of a report, as small inline SVG that takes its colours from the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup, escape

from neurograph.core.arrays import Array

COLOURS = 6  # of the page's palette
WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 10, 40  # at least, on the left
POINTS = 200  # of a line, at most
DIGIT = 8.4  # width of one in a label, as large as it is on a narrow screen
DOTTED = 40  # points up to which a line has a dot at each


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a chart; a gap where a value is None. `colour` numbers the page's palette."""

    label: str
    values: Sequence[float | None]
    colour: int
    dashed: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing and the lines that its legend names."""

    drawing: Markup
    lines: Sequence[Line]


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
    x_tick: Callable[[int], str] = str,
) -> Chart:
    """Lines over whole numbers `xs`. `key` makes the ids of title and description unique.

    Where there are more of them than a line has room for, means over several are drawn.
    """
    each = -(-len(xs) // POINTS)
    thin, at = [_means(line, each) for line in lines], [xs[n] for n in range(0, len(xs), each)]
    values = [v for line in thin for v in line.values if v is not None] or [0.0, 1.0]
    y_ticks = nice_ticks(0.0 if from_zero else min(values), max(values))
    left = max(LEFT, *(math.ceil(len(tick(y)) * DIGIT) + 8 for y in y_ticks))
    axes = _Axes(x=(xs[0], xs[-1]), y=(y_ticks[0], y_ticks[-1]), left=left)
    body = (
        *(axes.rule(y, tick(y)) for y in y_ticks),
        *(axes.step(x, x_tick(x)) for x in whole_ticks(xs)),
        f'<text x="{(left + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">'
        f"{escape(x_label if each == 1 else f'{x_label}, means over {each}')}</text>",
        *(axes.draw(line, at) for line in thin),
    )
    described = "; ".join(_describe(line, tick) for line in lines)
    drawing = figure(
        "".join(body),
        key=key,
        title=title,
        description=f"{y_label} against {x_label}: {described}",
        box=(WIDTH, HEIGHT),
    )
    return Chart(drawing=drawing, lines=lines)


def _means(line: Line, each: int) -> Line:
    """The line with a mean for every `each` of its values; that of missing ones is missing."""
    if each == 1:
        return line
    parts = [line.values[n : n + each] for n in range(0, len(line.values), each)]
    known = [[v for v in part if v is not None] for part in parts]
    return replace(line, values=[sum(part) / len(part) if part else None for part in known])


@dataclass(frozen=True, kw_only=True)
class _Axes:
    """Where values lie in the drawing; `x` and `y` are the ranges shown, right of `left`."""

    x: tuple[float, float]
    y: tuple[float, float]
    left: int

    def x_at(self, x: float) -> float:
        first, last = self.x
        share = (x - first) / (last - first) if last > first else 0.5
        return self.left + share * (WIDTH - self.left - RIGHT)

    def y_at(self, y: float) -> float:
        low, high = self.y
        return HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    def rule(self, y: float, label: str) -> str:
        at = self.y_at(y)
        return (
            f'<path class="grid" d="M{self.left} {at:.1f}H{WIDTH - RIGHT}"/>'
            f'<text x="{self.left - 6}" y="{at + 4:.1f}" text-anchor="end">{escape(label)}</text>'
        )

    def step(self, x: int, label: str) -> str:
        at, below = self.x_at(x), HEIGHT - BOTTOM + 16
        inside = at + len(label) * DIGIT / 2 <= WIDTH
        at, anchor = (at, "middle") if inside else (WIDTH, "end")
        return f'<text x="{at:.1f}" y="{below}" text-anchor="{anchor}">{escape(label)}</text>'

    def draw(self, line: Line, xs: Sequence[int]) -> str:
        """The line, with dots where points are few; a missing value lifts the pen."""
        path, dots, pen = [], [], "M"
        for x, y in zip(xs, line.values, strict=True):
            if y is None:
                pen = "M"
                continue
            at = self.x_at(x), self.y_at(y)
            path.append(f"{pen}{at[0]:.1f} {at[1]:.1f}")
            dots.append(
                f'<circle class="dot s{line.colour}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="2.2"/>'
            )
            pen = "L"
        style = f"line s{line.colour}{' dashed' if line.dashed else ''}"
        drawn = f'<path class="{style}" d="{"".join(path)}"/>'
        return drawn if line.dashed or len(xs) > DOTTED else drawn + "".join(dots)


def _describe(line: Line, tick: Callable[[float], str]) -> str:
    known = [v for v in line.values if v is not None]
    if not known:
        return f"{line.label} has no values"
    first, last, highest = tick(known[0]), tick(known[-1]), tick(max(known))
    return f"{line.label} from {first} to {last}, highest {highest}"


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
    return figure(
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


def figure(
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
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


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
