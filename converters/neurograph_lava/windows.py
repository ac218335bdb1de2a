"""When a Lava process is awake, and the files that one batch after the other goes into."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from neurograph.core.arrays import Array

WAIT_S = 0.002  # between two looks for a file that is not there yet


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The time steps in which a process is awake; a neuron starts anew in each window.

    Outside its windows a neuron takes what arrives and stays silent, so that no bias, decay or
    late spike of one window reaches the next. Without arguments: one window that never ends.

    Attributes:
        first: time step (Lava counts from 1) in which the first window begins.
        length: time steps of a window; None: without end.
        period: time steps from the beginning of one window to that of the next, at least `length`;
            None: there is one window.
        count: number of windows; None: without end.
    """

    first: int = 1
    length: int | None = None
    period: int | None = None
    count: int | None = None

    def at(self, time_step: int) -> tuple[int, int] | None:
        """Window and update within it at a time step; None while asleep."""
        since = time_step - self.first
        if since < 0:
            return None
        window, update = divmod(since, self.period) if self.period else (0, since)
        ended = self.count is not None and window >= self.count
        return (
            None
            if ended or (self.length is not None and update >= self.length)
            else (window, update)
        )

    def is_last(self, update: int) -> bool:
        """Whether a window ends with this update."""
        return self.length is not None and update == self.length - 1


ALWAYS = Windows()


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """In which snapshot of its target what a connection takes in arrives there.

    Attributes:
        windows: of the target.
        latency: updates per snapshot.
        delay: time steps beyond the one that every connection takes.
    """

    windows: Windows
    latency: int = 1
    delay: int = 0

    def snapshot(self, time_step: int) -> int | None:
        """Of what is taken in at a time step; None if the target is asleep then."""
        place = self.windows.at(time_step + 1 + self.delay)
        return None if place is None else place[1] // self.latency


@dataclass(frozen=True, kw_only=True)
class BatchFiles:
    """One array over all nodes, in ``.npy`` files of one chunk each; a window per batch.

    Attributes:
        pattern: path with ``{}`` for the number of the chunk.
        nodes: number of them in all.
        chunk: nodes per file.
        batch: nodes per window; the last window of a chunk has fewer if batches do not divide it.
    """

    pattern: str
    nodes: int
    chunk: int
    batch: int

    def place(self, window: int) -> tuple[int, slice]:
        """Number of the file, and the rows in it, of a window."""
        number, within = divmod(window, -(-self.chunk // self.batch))
        held = min(self.chunk, self.nodes - number * self.chunk)
        first = within * self.batch
        return number, slice(first, min(first + self.batch, held))

    def members(self, window: int) -> int:
        """Number of nodes of a window."""
        _, rows = self.place(window)
        return len(range(rows.start, rows.stop))

    def open(self, window: int, mode: Literal["r", "r+"]) -> Array:
        """The rows of a window, mapped; waits until the file is there."""
        number, rows = self.place(window)
        path = Path(self.pattern.format(number))
        while not path.exists():
            time.sleep(WAIT_S)
        part: Array = np.load(path, mmap_mode=mode)[rows]
        return part


@dataclass(frozen=True, kw_only=True)
class Biases:
    """Mantissas that are added to those of neurons, others in each snapshot.

    Attributes:
        files: integers ``(nodes, snapshots, neurons per node)``.
        latency: updates per snapshot.
    """

    files: BatchFiles
    latency: int = 1


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What neurons have done already when a window begins.

    In so many updates they send what a file holds; then they go on from the states in others.

    Attributes:
        updates: how many.
        spikes: bool ``(nodes, updates, neurons per node)``.
        states: by name, int32 ``(nodes, neurons per node)``.
    """

    updates: int
    spikes: BatchFiles
    states: Mapping[str, BatchFiles]
