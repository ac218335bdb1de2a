"""Process models of the relay and its limiter: floating point, and bit-accurate."""

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
from neurograph_lava.processes.lif.windowed import Windowed
from neurograph_lava.processes.relay.process import Limiter, Relay
from neurograph_lava.ranges import need_integers

HALF = 1 << (fx.STATE_BITS - 1)


class AbstractLimiterModel(Windowed, PyLoihiProcessModel):  # type: ignore[misc]
    """Receives, adds the bias, and cuts off what is beyond the limit."""

    a_in: PyInPort
    s_out: PyOutPort
    limit: Array
    bias_mant: Array

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.read_params(proc_params)

    def run_spk(self) -> None:
        self.run_window(received(self.a_in))

    def update(self, arrived: Array) -> Array:
        membrane = self.membrane(arrived)
        return np.clip(membrane, -self.limit, self.limit, out=membrane)

    def membrane(self, arrived: Array) -> Array:
        """The sum with its bias, in an array of its own."""
        raise NotImplementedError


class AbstractLimiterModelFloat(AbstractLimiterModel):
    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    limit: Array = LavaPyType(np.ndarray, float)
    bias_mant: Array = LavaPyType(np.ndarray, float)
    bias_exp: int = LavaPyType(int, int)

    def membrane(self, arrived: Array) -> Array:
        membrane: Array = arrived + self.bias_mant
        return membrane


class AbstractLimiterModelBitAcc(AbstractLimiterModel):
    """The chip's u and v, of which a unit without memory keeps nothing."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    limit: Array = LavaPyType(np.ndarray, np.int32, precision=24)
    bias_mant: Array = LavaPyType(np.ndarray, np.int32, precision=13)
    bias_exp: int = LavaPyType(int, int, precision=3)

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        need_integers(self.implements_process.__name__, proc_params["floats"])

    def membrane(self, arrived: Array) -> Array:
        u = arrived.astype(np.int32, copy=False)  # what arrived is ours
        if u.max(initial=0) > HALF or u.min(initial=0) <= -HALF:
            u = fx.wrap_once(u)
        u += self.bias_mant << int(self.bias_exp)
        return u


class AbstractRelayModel(AbstractLimiterModel):
    threshold: Array

    def update(self, arrived: Array) -> Array:
        limited = super().update(arrived)
        if self.threshold.any():  # else there is nothing to leave out
            limited *= np.abs(limited) > self.threshold
        return limited


@implements(proc=Limiter, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyLimiterModelFloat(AbstractLimiterModelFloat):
    pass


@implements(proc=Limiter, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyLimiterModelBitAcc(AbstractLimiterModelBitAcc):
    pass


@implements(proc=Relay, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyRelayModelFloat(AbstractRelayModel, AbstractLimiterModelFloat):
    threshold: Array = LavaPyType(np.ndarray, float)


@implements(proc=Relay, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyRelayModelBitAcc(AbstractRelayModel, AbstractLimiterModelBitAcc):
    threshold: Array = LavaPyType(np.ndarray, np.int32, precision=24)
