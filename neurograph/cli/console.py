"""What a person sees: progress bars with an ETA, tables, one-line errors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, JustifyMethod
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from neurograph.runtime.backends import Progress as Report

if TYPE_CHECKING:
    from neurograph.tasks import Task

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)
FRAME = 3  # characters of a table's frame and of blanks, per column
QUIET_SECONDS = 30.0  # between progress lines where standard error is not a terminal


class RichUi:
    """Progress on standard error, so that standard output can be piped."""

    def say(self, text: str) -> None:
        """One line about what was done."""
        err.print(text, markup=False)

    @contextmanager
    def task(self, title: str) -> Iterator[Report]:
        """A bar with an ETA; plain lines every half minute where there is no terminal."""
        if not err.is_terminal:
            yield _lines(title)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("eta"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(title: str) -> Report:
    start = last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done and done < total and now - last >= QUIET_SECONDS:
            last = now
            eta = (now - start) / done * (total - done)
            err.print(f"{title}: {done:,} of {total:,}, {eta:,.0f} s to go", markup=False)

    return report


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; all but the first column flush right.

    No word and no number is cut: where the terminal is too narrow for that, a row is a few lines.
    """
    texts = [[str(cell) for cell in row] for row in rows]
    cells = [[column, *(row[index] for row in texts)] for index, column in enumerate(columns)]
    words = [max(len(word) for cell in column for word in [*cell.split(), ""]) for column in cells]
    words[0] = max(map(len, cells[0]))
    if sum(words) + FRAME * len(words) + 1 > out.width:
        _by_lines(title, columns, texts)
        return
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for index, (column, width) in enumerate(zip(columns, words, strict=True)):
        justify: JustifyMethod = "right" if index else "left"
        drawn.add_column(column, justify=justify, no_wrap=not index, min_width=width)
    for row in texts:
        drawn.add_row(*row)
    out.print(drawn)


def _by_lines(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A row as its first cell, then a line for each of the others."""
    out.print(title, style="italic", markup=False)
    for first, *others in rows:
        out.print(first, markup=False)
        for column, cell in zip(columns[1:], others, strict=True):
            out.print(f"  {column}: {cell}" if column else f"  {cell}", markup=False)


def as_json(tree: object) -> None:
    """Print a JSON value, for other programs."""
    out.print(json.dumps(tree, indent=2, allow_nan=False), markup=False, soft_wrap=True)


def percent(share: float | None, digits: int = 2) -> str:
    """A share as a percentage, or a dash where there is none."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def scores(task: Task, found: Mapping[str, float | None]) -> str:
    """The scores of a task in one line."""
    return ", ".join(f"{s.title} {s.shown(found[s.name])}" for s in task.scores)


def amount(value: float, unit: str) -> str:
    """A number in its own unit, with thousands separators."""
    return f"{value:,.6g} {unit}"


def si(value: float, unit: str, digits: int = 3) -> str:
    """A small quantity with its SI prefix, in significant digits.

    >>> si(2.36e-11, "J"), si(0.0, "J"), si(0.0021, "s")
    ('23.6 pJ', '0 J', '2.1 ms')
    """
    if value == 0:
        return f"0 {unit}"
    prefixes = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))
    factor, prefix = next((p for p in prefixes if abs(value) >= p[0]), prefixes[-1])
    return f"{value / factor:.{digits}g} {prefix}{unit}"
