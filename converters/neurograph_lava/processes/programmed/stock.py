"""The programmed neuron on Lava's own bit-accurate membrane: the witness for `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core.arrays import Array
from neurograph.core.fixedpoint import decay_threshold
from neurograph_lava.processes.lif.stock import AbstractStockModel
from neurograph_lava.processes.programmed.process import ProgrammedLIF


@implements(proc=ProgrammedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "stock")
class PyStockProgrammedLifModel(AbstractStockModel):
    """Lava's fixed-point membrane under a threshold and a reset that are given."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.soft_reset: bool = proc_params["soft_reset"]

    def scale_threshold(self) -> None:
        """Nothing to scale: theta carries its guard bits."""

    def spiking_activation(self) -> Array:
        fired: Array = self.v > self.theta
        return fired

    def reset_voltage(self, spike_vector: Array) -> None:
        if self.soft_reset:
            self.v[spike_vector] -= self.theta[spike_vector]
        else:
            self.v[spike_vector] = 0
        self.theta[:] = decay_threshold(self.theta, self.theta_decay)
        self.theta += self.theta_step * spike_vector
