"""Process models of the programmed neuron: floating point, and bit-accurate in few passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph_lava.processes.lif.models import AbstractBitAccModel, AbstractFloatModel
from neurograph_lava.processes.programmed.process import ProgrammedLIF


@implements(proc=ProgrammedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyProgrammedLifModelFloat(AbstractFloatModel):
    theta: Array = LavaPyType(np.ndarray, float)
    theta_decay: float = LavaPyType(float, float)
    theta_step: Array = LavaPyType(np.ndarray, float)  # one, or one per neuron

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.soft_reset: bool = proc_params["soft_reset"]

    def level(self) -> Array:
        return self.theta

    def reset(self, fired: Array) -> None:
        self.v -= (self.theta if self.soft_reset else self.v) * fired
        self.theta[:] = self.theta * (1 - self.theta_decay) + self.theta_step * fired


@implements(proc=ProgrammedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "fused")
class PyProgrammedLifModelBitAcc(AbstractBitAccModel):
    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.soft_reset: bool = proc_params["soft_reset"]

    def level(self) -> Array:
        return self.theta

    def reset(self, fired: Array) -> None:
        self.v -= (self.theta if self.soft_reset else self.v) * fired
        keep = (fx.DECAY_ONE - int(self.theta_decay)) / fx.DECAY_ONE
        np.floor(self.theta * keep, out=self.theta, casting="unsafe")
        self.theta += self.theta_step * fired
