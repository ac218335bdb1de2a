"""Tidying up that a second Ctrl-C does not break off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT back while the block runs; it is heard when the block has ended."""
    if threading.current_thread() is not threading.main_thread():  # Python gives it no signals
        yield
        return
    pressed: list[int] = []

    def remember(number: int, _frame: Any) -> None:
        pressed.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
    if pressed:
        raise KeyboardInterrupt
