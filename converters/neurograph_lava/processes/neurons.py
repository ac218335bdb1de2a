"""Neurons that live for one window per batch; the membrane is Lava's own bit-accurate one.

Every population starts from its initial state at its own first hardware step of a batch, lives
for exactly ``steps * latency`` updates, and then writes its state to a file. Outside its window
it takes what arrives and stays silent, so no bias, decay or late spike of one batch reaches
another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.lif.models import AbstractPyLifModelFixed, PyLifModelBitAcc
from lava.proc.lif.process import LIF, AbstractLIF

from neurograph.arrays import Array
from neurograph.fixedpoint import decay_threshold
from neurograph_lava.schedule import Schedule


class WindowedLIF(LIF):  # type: ignore[misc]
    """Lava's LIF, for one window per batch.

    Args (besides LIF's):
        schedule: of the run. start: first hardware step of the first window.
        states: state variable -> ``.npy`` file ``(targets, neurons per target)`` for its values
            after the last update.
    """


class SoftResetLIF(LIF):  # type: ignore[misc]
    """A LIF that subtracts its threshold where it fires; arguments as for `WindowedLIF`."""


class AdaptiveLIF(AbstractLIF):  # type: ignore[misc]
    """A LIF whose threshold theta decays every step and jumps where it fires.

    Args (besides WindowedLIF's, without vth):
        theta: at the first update. theta_decay: 0 to 4096. theta_step: added where it fires.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        theta: int,
        theta_decay: int,
        theta_step: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(shape=shape, u=0, v=0, log_config=None, **kwargs)
        self.theta = Var(shape=shape, init=theta)
        self.theta_start = Var(shape=(1,), init=theta)
        self.theta_decay = Var(shape=(1,), init=theta_decay)
        self.theta_step = Var(shape=(1,), init=theta_step)


class AbstractWindowedModel(AbstractPyLifModelFixed):  # type: ignore[misc]
    """Lava's fixed-point membrane: asleep, reset at the start of a window, written at its end."""

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.schedule: Schedule = proc_params["schedule"]
        self.start_step: int = proc_params["start"]
        self.states = {
            name: np.load(path, mmap_mode="r+") for name, path in proc_params["states"].items()
        }

    def run_spk(self) -> None:
        place = self.schedule.at(self.time_step - 1, self.start_step)
        if place is None:
            self.s_out.send(np.zeros_like(self.a_in.recv()))
            return
        batch, update = place
        if update == 0:
            self.restart()
        super().run_spk()
        if update == self.schedule.updates - 1:
            self.write_states(batch)

    def restart(self) -> None:
        self.u[:] = 0
        self.v[:] = 0

    def write_states(self, batch: int) -> None:
        members = self.schedule.members(batch)
        for name, file in self.states.items():
            values = getattr(self, name).reshape(self.schedule.batch, -1)
            file[members] = values[: members.stop - members.start]


@implements(proc=WindowedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyWindowedLifModel(AbstractWindowedModel, PyLifModelBitAcc):  # type: ignore[misc]
    """Lava's PyLifModelBitAcc, unchanged within its windows."""

    implements_process = WindowedLIF  # Lava refuses a second @implements on a subclass


@implements(proc=SoftResetLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PySoftResetLifModel(AbstractWindowedModel, PyLifModelBitAcc):  # type: ignore[misc]
    """PyLifModelBitAcc but for its reset."""

    implements_process = SoftResetLIF

    def reset_voltage(self, spike_vector: Array) -> None:
        self.v[spike_vector] -= int(self.effective_vth)


@implements(proc=AdaptiveLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyAdaptiveLifModel(AbstractWindowedModel):
    """Lava's fixed-point membrane under a threshold that moves."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_start: int = LavaPyType(int, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: int = LavaPyType(int, np.int32, precision=24)

    def restart(self) -> None:
        super().restart()
        self.theta[:] = self.theta_start

    def scale_threshold(self) -> None:
        """Nothing to scale: theta carries its guard bits."""
        self.isthrscaled = True

    def spiking_activation(self) -> Array:
        fired: Array = self.v > self.theta
        return fired

    def reset_voltage(self, spike_vector: Array) -> None:
        self.v[spike_vector] = 0
        self.theta[:] = decay_threshold(self.theta, self.theta_decay)
        self.theta[spike_vector] += self.theta_step
