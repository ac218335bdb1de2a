"""When numba compiles, and how long: work that waits for it is not slow, only late."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Compiling:
    """How long something has been compiled, in whatever threads, one within another."""

    def __init__(self) -> None:
        self._done, self._since, self._active = 0.0, 0.0, 0
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Wall time so far, that of now included."""
        with self._lock:
            return self._done + (time.monotonic() - self._since if self._active else 0.0)

    def begin(self) -> None:
        """Something is compiled from now on."""
        with self._lock:
            if not self._active:
                self._since = time.monotonic()
            self._active += 1

    def end(self) -> None:
        """One of those that began is compiled."""
        with self._lock:
            self._active -= 1
            if not self._active:
                self._done += time.monotonic() - self._since


@contextmanager
def watched(say: Callable[[], None]) -> Iterator[Compiling]:
    """Measure what is compiled until the block ends; `say` is called once, when it begins.

    Nothing is measured where numba is not imported yet: that takes a moment, for which most
    commands need not wait.
    """
    compiling = Compiling()
    if "numba" not in sys.modules:
        yield compiling
        return
    from numba.core import event

    said = False

    class Listener(event.Listener):
        def on_start(self, _event: object) -> None:
            nonlocal said
            compiling.begin()
            if not said:
                said = True
                say()

        def on_end(self, _event: object) -> None:
            compiling.end()

    with event.install_listener("numba:compile", Listener()):
        yield compiling
