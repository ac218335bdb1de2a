"""Mixes that change, for Lava's own connections, whose synapses stay what they are."""

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

from neurograph_lava.windows import Arrivals


class Switch(AbstractProcess):  # type: ignore[misc]
    """Sends what it receives, in the same step, to the synapses of the snapshot it arrives in.

    Args:
        size: of what it receives; it sends as much per snapshot, one beside the other.
        snapshots: how many there are.
        arrivals: when each is.
    """

    def __init__(self, *, size: int, snapshots: int, arrivals: Arrivals, **kwargs: Any) -> None:
        super().__init__(snapshots=snapshots, arrivals=arrivals, **kwargs)
        self.s_in = InPort(shape=(size,))
        self.s_out = OutPort(shape=(size * snapshots,))


@implements(proc=Switch, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySwitchModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def run_spk(self) -> None:
        received = self.s_in.recv()
        sent = np.zeros((self.proc_params["snapshots"], received.size), np.int32)
        step = self.proc_params["arrivals"].snapshot(self.time_step)
        if step is not None:
            sent[step] = received
        self.s_out.send(sent.ravel())
