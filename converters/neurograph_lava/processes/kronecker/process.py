"""A connection whose synapse matrix is a Kronecker product, for a batch of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph_lava.ranges import check_integer, check_weights, floats


class Kronecker(AbstractProcess):  # type: ignore[misc]
    """``a_out = (mix x weight) s_in``, one time step later, the same for every member of a batch.

    What Lava's Dense computes with the written-out matrix (`identity x mix x weight`), without
    writing it out: the rows are mixed first, then multiplied by the one weight that all rows and
    members share.

    Args:
        weights: ``(channels out, channels in)``. Integers for bit-accurate models: what the chip
            holds, even -256..254 where signs are mixed, else 0..255 in magnitude; nothing is
            rounded or clipped. Floats for floating-point models.
        mix: ``(rows out, rows in)``, sparse or dense, non-negative integers.
        batch: networks side by side, its members, that share mix and weights, e.g. nodes to
            classify; their inputs and sums lie one after the other.
        weight_exp: the bit-accurate sum is shifted left by it; right, and floored, if negative.
        num_message_bits: width of graded spikes, sign included; 0 means spikes are 0 or 1. A
            bit-accurate model refuses larger payloads: Lava's Dense would not.
        delay: time steps beyond the one that every connection takes.

    Ports:
        s_in: ``(batch * rows in * channels in,)``.
        a_out: ``(batch * rows out * channels out,)``.

    Raises:
        BackendError: a weight, exponent, mix or delay that the chip does not hold.
    """

    _runtime = None  # Lava's destructor asks for it, also of a process that was refused

    def __init__(
        self,
        *,
        weights: Array,
        mix: Array | sp.spmatrix | sp.csr_array,
        batch: int = 1,
        weight_exp: int = 0,
        num_message_bits: int = 0,
        delay: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        where, weights = name or type(self).__name__, np.asarray(weights)
        rows = check_weights(where, weights, mix)
        check_integer(where, "batch", batch, 1)
        check_integer(where, "weight_exp", weight_exp, fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
        check_integer(where, "num_message_bits", num_message_bits, 0, 32)
        check_integer(where, "delay", delay, 0, fx.DELAY_MAX)
        super().__init__(
            name=name,
            mix=rows,
            batch=batch,
            delay=delay,
            weight_exp=weight_exp,
            num_message_bits=num_message_bits,
            floats=floats(weights=weights),
            **kwargs,
        )
        out, into = (batch * r * c for r, c in zip(rows.shape, weights.shape, strict=True))
        self.s_in = InPort(shape=(into,))
        self.a_out = OutPort(shape=(out,))
        self.weights = Var(shape=weights.shape, init=weights)
        self.weight_exp = Var(shape=(1,), init=weight_exp)
        self.num_message_bits = Var(shape=(1,), init=num_message_bits)
