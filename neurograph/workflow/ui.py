"""Where the progress of a command goes: nowhere, or a terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Report(Protocol):
    """Told how far a piece of work is.

    Args:
        done: of `total`, whatever the task counts.
        note: numbers that tell how it goes, in a line.
    """

    def __call__(self, done: int, total: int, note: str = "", /) -> None: ...


class Ui(Protocol):
    """What a command tells while it works; `cli.console.RichUi` tells a terminal.

    Attributes:
        again: what is called, or typed, to go on with the work where it was interrupted.
    """

    @property
    def again(self) -> str: ...
    def say(self, text: str, /) -> None: ...
    def task(self, title: str, /) -> AbstractContextManager[Report]: ...


class Silent:
    """Tells nobody."""

    again = "the same with resume=True"

    def say(self, _text: str) -> None:
        """Drop it."""

    def task(self, _title: str) -> AbstractContextManager[Report]:
        return nullcontext(_unheard)


def _unheard(_done: int, _total: int, _note: str = "", /) -> None:
    """Of nobody's interest."""


SILENT = Silent()
