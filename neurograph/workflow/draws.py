"""Runs floats, integers and a backend over the same draws, chunk by chunk, and keeps each chunk."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from neurograph.core.arrays import Array
from neurograph.runtime import reference
from neurograph.runtime.backends import Backend, Progress, Say, monotonic
from neurograph.runtime.record import FLOAT, REFERENCE, InferredPart, RunRecord
from neurograph.runtime.reference.backend import ReferenceBackend
from neurograph.workflow.chunks import Chunks
from neurograph.workflow.inference import Inference
from neurograph.workflow.running import Running, run_whole


def run_chunks(of: Inference, chunks: Chunks, on: Running, progress: Progress, say: Say) -> None:
    """Run all that `chunks` lacks, and add it there.

    Sampling and the runs in floats and on the reference happen while the backend simulates the
    chunk before.
    """
    layout, integers = of.layout, of.integers
    if chunks.done == len(chunks.nodes):
        return
    first, total = chunks.done, len(layout)
    draws = Draws(of, first, on.reference)
    rising = monotonic(progress)  # a backend may be chunks ahead of what is kept

    def report(done: int, _: int) -> None:
        rising(first + done, total)

    report(0, total)
    left, size = layout.rows[first:], layout.size
    if isinstance(on.backend, ReferenceBackend):  # which the draws bring with them
        running = _reference(draws, len(left))
    else:
        running = on.backend.run(
            integers, draws, left, on.options, chunk=size, progress=report, say=say
        )
    done = first
    with closing(running) as records:
        for record in _timed(records, draws, on.name):
            drawn = draws.take(done)
            found = {**drawn.records, on.name: record}
            events = reference.count_events(integers, drawn.payloads, record)
            asked = {name: layout.asked(of) for name, of in found.items()}
            chunks.add(InferredPart(records=asked, events=events, seconds=draws.clock()))
            done += len(record.nodes)
            rising(done, total)


def _reference(draws: Draws, nodes: int) -> Generator[RunRecord, None, None]:
    size = draws.of.layout.size
    for start in range(0, nodes, size):
        draws(slice(start, min(start + size, nodes)))
        yield draws.drawn[draws.first + start].records[REFERENCE]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Payloads of a chunk, and what floats and integers made of it."""

    payloads: Mapping[str, Array]
    records: Mapping[str, RunRecord]


class Draws:
    """A `backends.Feed` from `first` on, which runs floats and integers on what it hands out.

    Args:
        integers: what runs them.
    """

    def __init__(self, of: Inference, first: int, integers: Backend) -> None:
        self.of, self.first, self.integers = of, first, integers
        self.drawn: dict[int, Drawn] = {}
        self.spent: dict[str, float] = {}

    def __call__(self, part: slice) -> Mapping[str, Array]:
        start = self.first + part.start
        rows = slice(start, self.first + part.stop)
        layout, floats, records = self.of.layout, self.of.floats, {}
        given, nodes = layout.inputs(rows), layout.rows[rows]
        payloads = layout.payloads(given, self.of.integers)
        if floats is not None:
            with self.timed(FLOAT):
                records[FLOAT] = reference.run_float(floats, given, nodes)
        with self.timed(REFERENCE):
            records[REFERENCE] = run_whole(self.integers, self.of.integers, payloads, nodes)
        self.drawn[start] = Drawn(payloads, records)
        return payloads

    def take(self, start: int) -> Drawn:
        """The chunk whose first node is `start`; it is forgotten here."""
        return self.drawn.pop(start)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add what the block takes to what a record took."""
        began = time.perf_counter()
        yield
        self.spend(name, time.perf_counter() - began)

    def spend(self, name: str, seconds: float) -> None:
        """Add to what a record took."""
        self.spent[name] = self.spent.get(name, 0.0) + seconds

    def clock(self) -> dict[str, float]:
        """Seconds per record since the last call."""
        spent, self.spent = self.spent, {}
        return spent


def _timed(records: Iterator[RunRecord], draws: Draws, name: str) -> Iterator[RunRecord]:
    """Pass records on under `name`; note how long each was waited for, without the runs beside it.

    A record that is named by its backend could take the place of the reference, or of another.
    """
    while True:
        began, beside = time.perf_counter(), sum(draws.spent.values())
        record = next(records, None)
        if record is None:
            return
        if name != REFERENCE:
            waited = time.perf_counter() - began - (sum(draws.spent.values()) - beside)
            draws.spend(name, waited)
        yield replace(record, backend=name)
