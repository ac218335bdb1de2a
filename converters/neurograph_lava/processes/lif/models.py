"""Process models of the neurons: floating point, and bit-accurate in few passes over the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph_lava.ports import received
from neurograph_lava.processes.lif.process import AdaptiveLIF, SoftResetLIF, WindowedLIF
from neurograph_lava.processes.lif.windowed import Windowed
from neurograph_lava.ranges import need_integers

HALF, PERIOD = 1 << (fx.STATE_BITS - 1), 1 << fx.STATE_BITS


class AbstractWindowedModel(Windowed, PyLoihiProcessModel):  # type: ignore[misc]
    """Receives, updates, resets where it fires, and sends."""

    a_in: PyInPort
    s_out: PyOutPort
    du: Any
    dv: Any

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.read_params(proc_params)

    def run_spk(self) -> None:
        self.run_window(received(self.a_in))

    def update(self, arrived: Array) -> Array:
        """Where the neurons fire, of the type that is sent."""
        self.integrate(arrived)
        fired: Array = self.v > self.level()
        self.reset(fired)
        return fired

    def integrate(self, arrived: Array) -> None:
        raise NotImplementedError

    def level(self) -> Any:
        """What v must exceed."""
        raise NotImplementedError

    def reset(self, fired: Array) -> None:
        self.v *= ~fired  # several times as fast as indexing


class AbstractFloatModel(AbstractWindowedModel):
    """``u = (1-du) u + a``; ``v = (1-dv) v + u + bias_mant``, in double precision."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    u: Array = LavaPyType(np.ndarray, float)
    v: Array = LavaPyType(np.ndarray, float)
    bias_mant: Array = LavaPyType(np.ndarray, float)
    bias_exp: Array = LavaPyType(np.ndarray, float)
    du: float = LavaPyType(float, float)
    dv: float = LavaPyType(float, float)

    def bias_changed(self) -> None:
        """Mantissas are what is added."""

    def integrate(self, arrived: Array) -> None:
        self.u[:] = self.u * (1 - self.du) + arrived
        self.v[:] = self.v * (1 - self.dv) + self.u + self.bias_mant


class AbstractBitAccModel(AbstractWindowedModel):
    """The chip's membrane, equal to Lava's PyLifModelBitAcc.

    A decay is exact in double precision: 24 bits times 13 bits, and dividing by 4096 rounds
    nothing, so one multiplication and one truncation do what Lava does with signs and shifts.
    """

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int8, precision=1)
    u: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    v: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    du: int = LavaPyType(int, np.uint16, precision=12)
    dv: int = LavaPyType(int, np.uint16, precision=13)
    bias_mant: Array = LavaPyType(np.ndarray, np.int16, precision=13)
    bias_exp: Array = LavaPyType(np.ndarray, np.int16, precision=3)
    bias: Array | None = None

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        need_integers(self.implements_process.__name__, proc_params["floats"])
        self.guard_bits: int = proc_params["guard_bits"]

    def update(self, arrived: Array) -> Array:
        if self.bias is None:  # Vars have their values only after construction
            self.bias = self.bias_mant.astype(np.int32) << self.bias_exp.astype(np.int32)
        fired: Array = super().update(arrived)
        return fired.view(np.int8)

    def bias_changed(self) -> None:
        self.bias = None

    def integrate(self, arrived: Array) -> None:
        assert self.bias is not None
        u = arrived.astype(np.int32, copy=False)
        u <<= self.guard_bits  # in place: what arrived is ours
        _add_decayed(u, self.u, fx.DECAY_ONE - int(self.du) - 1)  # ds_offset: u always decays
        if u.max(initial=0) > HALF or u.min(initial=0) <= -HALF:
            u = np.where(u > HALF, u - PERIOD, np.where(u <= -HALF, u + PERIOD, u))
        self.u[:] = u
        v = u
        v += self.bias
        _add_decayed(v, self.v, fx.DECAY_ONE - int(self.dv))
        np.clip(v, -fx.STATE_MAX, fx.STATE_MAX, out=self.v)


def _add_decayed(total: Array, state: Array, keep: int) -> None:
    """Add ``trunc0(state * keep / 4096)`` to `total`, in place."""
    if keep == fx.DECAY_ONE:
        total += state
    elif keep:
        total += np.trunc(state * (keep / fx.DECAY_ONE)).astype(np.int32)


@implements(proc=WindowedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyWindowedLifModelFloat(AbstractFloatModel):
    vth: float = LavaPyType(float, float)

    def level(self) -> float:
        return self.vth


@implements(proc=SoftResetLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PySoftResetLifModelFloat(AbstractFloatModel):
    vth: Array = LavaPyType(np.ndarray, float)  # one, or one per neuron

    def level(self) -> Array:
        return self.vth

    def reset(self, fired: Array) -> None:
        self.v -= self.vth * fired


@implements(proc=AdaptiveLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyAdaptiveLifModelFloat(AbstractFloatModel):
    theta: Array = LavaPyType(np.ndarray, float)
    theta_decay: float = LavaPyType(float, float)
    theta_step: Array = LavaPyType(np.ndarray, float)  # one, or one per neuron

    def level(self) -> Array:
        return self.theta

    def reset(self, fired: Array) -> None:
        super().reset(fired)
        self.theta[:] = self.theta * (1 - self.theta_decay) + self.theta_step * fired


@implements(proc=WindowedLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "fused")
class PyWindowedLifModelBitAcc(AbstractBitAccModel):
    vth: int = LavaPyType(int, np.int32, precision=17)

    def level(self) -> int:
        return int(self.vth) << self.guard_bits


@implements(proc=SoftResetLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "fused")
class PySoftResetLifModelBitAcc(AbstractBitAccModel):
    vth: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron

    def level(self) -> Array:
        return self.vth << self.guard_bits

    def reset(self, fired: Array) -> None:
        self.v -= self.level() * fired.astype(np.int32)


@implements(proc=AdaptiveLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt", "fused")
class PyAdaptiveLifModelBitAcc(AbstractBitAccModel):
    theta: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    theta_decay: int = LavaPyType(int, np.int32, precision=13)
    theta_step: Array = LavaPyType(np.ndarray, np.int32, precision=24)  # one, or one per neuron

    def level(self) -> Array:
        return self.theta

    def reset(self, fired: Array) -> None:
        super().reset(fired)
        keep = (fx.DECAY_ONE - int(self.theta_decay)) / fx.DECAY_ONE
        np.floor(self.theta * keep, out=self.theta, casting="unsafe")
        self.theta += self.theta_step * fired.astype(np.int32)
