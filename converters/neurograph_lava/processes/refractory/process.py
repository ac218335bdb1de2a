"""SLAYER's ALIF, which Lava has as ATRLIF, in integers that are SLAYER's."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.variable import Var

from neurograph.core import fixedpoint as fx
from neurograph_lava.processes.lif.process import AdaptiveLIF
from neurograph_lava.ranges import floats, number_or_share


class RefractoryLIF(AdaptiveLIF):
    """A LIF that fires where v reaches theta and a refractory state, and goes on from there.

    ``theta = (theta - theta_0) * (1 - theta_decay) + theta_0``, its value at the first update;
    ``refractory = refractory * (1 - refractory_decay)``; fires where ``v >= theta + refractory``,
    then ``refractory += 2 * theta``, ``theta += theta_step``. Decays truncate toward 0.

    Args (besides AdaptiveLIF's):
        refractory_decay: share lost per step, of 4096 in fixed point.

    Source: ALIF of lava-dl 0.6.0. The fixed-point model of Lava 0.10.0's ATRLIF differs from it.
    """

    def __init__(self, *, refractory_decay: float, **settings: Any) -> None:
        where = settings.get("name") or type(self).__name__
        number_or_share(where, "refractory_decay", refractory_decay, fx.DECAY_ONE)
        super().__init__(more_floats=floats(refractory_decay=refractory_decay), **settings)
        self.refractory = Var(shape=settings["shape"], init=0)
        self.refractory_decay = Var(shape=(1,), init=refractory_decay)
