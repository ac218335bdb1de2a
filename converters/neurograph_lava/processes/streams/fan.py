"""Parallel synapses, for Lava's own connections, which hold one synapse per pair of neurons."""

from __future__ import annotations

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


class Fan(AbstractProcess):  # type: ignore[misc]
    """Sends what it receives `times` times over, in the same step: parallel synapses."""

    def __init__(self, *, size: int, times: int, **kwargs: Any) -> None:
        super().__init__(times=times, **kwargs)
        self.s_in = InPort(shape=(size,))
        self.s_out = OutPort(shape=(size * times,))


@implements(proc=Fan, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFanModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def run_spk(self) -> None:
        self.s_out.send(np.tile(self.s_in.recv(), self.proc_params["times"]))
