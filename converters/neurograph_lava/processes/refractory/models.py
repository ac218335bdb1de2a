"""Process models of the refractory neuron: floating point, and bit-accurate in few passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph_lava.processes.lif.models import AbstractBitAccModel, AbstractFloatModel
from neurograph_lava.processes.refractory.process import RefractoryLIF


@implements(proc=RefractoryLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyRefractoryLifModelFloat(AbstractFloatModel):
    theta: Array = LavaPyType(np.ndarray, float)
    theta_decay: float = LavaPyType(float, float)
    theta_step: Array = LavaPyType(np.ndarray, float)  # one, or one per neuron
    refractory: Array = LavaPyType(np.ndarray, float)
    refractory_decay: float = LavaPyType(float, float)

    def update(self, arrived: Array) -> Array:
        self.integrate(arrived)
        rest = self.at_first("theta")
        self.theta[:] = (self.theta - rest) * (1 - self.theta_decay) + rest
        self.refractory *= 1 - self.refractory_decay
        fired: Array = self.v >= self.theta + self.refractory
        self.reset(fired)
        return fired

    def reset(self, fired: Array) -> None:
        self.refractory += 2 * self.theta * fired
        self.theta += self.theta_step * fired


@implements(proc=RefractoryLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "fused")
class PyRefractoryLifModelBitAcc(AbstractBitAccModel):
    """Theta and the refractory state have at most 25 bits: their decay is exact as of u and v."""

    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron
    refractory: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    refractory_decay: int = LavaPyType(int, np.int32, precision=13)

    def level(self) -> Array:
        """What v must exceed, to reach theta and the refractory state after their decay."""
        rest = self.at_first("theta")
        self.theta -= rest
        _decay(self.theta, self.theta_decay)
        self.theta += rest
        _decay(self.refractory, self.refractory_decay)
        return self.theta + self.refractory - 1

    def reset(self, fired: Array) -> None:
        self.refractory += 2 * self.theta * fired
        self.theta += self.theta_step * fired.astype(np.int32)


def _decay(state: Array, decay: Any) -> None:
    """``trunc0(state * (4096 - decay) / 4096)``, in place."""
    keep = (fx.DECAY_ONE - int(decay)) / fx.DECAY_ONE
    np.trunc(state * keep, out=state, casting="unsafe")
