"""The backend 'loihi-sim': runs an integer network on the Lava CPU simulator."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError, BackendFailedError
from neurograph.ir import QNetwork
from neurograph.ir.passes.without_readout import without_readout
from neurograph.runtime.backends import Feed, Progress, Say, monotonic
from neurograph.runtime.legs import Leg
from neurograph.runtime.record import RunRecord, concatenate
from neurograph_lava.compat import check_installed, check_interpreter
from neurograph_lava.disk_space import explain_full_disk
from neurograph_lava.job import Job, begin, collect, submit
from neurograph_lava.limits import (
    check_inputs,
    check_network,
    check_nodes,
    check_range,
    check_written_out,
)
from neurograph_lava.schedule import NODES_PER_CHUNK, Schedule, make_schedule, work_per_step
from neurograph_lava.shared_memory import fitting
from neurograph_lava.supervise import Worker, WorkerError, job_folder
from neurograph_lava.watchdog import Watchdog

BACKEND = "loihi-sim"
LOWERINGS = ("fused", "stock")
AHEAD = 2  # chunks that wait in files while one is simulated
ATTEMPTS = 3  # per chunk


def run(
    network: QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Progress | None = None,
    batch: int | None = None,
    lowering: str = "fused",
    python: str | None = None,
    timeout_s: float | None = None,
) -> RunRecord:
    """Run once per node; all inputs and results in memory.

    Args:
        network: to run.
        inputs: per stream, integer payloads ``(nodes, steps, rows, channels)``.
        nodes: their numbers, int ``(nodes,)``.
        progress: see `backends.Progress`.
        batch: see `stream`, as for all others.
        lowering: see `stream`.
        python: see `stream`.
        timeout_s: see `stream`.
    """
    payloads = {name: np.asarray(payload) for name, payload in inputs.items()}
    check_inputs(network, payloads, len(nodes))

    def feed(part: slice) -> Mapping[str, Array]:
        return {name: payload[part] for name, payload in payloads.items()}

    records = stream(
        network,
        feed,
        nodes,
        progress=progress,
        batch=batch,
        lowering=lowering,
        python=python,
        timeout_s=timeout_s,
    )
    with contextlib.closing(records):
        return concatenate(list(records))


def go_on(
    network: QNetwork,
    inputs: Mapping[str, Array],
    begun: RunRecord,
    **how: Any,
) -> Generator[RunRecord, None, None]:
    """Run the snapshots that are not done yet; see `backends.Backend.go_on`.

    Neurons first send the last spikes again that others have yet to hear, then go on from their
    states.

    Args:
        inputs: payloads of all snapshots.
        begun: the record of the first snapshots.
        how: as `stream` takes it, which says what is wrong.
    """
    leg = Leg(whole=network, begun=begun)

    def feed(part: slice) -> Mapping[str, Array]:
        return leg.inputs({name: np.asarray(x)[part] for name, x in inputs.items()})

    return stream(leg.network, feed, begun.nodes, leg=leg, **how)


def stream(
    network: QNetwork,
    feed: Feed,
    nodes: Array,
    *,
    chunk: int = NODES_PER_CHUNK,
    progress: Progress | None = None,
    say: Say | None = None,
    batch: int | None = None,
    lowering: str = "fused",
    python: str | None = None,
    timeout_s: float | None = None,
    attempts: int = ATTEMPTS,
    leg: Leg | None = None,
) -> Generator[RunRecord, None, None]:
    """Run once per node, chunk by chunk through one compiled network; see `backends.Backend`.

    Nodes that hear each other are one chunk.

    While Lava simulates a chunk, the inputs of the next ones are asked for. A chunk on which Lava
    fails, dies or hangs is tried again in a new worker.

    Args:
        batch: nodes side by side in each Lava process; the default keeps memory moderate.
        lowering: "fused", or "stock": Lava's own connections and membranes, to compare with.
        python: an interpreter that has Lava; default: the running one.
        timeout_s: seconds without a hardware step after which Lava counts as hung; the default
            grows with the network and with what chunks take.
        attempts: at a chunk, before the run is given up.
        leg: whose network this is, where nodes hear each other and a part of the snapshots is done.

    Raises:
        BackendError: Lava is not installed, would change the network, or failed too often.
    """
    ids = np.asarray(nodes, np.int64)
    _check_options(len(ids), batch, chunk, lowering, attempts)
    check_interpreter(python) if python else check_installed()
    check_network(network)
    check_nodes(network, len(ids), batch)
    if lowering == "stock":
        check_written_out(network, len(ids))
    wanted = make_schedule(network, len(ids), batch, chunk=chunk, lowering=lowering)
    batch = fitting(network, wanted, batch, lowering)
    simulation = _Simulation(network, feed, ids, chunk, batch, lowering, leg)
    watchdog = Watchdog(work_per_step(network) * batch, lowering, timeout_s)
    rising = monotonic(progress or _ignore)
    return _stream(simulation, watchdog, python, attempts, rising, say or _ignore)


def _ignore(*_: object) -> None:
    """The listener where there is none."""


def _check_options(count: int, batch: int | None, chunk: int, lowering: str, attempts: int) -> None:
    if not count:
        raise BackendError("loihi-sim: there is no node to run")
    for what, value in (("batch", batch), ("chunk", chunk), ("attempts", attempts)):
        if value is not None and value < 1:
            raise BackendError(f"loihi-sim: {what} is {value}, expected at least 1")
    if lowering not in LOWERINGS:
        raise BackendError(f"loihi-sim: no lowering '{lowering}'; known: {', '.join(LOWERINGS)}")


@dataclass(frozen=True, eq=False)
class _Simulation:
    """A network and its nodes; a worker takes it up from any node on."""

    network: QNetwork
    feed: Feed
    nodes: Array
    chunk: int
    batch: int
    lowering: str
    leg: Leg | None = None

    def schedule(self, first: int) -> Schedule:
        return make_schedule(
            self.network,
            len(self.nodes) - first,
            self.batch,
            chunk=self.chunk,
            lowering=self.lowering,
        )

    def inputs(self, part: slice) -> Mapping[str, Array]:
        given = {name: np.asarray(x) for name, x in self.feed(part).items()}
        check_inputs(self.network, given, part.stop - part.start)
        check_range(self.network, given)
        return given


def _stream(
    simulation: _Simulation,
    watchdog: Watchdog,
    python: str | None,
    attempts: int,
    progress: Progress,
    say: Say,
) -> Generator[RunRecord, None, None]:
    done = failures = 0
    while done < len(simulation.nodes):
        try:
            with contextlib.closing(
                _attempt(simulation, done, watchdog, python, progress)
            ) as records:
                for record in records:
                    done, failures = done + len(record.nodes), 0
                    yield record
        except WorkerError as error:
            failures += 1
            size = simulation.schedule(done).members(0).stop
            where = f"nodes {done + 1:,} to {done + size:,} of {len(simulation.nodes):,}"
            if failures >= attempts:
                tried = "" if attempts == 1 else f"{where} failed {attempts} times; the last time: "
                raise BackendFailedError(f"loihi-sim: {tried}{error}") from error
            say(f"loihi-sim: {where}: {_in_short(error)}; trying them again")


def _in_short(error: WorkerError) -> str:
    """The first line, and the last one of the traceback, which says why."""
    first, *rest = str(error).splitlines()
    return f"{first} {rest[-1].strip()}" if rest else first


def _attempt(
    simulation: _Simulation, first: int, watchdog: Watchdog, python: str | None, progress: Progress
) -> Generator[RunRecord, None, None]:
    """Records of all nodes from `first` on, by one worker."""
    schedule, network = simulation.schedule(first), without_readout(simulation.network)
    leg = simulation.leg
    job = Job(
        folder=job_folder(),
        network=network,
        schedule=schedule,
        lowering=simulation.lowering,
        replayed=leg.replayed if leg else None,
    )

    def on_steps(steps: int) -> None:
        progress(first + schedule.nodes_done(steps), len(simulation.nodes))

    last = schedule.chunks - 1
    with Worker(job, watchdog, python) as worker:
        submitted = 0
        for chunk in range(schedule.chunks):
            while submitted < min(chunk + 1 + AHEAD, schedule.chunks):
                _submit(job, submitted, simulation, first)
                submitted += 1
            worker.wait_for(chunk, on_steps)
            record = _record(job, chunk, simulation, first, worker)
            if chunk < last:
                yield record
    yield record  # outside: the worker is done, and would not tidy up if its user were killed now


def _submit(job: Job, chunk: int, simulation: _Simulation, first: int) -> None:
    inputs = simulation.inputs(_absolute(job, chunk, first))
    with explain_full_disk(job.folder.parent, "a chunk", _bytes(job, inputs)):
        if simulation.leg:
            begin(job, simulation.leg)
        submit(job, chunk, inputs)


def _bytes(job: Job, inputs: Mapping[str, Array]) -> int:
    """Bytes of the files of a chunk."""
    count = len(next(iter(inputs.values())))
    results = sum(
        p.rows * p.channels * (job.schedule.updates + 4 * len(p.neuron.states))
        for p in job.network.spiking
    )
    return sum(x.size * x.itemsize for x in inputs.values()) + count * results


def _absolute(job: Job, chunk: int, first: int) -> slice:
    members = job.schedule.members(chunk)
    return slice(first + members.start, first + members.stop)


def _record(job: Job, chunk: int, simulation: _Simulation, first: int, worker: Worker) -> RunRecord:
    spikes, final = collect(job, chunk)
    report = worker.report()
    models = {f"model of {name}": model for name, model in sorted(report["models"].items())}
    made_by = {**report["versions"], **models}
    if simulation.leg:
        return simulation.leg.joined(BACKEND, spikes, final, made_by)
    return RunRecord(
        backend=BACKEND,
        nodes=simulation.nodes[_absolute(job, chunk, first)],
        spikes=spikes,
        final=final,
        logits=simulation.network.logits(spikes, final),
        network_sha256=simulation.network.sha256,
        versions=made_by,
    )
