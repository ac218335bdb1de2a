"""Lava on the trained DBLP model: against the clock, the references, and the obvious mapping."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import bench_float
import numpy as np
import obvious_lava
from bench_reference import FEATURES, STEPS, spikenet
from differing import Differing
from lava_memory import peak_gigabytes
from table import Row, in_turns, row, seconds
from trained import Trained, trained

import neurograph_lava
from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import STREAM, QNetwork
from neurograph.runtime import reference
from neurograph.runtime.backends import Feed
from neurograph.runtime.record import RunRecord

TIME_BAR_S, MEMORY_BAR_GB = 240.0, 4.0
OBVIOUS_BAR, REFERENCE_BAR, LINEAR_BAR = 100.0, 8.0, 20.0
CHUNK = 1024
OBVIOUS_TARGETS, COMPARED_TARGETS = 20, 4096
LOWERED_TARGETS, LOWERED_BATCH = 240, 24
SIZES, SIZED_BATCH, SIZED_POOL = (256, 1024, 4096, 16384), 128, 1024
SIZED_ROUNDS = 5
QUICK_TARGETS = 1024


def rows(data_dir: Path) -> list[Row]:
    """Every row; needs the real graphs, and trains the model where none is there."""
    model = trained(data_dir)
    nodes = model.source.nodes("test")
    model.payloads(nodes[:2])  # compiles
    drawn = model.source.nodes("test", COMPARED_TARGETS)
    pool = model.payloads_in_memory(drawn, CHUNK)
    reference.run(model.network, _first(pool, 2), nodes[:2])  # compiles
    whole_s, found = _whole(model, nodes)
    found += _obvious(model, _first(pool, OBVIOUS_TARGETS), len(nodes) / whole_s)
    return [
        *found,
        *_against_reference(model.network, model.payloads_in_memory(nodes, CHUNK), REFERENCE_BAR),
        *_against_reference(model.network, pool),
        *bench_float.rows(model, drawn),
        *_lowerings(model.network, _first(pool, LOWERED_TARGETS)),
        *_sizes(model.network, _first(pool, SIZED_POOL)),
    ]


def quick_rows() -> list[Row]:
    """Against the reference and the stock lowering, on a network of random weights."""
    rng, tree = np.random.default_rng(0), TreeSpec()
    network, shape = spikenet(rng, tree), (QUICK_TARGETS, STEPS, tree.slots, FEATURES)
    payloads = {STREAM: rng.integers(-100, 101, shape, np.int8)}
    reference.run(network, _first(payloads, 2), np.arange(2))  # compiles
    return [
        *_against_reference(network, payloads),
        *_lowerings(network, _first(payloads, LOWERED_TARGETS)),
    ]


def _whole(model: Trained, nodes: Array) -> tuple[float, list[Row]]:
    """All test nodes as a user runs them, and the seconds they took on Lava."""
    given = "neighbour sampling, feature gathering and encoding included"
    records: list[RunRecord] = []
    feed, of = model.feed(nodes), f"{len(nodes):,} DBLP test nodes"
    lava_s = seconds(lambda: records.extend(stream(model.network, feed, nodes)))
    reference_s, differing = 0.0, Differing()
    for record in records:
        began = time.perf_counter()
        want = reference.run(model.network, model.payloads(record.nodes), record.nodes)
        reference_s += time.perf_counter() - began
        differing.compare(want, record)
    memory = peak_gigabytes(model.run)
    return lava_s, [
        row(f"Lava, {of}, start-up, {given}", lava_s, "s", TIME_BAR_S),
        row(
            f"peak memory, {of}, user's process and Lava's together, records let go in chunks",
            memory,
            "GB",
            MEMORY_BAR_GB,
        ),
        *differing.rows("Lava and fast reference"),
        row(f"fast reference, {of}, {given}", reference_s, "s"),
        row(f"Lava / fast reference, time, {given} in both", lava_s / reference_s, "x"),
    ]


def stream(network: QNetwork, feed: Feed, nodes: Array, **options: Any) -> list[RunRecord]:
    records = neurograph_lava.stream(network, feed, nodes, chunk=CHUNK, **options)
    with contextlib.closing(records):
        return list(records)


def _obvious(model: Trained, payloads: Mapping[str, Array], per_second: float) -> list[Row]:
    taken, spikes = obvious_lava.measure(model.run.deployment, payloads)
    record = reference.run(model.network, payloads, np.arange(len(taken)))
    want = record.spikes[model.network.populations[-1].name]
    each = float(taken.mean())
    return [
        row(f"obvious mapping, one target: create, run, read, stop (of {len(taken)})", each, "s"),
        row(
            f"spikes of {want.size:,} of its last layer that differ from the fast reference's",
            int((spikes != want).sum()),
            "",
            0,
            "=",
        ),
        row(
            "targets per second, Lava (all test nodes, all included) / obvious mapping",
            per_second * each,
            "x",
            OBVIOUS_BAR,
            ">=",
        ),
    ]


def _against_reference(
    network: QNetwork, payloads: Mapping[str, Array], bar: float | None = None
) -> list[Row]:
    """Lava and the fast reference on payloads in memory; start-up weighs more on fewer targets."""
    nodes = np.arange(len(payloads[STREAM]))
    of = f"{len(nodes):,} targets, payloads in memory"

    def lava() -> float:
        return seconds(lambda: stream(network, _sliced(payloads), nodes))

    def fast() -> float:
        return seconds(lambda: reference.run(network, payloads, nodes))

    lava_s, fast_s = in_turns(lava, fast)
    return [
        row(f"Lava, {of}, start-up included", lava_s, "s"),
        row(f"fast reference, {of}", fast_s, "s"),
        row(
            f"Lava / fast reference, time, {of}, Lava's start-up included",
            lava_s / fast_s,
            "x",
            bar,
        ),
    ]


def _lowerings(network: QNetwork, payloads: Mapping[str, Array]) -> list[Row]:
    """Fused processes and Lava's own, the same targets side by side."""
    nodes = np.arange(len(payloads[STREAM]))
    runs: dict[str, list[_Run]] = {"fused": [], "stock": []}

    def timed(lowering: str) -> float:
        options: dict[str, Any] = {"batch": LOWERED_BATCH, "lowering": lowering}
        runs[lowering].append(_timed(network, _sliced(payloads), nodes, **options))
        return runs[lowering][-1].whole_s

    fused_s, stock_s = in_turns(lambda: timed("fused"), lambda: timed("stock"))
    running = {name: median(run.steps_s for run in done) for name, done in runs.items()}
    differing = Differing()
    for want, got in zip(runs["stock"][0].records, runs["fused"][0].records, strict=True):
        differing.compare(want, got)
    of = f"{len(nodes)} targets, {LOWERED_BATCH} side by side"
    return [
        row(f"Lava fused, {of}, start-up included", fused_s, "s"),
        row(f"Lava stock, {of}, start-up included", stock_s, "s"),
        row("stock / fused, time, start-up included", stock_s / fused_s, "x"),
        row(
            "stock / fused, time from the first hardware step",
            running["stock"] / running["fused"],
            "x",
        ),
        *differing.rows("fused and stock"),
    ]


