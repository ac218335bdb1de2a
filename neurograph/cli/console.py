"""What a person sees: tables, lines, what comes next; `progress` has bars with an ETA."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from neurograph.cli import failure
from neurograph.cli.progress import shown
from neurograph.cli.terminal import UNIT, Terminal

if TYPE_CHECKING:
    from neurograph.tasks import Task
    from neurograph.workflow.ui import Report

BEGAN = time.monotonic()  # as near the start of the command as it is known
out = Terminal()
err = Terminal(stderr=True)
FRAME = 3  # characters of a table's frame and of blanks, per column
JOINED = "\ue000"  # in the place of a space in a table's cell, where no line may end


class RichUi:
    """Progress on standard error, so that standard output can be piped.

    Attributes:
        again: the command that goes on with an interrupted one, as it is typed.
    """

    def __init__(self, again: str = "") -> None:
        self.again = again

    def say(self, text: str) -> None:
        """One line about what was done."""
        err.print(text, markup=False)

    def task(self, title: str) -> AbstractContextManager[Report]:
        """A bar with an ETA; plain lines every half minute where there is no terminal."""
        return shown(err, title)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; all but the first column flush right.

    No word is cut, and no number from its unit: where the terminal is too narrow for that, a row
    is a few lines.
    """
    texts = [[str(cell) for cell in row] for row in rows]
    cells = [[column, *(row[index] for row in texts)] for index, column in enumerate(columns)]
    widths = [max(len(word) for cell in column for word in _words(cell)) for column in cells]
    widths[0] = max(map(len, cells[0]))
    out.print(title, style="italic", markup=False)
    if sum(widths) + FRAME * len(widths) + 1 > out.width:
        _by_lines(columns, texts)
        return
    drawn = Table(header_style="bold")
    for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
        justify: JustifyMethod = "right" if index else "left"
        drawn.add_column(Text(column), justify=justify, no_wrap=not index, min_width=width)
    for row in texts:
        drawn.add_row(*(Text(UNIT.sub(JOINED, cell)) for cell in row))
    with out.capture() as lines:
        out.print(drawn)
    out.file.write(lines.get().replace(JOINED, " "))


def _words(cell: str) -> list[str]:
    """What is never cut; nothing, of an empty cell."""
    return [*UNIT.sub(JOINED, cell).split(), ""]


def _by_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A row as its first cell, then a line for each of the others."""
    for first, *others in rows:
        out.print(first, markup=False)
        for column, cell in zip(columns[1:], others, strict=True):
            out.print(f"  {column}: {cell}" if column else f"  {cell}", markup=False)


def waited() -> float:
    """Seconds since the command began."""
    return time.monotonic() - BEGAN


def typed(*words: object) -> str:
    """A command as it is typed."""
    return shlex.join(map(str, words))


def next_step(then: str) -> None:
    """The last line of a command: what comes after it, to be copied."""
    out.print(f"next: {then}", markup=False, soft_wrap=True)


def as_json(tree: Any) -> None:
    """Print a JSON value, for other programs; or keep it, within `gathered`."""
    if _gathered:
        _gathered[-1].append(tree)
        return
    failure.answered()
    out.print(json.dumps(tree, indent=2, allow_nan=False), markup=False, soft_wrap=True)


@contextmanager
def gathered() -> Iterator[list[Any]]:
    """The values that commands would print as JSON, of which another one makes one value."""
    _gathered.append([])
    try:
        yield _gathered[-1]
    finally:
        _gathered.pop()


_gathered: list[list[Any]] = []


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
