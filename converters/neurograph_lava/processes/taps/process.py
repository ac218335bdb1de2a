"""A connection of several taps, each of which leads from one row to another by its own weight."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph_lava.ranges import check_integer, check_weight, floats


class Taps(AbstractProcess):  # type: ignore[misc]
    """``a_out[row] = sum over taps of weights[tap] s_in[heard[row, tap]]``, one time step later.

    A convolution: what Lava's Conv computes, for any geometry, and a batch of networks; or a dense
    layer that hears many rows.

    Args:
        weights: ``(taps, channels out, channels in)``, of each tap as those of `Kronecker`.
        heard: integers ``(rows out, taps)``: the row that each tap hears; -1: none.
        rows_in: of the source.
        batch: networks side by side, whose inputs and sums lie one after the other.
        weight_exp: the bit-accurate sum of all taps is shifted left by it; right, and floored, if
            negative.
        num_message_bits: as of `Kronecker`.
        delay: time steps beyond the one that every connection takes.

    Ports:
        s_in: ``(batch * rows in * channels in,)``.
        a_out: ``(batch * rows out * channels out,)``.

    Raises:
        BackendError: a weight, exponent, row or delay that there is not.
    """

    _runtime = None  # Lava's destructor asks for it, also of a process that was refused

    def __init__(
        self,
        *,
        weights: Array,
        heard: Array,
        rows_in: int,
        batch: int = 1,
        weight_exp: int = 0,
        num_message_bits: int = 0,
        delay: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        where, weights, heard = name or type(self).__name__, np.asarray(weights), np.asarray(heard)
        check_integer(where, "rows_in", rows_in, 1)
        check_integer(where, "batch", batch, 1)
        check_integer(where, "weight_exp", weight_exp, fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
        check_integer(where, "num_message_bits", num_message_bits, 0, 32)
        check_integer(where, "delay", delay, 0, fx.DELAY_MAX)
        if weights.ndim != 3 or heard.ndim != 2 or heard.shape[1] != len(weights):
            raise BackendError(
                f"{where}: weights {weights.shape} and heard {heard.shape}, needed (taps, channels "
                "out, channels in) and (rows out, taps)"
            )
        for tap, weight in enumerate(weights):
            check_weight(f"{where}, tap {tap}", weight)
        if heard.dtype.kind not in "iu" or heard.min() < -1 or heard.max() >= rows_in:
            raise BackendError(f"{where}: heard holds a row that is none of -1 to {rows_in - 1}")
        super().__init__(
            name=name,
            heard=heard,
            rows_in=rows_in,
            batch=batch,
            delay=delay,
            weight_exp=weight_exp,
            num_message_bits=num_message_bits,
            floats=floats(weights=weights),
            **kwargs,
        )
        _, channels_out, channels_in = weights.shape
        self.s_in = InPort(shape=(batch * rows_in * channels_in,))
        self.a_out = OutPort(shape=(batch * len(heard) * channels_out,))
        self.weights = Var(shape=weights.shape, init=weights)
        self.weight_exp = Var(shape=(1,), init=weight_exp)
        self.num_message_bits = Var(shape=(1,), init=num_message_bits)
