"""The refractory neuron on Lava's own bit-accurate membrane: the witness for `models`."""

from __future__ import annotations

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core.arrays import Array
from neurograph.core.fixedpoint import DECAY_ONE, decay_to_zero
from neurograph_lava.processes.lif.stock import AbstractStockModel
from neurograph_lava.processes.refractory.process import RefractoryLIF


@implements(proc=RefractoryLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "stock")
class PyStockRefractoryLifModel(AbstractStockModel):
    """Lava's fixed-point membrane, which no spike resets."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron
    refractory: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    refractory_decay: int = LavaPyType(int, np.int32, precision=13)

    def scale_threshold(self) -> None:
        """Nothing to scale: theta carries its guard bits."""

    def spiking_activation(self) -> Array:
        rest = self.at_first("theta").astype(np.int64)
        above = decay_to_zero(self.theta - rest, DECAY_ONE - int(self.theta_decay))
        held = decay_to_zero(
            self.refractory.astype(np.int64), DECAY_ONE - int(self.refractory_decay)
        )
        self.theta[:] = rest + above
        self.refractory[:] = held
        reached: Array = self.v >= self.theta + self.refractory
        return reached

    def reset_voltage(self, spike_vector: Array) -> None:
        self.refractory[spike_vector] += 2 * self.theta[spike_vector]
        self.theta += self.theta_step * spike_vector
