"""Spikes into files, and a heartbeat that says how far they are written."""

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

from neurograph.core.arrays import Array
from neurograph_lava.ports import received
from neurograph_lava.windows import BatchFiles, Windows


class Recorder(AbstractProcess):  # type: ignore[misc]
    """Writes the spikes of a population; `alive` beats once they are written.

    Args:
        size: neurons per node.
        files: bool ``(nodes, updates, size)``.
        windows: of the population, one per batch of nodes.
    """

    def __init__(self, *, size: int, files: BatchFiles, windows: Windows, **kwargs: Any) -> None:
        super().__init__(files=files, windows=windows, **kwargs)
        self.s_in = InPort(shape=(files.batch * size,))
        self.alive = OutPort(shape=(1,))


class Heartbeat(AbstractProcess):  # type: ignore[misc]
    """Counts the time steps that every recorder has written; joins all parts of a network.

    Args:
        path: ``.npy``, int64 ``(1,)``.
    """

    def __init__(self, *, path: str, **kwargs: Any) -> None:
        super().__init__(path=path, **kwargs)
        self.alive = InPort(shape=(1,))


@implements(proc=Recorder, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyRecorderModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    alive: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.windows: Windows = proc_params["windows"]
        self.files: BatchFiles = proc_params["files"]
        self.file: Array | None = None

    def run_spk(self) -> None:
        spikes = received(self.s_in)
        place = self.windows.at(self.time_step)
        if place is not None:
            window, update = place
            if update == 0 or self.file is None:
                self.file = self.files.open(window, "r+")
            members = spikes.reshape(self.files.batch, -1)
            self.file[:, update] = members[: len(self.file)]
        self.alive.send(np.ones(1, np.int32))


@implements(proc=Heartbeat, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyHeartbeatModel(PyLoihiProcessModel):  # type: ignore[misc]
    alive: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=1)

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.file: Array = np.load(proc_params["path"], mmap_mode="r+")

    def run_spk(self) -> None:
        self.alive.recv()
        self.file[0] = self.time_step
