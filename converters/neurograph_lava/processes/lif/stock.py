"""The same neurons on Lava's own bit-accurate membrane: the witness for `models`.

Lava's code integrates; ours says when it is awake, how it resets, where theta is, and how many
guard bits a program of its own has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.lif.models import AbstractPyLifModelFixed, PyLifModelBitAcc

from neurograph.core.arrays import Array
from neurograph.core.fixedpoint import decay_threshold
from neurograph_lava.processes.lif.process import AdaptiveLIF, SoftResetLIF, WindowedLIF
from neurograph_lava.processes.lif.windowed import Windowed
from neurograph_lava.ranges import need_integers


class AbstractStockModel(Windowed, AbstractPyLifModelFixed):  # type: ignore[misc]
    """Lava's ``run_spk`` within windows."""

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        need_integers(self.implements_process.__name__, proc_params["floats"])
        self.read_params(proc_params)
        self.act_shift = self.vth_shift = proc_params["guard_bits"]  # Lava's own: 6
        self.scaled = False

    def run_spk(self) -> None:
        self.run_window(self.a_in.recv())

    def bias_changed(self) -> None:
        self.scaled = False

    def update(self, arrived: Array) -> Array:
        """The lines of Lava's ``run_spk`` between receiving and sending."""
        if not self.scaled:
            self.scale_bias()
            self.scale_threshold()
            self.scaled = True
        self.subthr_dynamics(activation_in=arrived)
        fired: Array = self.spiking_activation()
        self.reset_voltage(spike_vector=fired)
        return fired


@implements(proc=WindowedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "stock")
class PyStockLifModel(AbstractStockModel, PyLifModelBitAcc):  # type: ignore[misc]
    """Lava's PyLifModelBitAcc, unchanged within its windows."""

    implements_process = WindowedLIF  # Lava refuses a second @implements on a subclass


@implements(proc=SoftResetLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "stock")
class PyStockSoftResetLifModel(AbstractStockModel, PyLifModelBitAcc):  # type: ignore[misc]
    """PyLifModelBitAcc but for its reset and its guard bits."""

    implements_process = SoftResetLIF
    vth: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron

    def reset_voltage(self, spike_vector: Array) -> None:
        self.v -= self.effective_vth * spike_vector


@implements(proc=AdaptiveLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "stock")
class PyStockAdaptiveLifModel(AbstractStockModel):
    """Lava's fixed-point membrane, with guard bits of its own, under a threshold that moves."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron

    def scale_threshold(self) -> None:
        """Nothing to scale: theta carries its guard bits."""

    def spiking_activation(self) -> Array:
        fired: Array = self.v > self.theta
        return fired

    def reset_voltage(self, spike_vector: Array) -> None:
        self.v[spike_vector] = 0
        self.theta[:] = decay_threshold(self.theta, self.theta_decay)
        self.theta += self.theta_step * spike_vector
