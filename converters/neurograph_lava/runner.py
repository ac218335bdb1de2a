"""The target 'loihi-sim': runs an integer network on the Lava CPU simulator."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import QNetwork
from neurograph.ir.passes.without_readout import without_readout
from neurograph.runtime.backends import Feed, Progress, Say, monotonic
from neurograph.runtime.record import RunRecord, concatenate
from neurograph_lava.compat import check_installed, check_interpreter
from neurograph_lava.job import Job, collect, submit
from neurograph_lava.limits import check_inputs, check_network, check_range
from neurograph_lava.patience import Patience
from neurograph_lava.room import room
from neurograph_lava.schedule import TARGETS_PER_CHUNK, Schedule, plan, work_per_step
from neurograph_lava.shared_memory import fitting
from neurograph_lava.supervise import Worker, WorkerError, job_folder

TARGET = "loihi-sim"
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
    """Run once per node; all inputs and results in memory. Arguments otherwise as `stream`'s.

    Args:
        inputs: per stream, integer payloads ``(nodes, steps, rows, channels)``.
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


def stream(
    network: QNetwork,
    feed: Feed,
    nodes: Array,
    *,
    chunk: int = TARGETS_PER_CHUNK,
    progress: Progress | None = None,
    say: Say | None = None,
    batch: int | None = None,
    lowering: str = "fused",
    python: str | None = None,
    timeout_s: float | None = None,
    attempts: int = ATTEMPTS,
) -> Generator[RunRecord, None, None]:
    """Run once per node, chunk by chunk through one compiled network; see `backends.Backend`.

    While Lava simulates a chunk, the inputs of the next ones are asked for. A chunk on which Lava
    fails, dies or hangs is tried again in a new worker.

    Args:
        batch: targets side by side in each Lava process; the default keeps memory moderate.
        lowering: "fused", or "stock": Lava's own connections and membranes, to compare with.
        python: an interpreter that has Lava; default: the running one.
        timeout_s: seconds without a hardware step after which Lava counts as hung; the default
            grows with the network and with what chunks take.
        attempts: at a chunk, before the run is given up.

    Raises:
        BackendError: Lava is not installed, would change the network, or failed too often.
    """
    ids = np.asarray(nodes, np.int64)
    _check_options(len(ids), batch, chunk, lowering, attempts)
    check_interpreter(python) if python else check_installed()
    check_network(network)
    wanted = plan(network, len(ids), batch, chunk=chunk, lowering=lowering)
    batch = fitting(network, wanted, batch, lowering)
    plans = _Plans(network, feed, ids, chunk, batch, lowering)
    patience = Patience(work_per_step(network) * batch, timeout_s)
    rising = monotonic(progress or _ignore)
    return _stream(plans, patience, python, attempts, rising, say or _ignore)


def _ignore(*_: object) -> None:
    """Where nobody listens."""


def _check_options(
    targets: int, batch: int | None, chunk: int, lowering: str, attempts: int
) -> None:
    if not targets:
        raise BackendError("loihi-sim: there is no target node to run")
    for what, value in (("batch", batch), ("chunk", chunk), ("attempts", attempts)):
        if value is not None and value < 1:
            raise BackendError(f"loihi-sim: {what} is {value}, expected at least 1")
    if lowering not in LOWERINGS:
        raise BackendError(f"loihi-sim: no lowering '{lowering}'; known: {', '.join(LOWERINGS)}")


@dataclass(frozen=True, eq=False)
class _Plans:
    """What to run; a worker takes it up from any target on."""

    network: QNetwork
    feed: Feed
    nodes: Array
    chunk: int
    batch: int
    lowering: str

    def schedule(self, first: int) -> Schedule:
        left = len(self.nodes) - first
        return plan(self.network, left, self.batch, chunk=self.chunk, lowering=self.lowering)

    def inputs(self, part: slice) -> Mapping[str, Array]:
        given = {name: np.asarray(x) for name, x in self.feed(part).items()}
        check_inputs(self.network, given, part.stop - part.start)
        check_range(self.network, given)
        return given


def _stream(
    plans: _Plans,
    patience: Patience,
    python: str | None,
    attempts: int,
    progress: Progress,
    say: Say,
) -> Generator[RunRecord, None, None]:
    done = failures = 0
    while done < len(plans.nodes):
        try:
            with contextlib.closing(_attempt(plans, done, patience, python, progress)) as records:
                for record in records:
                    done, failures = done + len(record.nodes), 0
                    yield record
        except WorkerError as error:
            failures += 1
            size = plans.schedule(done).members(0).stop
            where = f"targets {done + 1:,} to {done + size:,} of {len(plans.nodes):,}"
            if failures >= attempts:
                tried = "" if attempts == 1 else f"{where} failed {attempts} times; the last time: "
                raise BackendError(f"loihi-sim: {tried}{error}") from error
            say(f"loihi-sim: {where}: {_in_short(error)}; trying them again")


def _in_short(error: WorkerError) -> str:
    """What happened, and the last line of the traceback, which says why."""
    first, *rest = str(error).splitlines()
    return f"{first} {rest[-1].strip()}" if rest else first


def _attempt(
    plans: _Plans, first: int, patience: Patience, python: str | None, progress: Progress
) -> Generator[RunRecord, None, None]:
    """Records of all targets from `first` on, by one worker."""
    schedule, network = plans.schedule(first), without_readout(plans.network)
    job = Job(folder=job_folder(), network=network, schedule=schedule, lowering=plans.lowering)

    def on_steps(steps: int) -> None:
        progress(first + schedule.targets_done(steps), len(plans.nodes))

    with Worker(job, patience, python) as worker:
        submitted = 0
        for chunk in range(schedule.chunks):
            while submitted < min(chunk + 1 + AHEAD, schedule.chunks):
                _submit(job, submitted, plans, first)
                submitted += 1
            worker.wait_for(chunk, on_steps)
            yield _record(job, chunk, plans, first, worker)


def _submit(job: Job, chunk: int, plans: _Plans, first: int) -> None:
    inputs = plans.inputs(_absolute(job, chunk, first))
    with room(job.folder.parent, "a chunk", _bytes(job, inputs)):
        submit(job, chunk, inputs)


def _bytes(job: Job, inputs: Mapping[str, Array]) -> int:
    """Of the files of a chunk."""
    targets = len(next(iter(inputs.values())))
    neurons = sum(p.rows * p.channels for p in job.network.populations)
    results = targets * neurons * (job.schedule.updates + 3 * 4)
    return sum(x.size * x.itemsize for x in inputs.values()) + results


def _absolute(job: Job, chunk: int, first: int) -> slice:
    members = job.schedule.members(chunk)
    return slice(first + members.start, first + members.stop)


def _record(job: Job, chunk: int, plans: _Plans, first: int, worker: Worker) -> RunRecord:
    spikes, final = collect(job, chunk)
    report = worker.report()
    models = {f"model of {name}": model for name, model in sorted(report["models"].items())}
    return RunRecord(
        backend=TARGET,
        nodes=plans.nodes[_absolute(job, chunk, first)],
        spikes=spikes,
        final=final,
        logits=plans.network.logits(spikes, final),
        network_sha256=plans.network.sha256,
        versions={**report["versions"], **models},
    )
