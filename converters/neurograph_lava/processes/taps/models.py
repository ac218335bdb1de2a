"""Process models of `Taps`: the rows that all taps hear side by side, then one BLAS product."""

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

from neurograph.core.arrays import Array, exact_dtype
from neurograph_lava.processes.delayed import Delayed
from neurograph_lava.processes.exact import Bounded, InFloats
from neurograph_lava.processes.taps.process import Taps
from neurograph_lava.ranges import need_integers


class AbstractTapsModel(Delayed, PyLoihiProcessModel):  # type: ignore[misc]
    """Gathers and multiplies."""

    s_in: PyInPort
    a_out: PyOutPort
    weights: Array
    a_out_dtype: type[np.generic]

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.batch, self.rows_in = int(proc_params["batch"]), int(proc_params["rows_in"])
        heard = np.asarray(proc_params["heard"], np.int64)
        self.heard = np.where(heard < 0, self.rows_in, heard)  # one row more, in which nothing is

    def prepare(self) -> Array:
        taps, channels_out, channels_in = self.weights.shape
        factor = np.moveaxis(self.weights, 1, 2).reshape(taps * channels_in, channels_out)
        self.factor = np.ascontiguousarray(factor, self.dtype())
        self.sends = np.zeros((self.batch, self.rows_in + 1), np.bool_)
        shape = (self.batch, self.rows_in + 1, channels_in)
        self.arrived = np.zeros(shape, self.factor.dtype)
        self.silent = np.zeros(self.batch * len(self.heard) * channels_out, self.a_out_dtype)
        return self.silent

    def dtype(self) -> type[np.generic]:
        """In which products are computed."""
        raise NotImplementedError

    def scaled(self, products: Array) -> Array:
        """Products, as they are sent."""
        raise NotImplementedError

    def sums(self, arrived: Array) -> Array:
        """``(batch * rows out * channels out,)`` for spikes of the batch."""
        self.arrived[:, :-1] = arrived.reshape(self.batch, self.rows_in, -1)
        np.any(self.arrived, axis=2, out=self.sends)
        members, rows = np.nonzero(self.sends[:, self.heard].any(axis=2))
        if not len(rows):
            return self.silent
        gathered = self.arrived[members[:, None], self.heard[rows]]
        products = gathered.reshape(len(rows), -1) @ self.factor
        sent = np.zeros((self.batch, len(self.heard), products.shape[1]), self.a_out_dtype)
        sent[members, rows] = self.scaled(products)
        flat: Array = sent.reshape(-1)
        return flat


@implements(proc=Taps, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyTapsModelFloat(InFloats, AbstractTapsModel):
    """In double precision; `weight_exp` is for fixed point alone, and without message bits every
    payload counts as 1, as in Lava's Dense.
    """

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: Array = LavaPyType(np.ndarray, float)
    weight_exp: int = LavaPyType(int, int)
    num_message_bits: int = LavaPyType(int, int)
    a_out_dtype = np.float64

    def scaled(self, products: Array) -> Array:
        return products


@implements(proc=Taps, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyTapsModelBitAcc(Bounded, AbstractTapsModel):
    """Exact integers, multiplied as floats that a bound keeps exact."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=16)
    weights: Array = LavaPyType(np.ndarray, np.int32, precision=9)
    weight_exp: int = LavaPyType(int, int, precision=4)
    num_message_bits: int = LavaPyType(int, int, precision=5)
    a_out_dtype = np.int32

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        need_integers("Taps", proc_params["floats"])

    def dtype(self) -> type[np.generic]:
        each = np.abs(self.weights.astype(np.int64)).sum(axis=(0, 2))
        bound = self.largest * int(each.max())
        return exact_dtype(bound)
