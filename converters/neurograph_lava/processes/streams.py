"""What goes into the network and what comes out of it, as files: nothing is read with Var.get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph_lava.schedule import Schedule


class Source(AbstractProcess):  # type: ignore[misc]
    """Sends the payloads of a stream, each held for `latency` hardware steps.

    Args:
        size: payloads per target. path: ``.npy`` ``(targets, steps, size)``.
    """

    def __init__(self, *, size: int, schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(schedule=schedule, **kwargs)
        self.s_out = OutPort(shape=(schedule.batch * size,))


class Fan(AbstractProcess):  # type: ignore[misc]
    """Sends what it receives `copies` times over, in the same step: parallel synapses."""

    def __init__(self, *, size: int, copies: int, **kwargs: Any) -> None:
        super().__init__(copies=copies, **kwargs)
        self.s_in = InPort(shape=(size,))
        self.s_out = OutPort(shape=(size * copies,))


class Recorder(AbstractProcess):  # type: ignore[misc]
    """Writes the spikes of a population that starts at hardware step `start`.

    Args:
        size: neurons per target. path: ``.npy``, bool ``(targets, updates, size)``.
    """

    def __init__(self, *, size: int, schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(schedule=schedule, **kwargs)
        self.s_in = InPort(shape=(schedule.batch * size,))
        self.alive = OutPort(shape=(1,))


class Heartbeat(AbstractProcess):  # type: ignore[misc]
    """Counts the hardware steps that every recorder has written; joins all parts of a network.

    Args:
        path: ``.npy``, int64 ``(1,)``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alive = InPort(shape=(1,))


@implements(proc=Source, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySourceModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.schedule: Schedule = proc_params["schedule"]
        self.latency: int = proc_params["latency"]
        self.payloads = np.load(proc_params["path"], mmap_mode="r")

    def run_spk(self) -> None:
        out = np.zeros((self.schedule.batch, self.payloads.shape[2]), np.int32)
        place = self.schedule.at(self.time_step - 1, 0)
        if place is not None:
            batch, update = place
            now = self.payloads[self.schedule.members(batch), update // self.latency]
            out[: len(now)] = now
        self.s_out.send(out.ravel())


@implements(proc=Fan, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFanModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def run_spk(self) -> None:
        self.s_out.send(np.tile(self.s_in.recv(), self.proc_params["copies"]))


@implements(proc=Recorder, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyRecorderModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    alive: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.schedule: Schedule = proc_params["schedule"]
        self.start_step: int = proc_params["start"]
        self.file = np.load(proc_params["path"], mmap_mode="r+")

    def run_spk(self) -> None:
        spikes = self.s_in.recv()
        place = self.schedule.at(self.time_step - 1, self.start_step)
        if place is not None:
            batch, update = place
            members = self.schedule.members(batch)
            by_target = spikes.reshape(self.schedule.batch, -1)
            self.file[members, update] = by_target[: members.stop - members.start]
        self.alive.send(np.ones(1, np.int32))


@implements(proc=Heartbeat, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyHeartbeatModel(PyLoihiProcessModel):  # type: ignore[misc]
    alive: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=1)

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.file = np.load(proc_params["path"], mmap_mode="r+")

    def run_spk(self) -> None:
        self.alive.recv()
        self.file[0] = self.time_step
