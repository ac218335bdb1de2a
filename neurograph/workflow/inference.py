"""Runs floats, integers and a target over the same draws, chunk by chunk, and keeps each chunk."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array
from neurograph.core.errors import TargetError
from neurograph.ir import QNetwork
from neurograph.runtime import host, reference
from neurograph.runtime.backends import Progress, Say, never_back, runner
from neurograph.runtime.record import FLOAT, REFERENCE, InferredPart, RunRecord
from neurograph.workflow.chunks import Parts
from neurograph.workflow.handover import STREAM, Source, payloads

CHUNK = 1024  # targets: sampled, simulated, kept and tried again together


def infer(
    deployment: Deployment,
    source: Source,
    parts: Parts,
    target: str,
    options: Mapping[str, Any],
    progress: Progress,
    say: Say,
) -> None:
    """Run every node that `parts` lacks, and add it there.

    Sampling and the runs in floats and on the reference happen while the target simulates the
    chunk before.
    """
    first, total = parts.done, len(parts.nodes)
    draws = _Draws(deployment, source, parts.nodes, first)
    rising = never_back(progress)  # a target may be chunks ahead of what is kept

    def report(done: int, _: int) -> None:
        rising(first + done, total)

    if first == total:
        return
    report(0, total)
    with closing(_target(deployment, draws, target, options, report, say)) as records:
        for record in _timed(records, draws, target):
            parts.add(_part(deployment, draws, draws.take(parts.done), record))
            rising(parts.done, total)


def measured_spikes(network: QNetwork, given: Array, nodes: Array) -> dict[str, Array]:
    """Per population, spikes of each neuron ``(rows, channels)``, over all these nodes.

    Args:
        given: the features of their sampled trees, as `host.inputs` gives them.
    """
    record = reference.run(network, payloads(network, given), nodes)
    return {name: np.count_nonzero(s, axis=(0, 1)) for name, s in record.spikes.items()}


@contextmanager
def kept(parts: Parts, say: Say) -> Iterator[None]:
    """Say what is not lost, and how to go on, if the block fails."""
    try:
        yield
    except BaseException:
        if parts.done:
            total = len(parts.nodes)
            say(f"{parts.done:,} of {total:,} targets are kept; to go on: the same with --resume")
        raise


def _part(deployment: Deployment, draws: _Draws, drawn: _Drawn, record: RunRecord) -> InferredPart:
    events = reference.count_events(deployment.quantized, drawn.payloads, record)
    records = {**drawn.records, record.target: record}
    return InferredPart(records=records, events=events, seconds=draws.clock())


def _target(
    deployment: Deployment,
    draws: _Draws,
    target: str,
    options: Mapping[str, Any],
    progress: Progress,
    say: Say,
) -> Generator[RunRecord, None, None]:
    left = draws.nodes[draws.first :]
    if target != REFERENCE:
        run = runner(target)
        return run(
            deployment.quantized,
            draws,
            left,
            chunk=CHUNK,
            progress=progress,
            say=say,
            **options,
        )
    if options:
        raise TargetError(f"the target 'reference' takes no {', '.join(options)}")
    return _reference(draws, len(left))


def _reference(draws: _Draws, targets: int) -> Generator[RunRecord, None, None]:
    for start in range(0, targets, CHUNK):
        part = slice(start, min(start + CHUNK, targets))
        draws(part)
        yield draws.drawn[draws.first + start].records[REFERENCE]


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Payloads of a chunk, and what floats and integers made of it."""

    payloads: Mapping[str, Array]
    records: Mapping[str, RunRecord]


class _Draws:
    """A `backends.Feed` from `first` on, which runs floats and integers on what it hands out."""

    def __init__(self, deployment: Deployment, source: Source, nodes: Array, first: int) -> None:
        self.deployment, self.source = deployment, source
        self.nodes, self.first = nodes, first
        self.drawn: dict[int, _Drawn] = {}
        self.spent: dict[str, float] = {}

    def __call__(self, part: slice) -> Mapping[str, Array]:
        start = self.first + part.start
        nodes = self.nodes[start : self.first + part.stop]
        of, network = self.deployment, self.deployment.quantized
        given = host.inputs(
            self.source.graph, self.source.features, of.tree, nodes, seed=of.sample_seed
        )
        integers_in = payloads(network, given)
        began = time.perf_counter()
        floats = reference.run_float(of.network, {STREAM: given}, nodes)
        between = time.perf_counter()
        integers = reference.run(network, integers_in, nodes)
        self.spend(FLOAT, between - began)
        self.spend(REFERENCE, time.perf_counter() - between)
        self.drawn[start] = _Drawn(integers_in, {FLOAT: floats, REFERENCE: integers})
        return integers_in

    def take(self, start: int) -> _Drawn:
        """The chunk whose first target is `start`; it is forgotten here."""
        return self.drawn.pop(start)

    def spend(self, name: str, seconds: float) -> None:
        """Add to what a record took."""
        self.spent[name] = self.spent.get(name, 0.0) + seconds

    def clock(self) -> dict[str, float]:
        """Seconds per record since the last call."""
        spent, self.spent = self.spent, {}
        return spent


def _timed(records: Iterator[RunRecord], draws: _Draws, target: str) -> Iterator[RunRecord]:
    """Pass records on, and note how long each was waited for, without the runs beside it."""
    while True:
        began, beside = time.perf_counter(), sum(draws.spent.values())
        record = next(records, None)
        if record is None:
            return
        if target != REFERENCE:
            waited = time.perf_counter() - began - (sum(draws.spent.values()) - beside)
            draws.spend(target, waited)
        yield record
