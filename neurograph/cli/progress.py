"""How far a piece of work is: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from neurograph.cli.terminal import folded
from neurograph.core.compiling import Compiling, watched

if TYPE_CHECKING:
    from rich.console import RenderableType

    from neurograph.cli.terminal import Terminal
    from neurograph.workflow.ui import Report

QUIET_SECONDS = 30.0  # between lines in a log
NARROW = 80  # characters of a terminal below which there are numbers alone
COMPILING = "compiling, once for this machine"


@contextmanager
def shown(terminal: Terminal, title: str) -> Iterator[Report]:
    """Show `title` and how far it is, until the block ends."""
    with (_bar if terminal.is_terminal else _lines)(terminal, title) as report:
        yield report


class Clock:
    """What is left, by the pace so far.

    What the first report waits for (imports, set-up) and what is compiled say nothing of the pace.
    """

    def __init__(self, compiling: Compiling) -> None:
        self.compiling, self.first = compiling, (0, 0.0)

    def left(self, done: int, total: int) -> float | None:
        """Seconds to go; None as long as there is no pace."""
        worked = time.monotonic() - self.compiling.seconds
        first, since = self.first
        if not since or done <= first:
            self.first = done, worked
            return None
        return (worked - since) / (done - first) * (total - done)


@contextmanager
def _lines(terminal: Terminal, title: str) -> Iterator[Report]:
    last = time.monotonic()
    noted = False

    def said() -> None:
        terminal.print(f"{title}: {COMPILING}", markup=False)

    with watched(said) as compiling:
        clock = Clock(compiling)

        def report(done: int, total: int, note: str = "") -> None:
            nonlocal last, noted
            now, left = time.monotonic(), clock.left(done, total)
            # of what has numbers to tell, the first and the last are always told
            due = now - last >= QUIET_SECONDS and done < total
            if not done or not (due or (note and (not noted or done >= total))):
                return
            last, noted = now, noted or bool(note)
            ahead = "" if left is None or done >= total else f", {left:,.0f} s to go"
            told = f": {note}" if note else ""
            terminal.print(f"{title}: {done:,} of {total:,}{ahead}{told}", markup=False)

        yield report


class _Noted(Progress):
    """A bar, and below it what there is to tell."""

    note = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.note:
            yield Text(folded(self.note, self.console.width))


@contextmanager
def _bar(terminal: Terminal, title: str) -> Iterator[Report]:
    columns: list[ProgressColumn] = [
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}", markup=False),
    ]
    if terminal.width >= NARROW:
        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            *columns,
        ]
    with _Noted(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task(title, total=None, left="")

        def said() -> None:
            bar.update(task, left=COMPILING)

        with watched(said) as compiling:
            clock = Clock(compiling)

            def report(done: int, total: int, note: str = "") -> None:
                left = clock.left(done, total)
                bar.note = note if terminal.width >= NARROW else f"{title}: {note}".rstrip(": ")
                told = "" if left is None else f"eta {_clock(left)}"
                bar.update(task, completed=done, total=total, left=told)

            yield report


def _clock(seconds: float) -> str:
    """As a bar writes what has passed.

    >>> _clock(3725.4)
    '1:02:05'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
