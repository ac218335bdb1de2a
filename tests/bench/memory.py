"""Peak memory of a process and of everything that it started."""

from __future__ import annotations

import contextlib
import threading
import time
from types import TracebackType

import psutil

EVERY_S = 0.05


class PeakMemory:
    """Samples, in a thread, the memory of this process and of all its descendants together.

    Counted is the proportional set size: a page that several processes map (forked copies, shared
    memory, files) counts once, in parts, so the sum over the tree is what the tree takes.

    Attributes:
        bytes: the largest sum seen, once the block is left.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            self.bytes = max(self.bytes, _tree_bytes())
            taken = time.perf_counter() - began
            # no more than a tenth of the time: a sample stops nobody, but costs the kernel work
            self._over.wait(max(EVERY_S - taken, 9 * taken))


def _tree_bytes() -> int:
    me = psutil.Process()
    total = 0
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it ended just now
            total += process.memory_full_info().pss
    return total
