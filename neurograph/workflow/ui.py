"""Where the progress of a command goes: nowhere, or a terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from neurograph.runtime.backends import Progress


class Ui(Protocol):
    """What a command tells while it works; `cli.console.RichUi` tells a terminal."""

    def say(self, text: str, /) -> None: ...
    def task(self, title: str, /) -> AbstractContextManager[Progress]: ...


class Silent:
    """Tells nobody."""

    def say(self, _text: str) -> None:
        """Drop it."""

    def task(self, _title: str) -> AbstractContextManager[Progress]:
        return nullcontext(lambda _done, _total: None)


SILENT = Silent()
