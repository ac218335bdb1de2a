"""Runs Lava process models in this very process, and mutants of them: milliseconds per network.

The processes, their ports and their Vars are Lava's; only its channels, its operating-system
processes and its runtime are replaced, by queues and threads. Each model loops through its time
steps and waits for messages wherever it receives, as it does in Lava, so who must send before
it receives still must. `test_lava_in_process.py` compares with the ordinary runtime.
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue
from types import GenericAlias, ModuleType
from typing import Any
from unittest import mock

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import QNetwork
from neurograph.runtime.legs import Leg
from neurograph.runtime.record import RunRecord, concatenate
from neurograph.runtime.reference import run as reference
from neurograph.testing import Case, Mutation
from neurograph.testing.mutation import compiled
from neurograph.verify import compare
from neurograph_lava.compat import patch_lava
from neurograph_lava.job import Job, begin, collect, submit, write_job
from neurograph_lava.limits import check_network, check_range

PROCESSES = "neurograph_lava.processes"
CODE = (  # each after what it imports
    "neurograph.core.arrays",
    "neurograph_lava.windows",
    "neurograph_lava.bundles",
    "neurograph_lava.schedule",
    "neurograph_lava.snapshots",
    "neurograph_lava.synapses",
    f"{PROCESSES}.delayed",
    f"{PROCESSES}.exact",
    f"{PROCESSES}.lif.windowed",
    f"{PROCESSES}.kronecker.models",
    f"{PROCESSES}.taps.models",
    f"{PROCESSES}.edges.models",
    f"{PROCESSES}.relay.models",
    f"{PROCESSES}.lif.models",
    f"{PROCESSES}.lif.stock",
    f"{PROCESSES}.programmed.models",
    f"{PROCESSES}.programmed.stock",
    f"{PROCESSES}.refractory.models",
    f"{PROCESSES}.refractory.stock",
    f"{PROCESSES}.streams.fan",
    f"{PROCESSES}.streams.sink",
    f"{PROCESSES}.streams.source",
    f"{PROCESSES}.streams.switch",
    "neurograph_lava.lower_stock",
    "neurograph_lava.lower",
)
DEADLOCK_S = 30.0  # without a message

with (  # Lava's runtime, which nothing here uses, would set how this process starts others
    mock.patch.object(multiprocessing, "set_start_method"),
    warnings.catch_warnings(),
):
    warnings.simplefilter("ignore")
    patch_lava()
    from lava.magma.compiler.builders.py_builder import PyProcessBuilder
    from lava.magma.compiler.utils import PortInitializer, VarInitializer
    from lava.magma.core.model.py.model import PyLoihiProcessModel
    from lava.proc.graded import models as lava_graded
    from lava.proc.sparse import models as lava_sparse

    from neurograph_lava.execute import FixedPointConfig

ORIGINAL = {name: importlib.import_module(name) for name in CODE}


def run(
    network: QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    batch: int = 1,
    lowering: str = "fused",
    code: Mapping[str, ModuleType] = ORIGINAL,
) -> RunRecord:
    """What `neurograph_lava.run` gives, for small networks.

    Args:
        code: modules by name, of which process models, lowering and schedule are taken.
    """
    check_network(network)
    check_range(network, inputs)
    schedule = code["neurograph_lava.schedule"].make_schedule(network, len(nodes), batch)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(folder=Path(folder), network=network, schedule=schedule, lowering=lowering)
        write_job(job)
        for chunk in range(schedule.chunks):
            members = schedule.members(chunk)
            submit(job, chunk, {name: x[members] for name, x in inputs.items()})
        built = code["neurograph_lava.lower"].build(job)
        chosen = execute(built, schedule.hardware_steps, lowering, code)
        parts = [collect(job, chunk) for chunk in range(schedule.chunks)]
    return concatenate(
        [
            RunRecord(
                backend="in process",
                nodes=nodes[schedule.members(chunk)],
                spikes=spikes,
                final=final,
                logits=network.logits(spikes, final),
                network_sha256=network.sha256,
                versions={f"model of {name}": model for name, model in chosen.items()},
            )
            for chunk, (spikes, final) in enumerate(parts)
        ]
    )


def go_on(
    network: QNetwork,
    inputs: Mapping[str, Array],
    begun: RunRecord,
    *,
    lowering: str = "fused",
    code: Mapping[str, ModuleType] = ORIGINAL,
) -> RunRecord:
    """What `neurograph_lava.runner.go_on` gives, for small networks; `code` as of `run`."""
    leg = Leg(whole=network, begun=begun)
    make = code["neurograph_lava.schedule"].make_schedule
    schedule = make(leg.network, len(begun.nodes), 1)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            folder=Path(folder),
            network=leg.network,
            schedule=schedule,
            lowering=lowering,
            replayed=leg.replayed,
        )
        write_job(job)
        begin(job, leg)
        submit(job, 0, leg.inputs(inputs))
        built = code["neurograph_lava.lower"].build(job)
        execute(built, schedule.hardware_steps, lowering, code)
        spikes, final = collect(job, 0)
    return leg.joined("in process", spikes, final, {})


def mutated(mutations: Mapping[str, Mutation]) -> dict[str, ModuleType]:
    """`CODE` with changes by name of the module; all of it made anew, to depend on them."""
    fresh: dict[str, ModuleType] = {}
    for name in CODE:
        code = compiled(ORIGINAL[name], mutations.get(name))
        fresh[name] = ModuleType(name)
        with mock.patch.dict(sys.modules, fresh):
            exec(code, fresh[name].__dict__)
    return fresh


class Witness:
    """Cases, and what the fast reference makes of them.

    A case that notices one change often notices the next one, too, so it is asked first from then
    on; those that nobody needed yet follow, the shortest first.

    Args:
        cases: name -> case, and how many nodes are in a batch.
    """

    def __init__(self, cases: Mapping[str, tuple[Case, int]]) -> None:
        self._cases = dict(cases)
        self._golden = {name: reference(*case) for name, (case, _) in cases.items()}
        by_length = sorted(cases, key=lambda name: cases[name][0].network.updates)
        self._order = {lowering: deque(by_length) for lowering in ("fused", "stock")}

    def killer(self, lowering: str, mutant: tuple[str, Mutation] | None = None) -> str:
        """A case that notices the change of a module, and how; "" if none does."""
        code, order = mutated(dict([mutant] if mutant else [])), self._order[lowering]
        for name in list(order):
            if found := self._noticed(name, lowering, code):
                order.remove(name)
                order.appendleft(name)
                return found
        return ""

    def _noticed(self, name: str, lowering: str, code: Mapping[str, ModuleType]) -> str:
        case, batch = self._cases[name]
        try:
            got = run(*case, batch=batch, lowering=lowering, code=code)
        except (AssertionError, BackendError, IndexError, ValueError) as error:
            return f"{name}: {error}"  # unchanged code runs every case
        return "" if compare(self._golden[name], got).identical else name


def in_batches(case: Case) -> Case:
    """The nodes of a case, others of the same kind, and the first ones again.

    In batches of as many nodes as the case has, what one batch leaves behind shows in the next.
    """
    network, inputs, nodes = case
    several = {
        name: np.concatenate([x, np.roll(x, 1, axis=1), x[:, ::-1, :, ::-1], x])
        for name, x in inputs.items()
    }
    return Case(network, several, np.arange(4 * len(nodes)))


# -------------------------------------------------------------------------------------------------


def execute(
    process: Any, steps: int, lowering: str, code: Mapping[str, ModuleType]
) -> dict[str, str]:
    """Run what is connected to `process`; returns which model each process ran as.

    Raises:
        Exception: the first one of a process model.
    """
    config = FixedPointConfig(lowering)
    models = {p: config.select(p, _models(p, code)) for p in _connected(process)}
    turn = threading.Lock()  # one model computes at a time: np.load is not safe in CPython 3.11
    channels = list(_channels(models, turn))
    threads = [_Thread(p, m, steps, channels, turn) for p, m in models.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = [t.error for t in threads if t.error is not None]
    for error in sorted(errors, key=lambda e: isinstance(e, _SenderGoneError)):
        raise error
    return dict(sorted(config.chosen.items()))


def _connected(process: Any) -> list[Any]:
    found = [process]
    for each in found:
        ends = [port.get_src_ports() for port in each.in_ports]
        ends += [port.get_dst_ports() for port in each.out_ports]
        for port in (port for end in ends for port in end):
            if port.process not in found:
                found.append(port.process)
    return found


def _models(process: Any, code: Mapping[str, ModuleType]) -> list[type]:
    modules = (*code.values(), lava_sparse, lava_graded)
    classes = [c for m in modules for c in vars(m).values() if isinstance(c, type)]
    own = type(process).__qualname__  # a module made anew has process classes of its own
    return [
        c
        for c in dict.fromkeys(classes)
        if not isinstance(c, GenericAlias)  # which Python 3.10 takes for a class
        and issubclass(c, PyLoihiProcessModel)
        and getattr(c.implements_process, "__qualname__", "") == own
    ]


class _SenderGoneError(Exception):
    """A model that was to send ended with an exception."""


class _Channel:
    """As Lava's: what is sent is copied, in the sender's type."""

    def __init__(self, sender: Any, receiver: Any, model: Any, turn: threading.Lock) -> None:
        self.sender, self.receiver, self.shape = sender, receiver, sender.shape
        self.dtype = getattr(model, sender.name).d_type
        self.turn = turn
        self.queue: SimpleQueue[Array | None] = SimpleQueue()

    def send(self, data: Array) -> None:
        assert data.shape == self.shape, f"{self.sender.name} sends {data.shape}"
        message = np.empty(self.shape, self.dtype)
        message[:] = data
        self.queue.put(message)

    def recv(self) -> Array:
        self.turn.release()
        try:
            message = self.queue.get(timeout=DEADLOCK_S)
        finally:
            self.turn.acquire()
        if message is None:
            raise _SenderGoneError
        return message


def _channels(models: Mapping[Any, Any], turn: threading.Lock) -> Iterator[_Channel]:
    for process, model in models.items():
        for port in process.out_ports:
            for receiver in port.get_dst_ports():
                yield _Channel(port, receiver, model, turn)


class _Thread(threading.Thread):
    """One process model, through all its time steps."""

    def __init__(
        self,
        process: Any,
        model: Any,
        steps: int,
        channels: list[_Channel],
        turn: threading.Lock,
    ) -> None:
        super().__init__(daemon=True)
        self.steps, self.turn, self.error = steps, turn, None
        self.outgoing = [c for c in channels if c.sender.process is process]
        self.model = _built(process, model, channels)

    def run(self) -> None:
        try:
            with self.turn:
                for step in range(self.steps):
                    self.model.time_step = step + 1
                    self.model.run_spk()
        except Exception as error:  # to be raised by `execute`
            self.error = error
            for channel in self.outgoing:
                channel.queue.put(None)


def _built(process: Any, model: Any, channels: list[_Channel]) -> Any:
    """A process model as Lava's own builder makes it, on these channels."""
    builder = PyProcessBuilder(model, process.id, process.proc_params)
    builder.set_variables([VarInitializer(v.name, v.shape, v.init, v.id) for v in process.vars])
    ports = [(p, "InPort") for p in process.in_ports] + [(p, "OutPort") for p in process.out_ports]
    builder.set_py_ports(
        [
            PortInitializer(p.name, p.shape, getattr(model, p.name).d_type, kind, 1)
            for p, kind in ports
        ]
    )
    builder.check_all_vars_and_ports_set()
    builder.check_lava_py_types()
    for port, kind in ports:
        end = "receiver" if kind == "InPort" else "sender"
        builder.csp_ports[port.name] = [c for c in channels if getattr(c, end) is port]
    return builder.build()
