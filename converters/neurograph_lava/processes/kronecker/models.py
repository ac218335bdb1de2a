"""Process models of `Kronecker`: rows first, then one BLAS product for all members of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core.arrays import Array, exact_dtype
from neurograph_lava.processes.delayed import Delayed
from neurograph_lava.processes.exact import Bounded, InFloats
from neurograph_lava.processes.kronecker.process import Kronecker
from neurograph_lava.ranges import need_integers


class AbstractKroneckerModel(Delayed, PyLoihiProcessModel):  # type: ignore[misc]
    """Mixes and multiplies."""

    s_in: PyInPort
    a_out: PyOutPort
    weights: Array

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        mix: sp.csr_array = proc_params["mix"]
        self.batch = int(proc_params["batch"])
        self.rows_out, self.rows_in = (int(rows) for rows in mix.shape)
        self.reached = np.flatnonzero(np.diff(mix.indptr))  # a mix may leave rows empty
        self.entries = _table(mix, self.reached)

    def prepare(self) -> Array:
        self.factor = np.ascontiguousarray(self.weights.T, self.dtype())
        channels_in, channels_out = self.factor.shape
        rows = self.batch * len(self.reached)
        self.mixed = np.zeros((rows, channels_in), self.factor.dtype)
        self.products = np.zeros((rows, channels_out), self.factor.dtype)
        self.silent = np.zeros(self.batch * self.rows_out * channels_out, self.a_out_dtype)
        return self.silent

    def dtype(self) -> type[np.generic]:
        """In which products are computed."""
        raise NotImplementedError

    def scaled(self, products: Array) -> Array:
        """Products of a new array, as they are sent."""
        raise NotImplementedError

    a_out_dtype: type[np.generic]

    def sums(self, arrived: Array) -> Array:
        """``(batch * rows out * channels out,)`` for spikes of the batch."""
        spikes = arrived.reshape(self.batch, self.rows_in, self.factor.shape[0])
        members, rows = np.nonzero(self.live(spikes))
        if not len(rows):
            return self.silent
        mixed, products = self.mixed[: len(rows)], self.products[: len(rows)]
        self.mix_rows(spikes, members, rows, mixed)
        np.matmul(mixed, self.factor, out=products)
        sent = np.zeros((self.batch, self.rows_out, products.shape[1]), self.a_out_dtype)
        sent[members, self.reached[rows]] = self.scaled(products)
        flat: Array = sent.reshape(-1)
        return flat

    def live(self, spikes: Array) -> Array:
        """``(batch, reached rows)``: where anything arrives; silent rows are not multiplied."""
        words = spikes.view(np.uint64 if spikes.shape[2] * spikes.itemsize % 8 == 0 else np.uint8)
        sends = np.bitwise_or.reduce(words, axis=2) != 0
        alive = np.zeros((self.batch, len(self.reached)), np.bool_)
        for source, times in self.entries:
            alive |= sends[:, source] & (times != 0)
        return alive

    def mix_rows(self, spikes: Array, members: Array, rows: Array, mixed: Array) -> None:
        """Fill `mixed` with the inputs of these rows, entry by entry of the mix."""
        for number, (source, times) in enumerate(self.entries):
            gathered = spikes[members, source[rows]]
            many = times[rows, None]
            if (many != 1).any():
                gathered = gathered * many.astype(mixed.dtype)
            if number == 0:
                np.copyto(mixed, gathered)
            else:
                mixed += gathered


def _table(mix: sp.csr_array, reached: Array) -> list[tuple[Array, Array]]:
    """The first entry of every reached row, the second, ...: source row and times, 0 past the end.

    Returns:
        Pairs of int64 ``(reached rows,)``.
    """
    starts, counts = mix.indptr[reached].astype(np.int64), np.diff(mix.indptr)[reached]
    table = []
    for number in range(int(counts.max(initial=0))):
        there = counts > number
        at = np.where(there, starts + number, starts)
        table.append((mix.indices[at].astype(np.int64), np.where(there, mix.data[at], 0)))
    return table


@implements(proc=Kronecker, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyKroneckerModelFloat(InFloats, AbstractKroneckerModel):
    """In double precision; as in Lava's Dense, `weight_exp` is for fixed point alone.

    Without message bits every payload counts as 1, as there.
    """

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: Array = LavaPyType(np.ndarray, float)
    weight_exp: int = LavaPyType(int, int)
    num_message_bits: int = LavaPyType(int, int)
    a_out_dtype = np.float64

    def scaled(self, products: Array) -> Array:
        own: Array = products.copy()
        return own


@implements(proc=Kronecker, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyKroneckerModelBitAcc(Bounded, AbstractKroneckerModel):
    """Exact integers, multiplied as floats that a bound keeps exact; equal to Lava's Dense."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=16)
    weights: Array = LavaPyType(np.ndarray, np.int32, precision=9)
    weight_exp: int = LavaPyType(int, int, precision=4)
    num_message_bits: int = LavaPyType(int, int, precision=5)
    a_out_dtype = np.int32

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        need_integers("Kronecker", proc_params["floats"])

    def dtype(self) -> type[np.generic]:
        rows = int(np.sum([times for _, times in self.entries], axis=0).max(initial=0))
        bound = rows * self.largest * int(np.abs(self.weights.astype(np.int64)).sum(1).max())
        return exact_dtype(bound)