def _sizes(network: QNetwork, pool: Mapping[str, Array]) -> list[Row]:
    """Cost per target at several numbers of targets; payloads cycle over a pool in memory."""

    def feed(part: slice) -> dict[str, Array]:  # chunks do not straddle the pool's end
        first = part.start % SIZED_POOL
        return {n: payload[first : first + part.stop - part.start] for n, payload in pool.items()}

    runs: list[_Run] = []
    costs: dict[int, list[float]] = {targets: [] for targets in SIZES}
    for number in range(SIZED_ROUNDS):
        for targets in SIZES if number % 2 == 0 else SIZES[:-1]:  # the largest takes long
            options: dict[str, Any] = {"batch": SIZED_BATCH, "keep": False}
            runs.append(_timed(network, feed, np.arange(targets), **options))
            costs[targets].append(1e3 * runs[-1].steps_s / targets)
    each = {targets: median(taken) for targets, taken in costs.items()}
    largest = SIZES[-1]
    worst = max(abs(cost / each[largest] - 1) for cost in each.values())
    span = "first hardware step seen to last record"
    return [
        row(
            "Lava's start-up: from the call to the first hardware step seen",
            median(run.start_s for run in runs),
            "s",
        ),
        row(
            "Lava's end: from the last record to its processes gone",
            median(run.end_s for run in runs),
            "s",
        ),
        *(
            row(f"Lava, {targets:,} targets, {SIZED_BATCH} side by side, {span}", cost, "ms/target")
            for targets, cost in each.items()
        ),
        row(
            f"largest deviation of these from that of {largest:,} targets",
            100 * worst,
            "%",
            LINEAR_BAR,
        ),
    ]


@dataclass(frozen=True, eq=False)
class _Run:
    """Attributes:
    start_s: from the call until a hardware step is first reported (looked for every 10 ms).
    steps_s: from then until the last record is in hand.
    end_s: from then until Lava's processes are gone.
    records: those kept.
    """

    start_s: float
    steps_s: float
    end_s: float
    records: list[RunRecord]

    @property
    def whole_s(self) -> float:
        return self.start_s + self.steps_s + self.end_s


def _timed(
    network: QNetwork, feed: Feed, nodes: Array, *, keep: bool = True, **options: Any
) -> _Run:
    """One run; one that does not `keep` lets go of every record but the last."""
    reported: list[float] = []

    def progress(_done: int, _total: int) -> None:
        reported.append(time.perf_counter())

    kept: deque[RunRecord] = deque(maxlen=None if keep else 1)
    began = last = time.perf_counter()
    records = neurograph_lava.stream(
        network, feed, nodes, chunk=CHUNK, progress=progress, **options
    )
    with contextlib.closing(records):
        for record in records:
            kept.append(record)
            last = time.perf_counter()
    ended = time.perf_counter()
    return _Run(reported[0] - began, last - reported[0], ended - last, list(kept))


def _sliced(payloads: Mapping[str, Array]) -> Feed:
    return lambda part: {name: payload[part] for name, payload in payloads.items()}


def _first(payloads: Mapping[str, Array], targets: int) -> dict[str, Array]:
    return {name: payload[:targets] for name, payload in payloads.items()}
