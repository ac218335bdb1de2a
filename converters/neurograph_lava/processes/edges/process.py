"""A connection along the edges of a graph, whose row mix changes with the snapshots."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import Schedule
from neurograph_lava.ranges import check_entries, check_integer, check_weight, floats
from neurograph_lava.windows import ALWAYS, Windows


class EdgeSynapses(AbstractProcess):  # type: ignore[misc]
    """``a_out = (mix x weight) s_in``, one time step later, by the mix of its snapshot.

    What Lava's Sparse computes with the written-out matrix of that snapshot, without writing it
    out: nodes hear each other first, then every node multiplies by the one weight that all share.
    Payloads are numbers, of any size that Lava's channels hold.

    Args:
        weights: ``(channels out, channels in)``; as `Kronecker`'s.
        mix: who hears whom in each snapshot, and how loud, along N nodes.
        weight_exp: the bit-accurate sum is shifted left by it; right, and floored, if negative.
        delay: time steps beyond the one that every connection takes.
        windows: of the neurons that it leads to; a snapshot is that in which a sum arrives there.
        latency: time steps per snapshot; after the last one, the last one's mix stays.

    Ports:
        s_in: ``(N * channels in,)``.
        a_out: ``(N * channels out,)``.

    Raises:
        BackendError: a weight, exponent or delay that the chip does not hold, or a mix of floats.
    """

    _runtime = None  # Lava's destructor asks for it, also of a process that was refused

    def __init__(
        self,
        *,
        weights: Array,
        mix: Schedule,
        weight_exp: int = 0,
        delay: int = 0,
        windows: Windows = ALWAYS,
        latency: int = 1,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        where, weights = name or type(self).__name__, np.asarray(weights)
        check_weight(where, weights)
        check_entries(where, mix, weights)
        check_integer(where, "weight_exp", weight_exp, fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
        check_integer(where, "delay", delay, 0, fx.DELAY_MAX)
        check_integer(where, "latency", latency, 1)
        super().__init__(
            name=name,
            mix=mix,
            delay=delay,
            weight_exp=weight_exp,
            windows=windows,
            latency=latency,
            floats=floats(weights=weights),
            **kwargs,
        )
        out, into = weights.shape
        self.s_in = InPort(shape=(mix.nodes * into,))
        self.a_out = OutPort(shape=(mix.nodes * out,))
        self.weights = Var(shape=weights.shape, init=weights)
        self.weight_exp = Var(shape=(1,), init=weight_exp)
