"""Leaky integrate-and-fire neurons that start anew in each of their windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.variable import Var
from lava.proc.lif.process import LIF, AbstractLIF

from neurograph.core import fixedpoint as fx
from neurograph.ir import PeriodicReset
from neurograph_lava.ranges import (
    check_bias,
    check_integer,
    check_integers,
    check_shape,
    floats,
    is_float,
    number_or_share,
)
from neurograph_lava.windows import ALWAYS, BatchFiles, Begun, Biases, Windows


class WindowedLIF(LIF):  # type: ignore[misc]
    """Lava's LIF, starting anew in each window, whose membrane may have no memory at all.

    Args (besides LIF's):
        dv: as LIF's; 4096 (1.0 in floating point) keeps nothing of v, which LIF's field of 12
            bits cannot say.
        guard_bits: 6, which LIF has fixed; other neurons may have fewer.
        windows: when it is awake; default always, like LIF.
        files: state variable -> files ``(nodes, neurons per node)`` for its values after the
            last update of each window.
        begun: what is done already when a window begins; default: nothing.
        biases: mantissas from files that are added to bias_mant; default: none.
        periodic: when its states return to what they were at first, besides in each window;
            default: never.

    Raises:
        BackendError: a decay, threshold or bias that the chip does not hold.
    """

    _runtime = None  # Lava's destructor asks for it, also of a process that was refused
    _program = False  # the chip's LIF: its neurons share a threshold, its guard bits are fixed

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        du: float = 0,
        dv: float = 0,
        vth: Any = 10,
        bias_mant: Any = 0,
        bias_exp: Any = 0,
        guard_bits: int = fx.GUARD_BITS,
        windows: Windows = ALWAYS,
        files: dict[str, BatchFiles] | None = None,
        begun: Begun | None = None,
        biases: Biases | None = None,
        periodic: PeriodicReset | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        where = name or type(self).__name__
        _check_membrane(where, du, dv, bias_mant, bias_exp)
        check_integer(
            where, "guard_bits", guard_bits, 0 if self._program else fx.GUARD_BITS, fx.GUARD_BITS
        )
        own, high = shape if self._program else (), fx.STATE_MAX >> guard_bits
        _check_threshold(where, "vth", vth, own, high)
        names = floats(du=du, dv=dv, vth=vth, bias_mant=bias_mant)
        super().__init__(
            shape=shape,
            du=du,
            dv=dv,
            vth=vth,
            name=name,
            bias_mant=bias_mant,
            bias_exp=bias_exp,
            guard_bits=guard_bits,
            windows=windows,
            files=files or {},
            begun=begun,
            biases=biases,
            periodic=periodic,
            floats=names,
            **kwargs,
        )
        if np.ndim(vth):
            self.vth = Var(shape=shape, init=vth)  # Lava's own holds one


class SoftResetLIF(WindowedLIF):
    """Subtracts its threshold where it fires.

    Args (as for `WindowedLIF`, but):
        vth: for all neurons, or an array of `shape`, one per neuron.
        guard_bits: 0 to 6; in fixed point, what arrives and vth are shifted left by as many.
    """

    _program = True


class AdaptiveLIF(AbstractLIF):  # type: ignore[misc]
    """A LIF whose threshold theta decays in every time step and jumps where it fires.

    ``fires where v > theta; v = 0 there; theta = theta * (1 - theta_decay) + theta_step * fired``

    Args (besides WindowedLIF's, without vth):
        theta: threshold at the first update of a window; in fixed point in the unit of v, guard
            bits included, so that theta = vth << 6 is a LIF's.
        theta_decay: share lost per step, of 4096 in fixed point.
        theta_step: added to theta where it fires; like theta, for all neurons, or an array of
            `shape`, one per neuron.
        guard_bits: 0 to 6; in fixed point, what arrives is shifted left by as many.
        more_floats: names of a subclass's parameters that are given as floats.

    Source: SpikeNet (Li et al., AAAI 2023), equation of the adaptive threshold.
    """

    _runtime = None

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        theta: Any,
        theta_decay: float,
        theta_step: Any,
        u: Any = 0,
        v: Any = 0,
        du: float = 0,
        dv: float = 0,
        bias_mant: Any = 0,
        bias_exp: Any = 0,
        guard_bits: int = fx.GUARD_BITS,
        windows: Windows = ALWAYS,
        files: dict[str, BatchFiles] | None = None,
        begun: Begun | None = None,
        biases: Biases | None = None,
        periodic: PeriodicReset | None = None,
        name: str | None = None,
        log_config: Any = None,
        more_floats: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        where = name or type(self).__name__
        _check_membrane(where, du, dv, bias_mant, bias_exp)
        check_integer(where, "guard_bits", guard_bits, 0, fx.GUARD_BITS)
        number_or_share(where, "theta_decay", theta_decay, fx.DECAY_ONE)
        _check_threshold(where, "theta", theta, shape, fx.STATE_MAX)
        _check_threshold(where, "theta_step", theta_step, shape, fx.STATE_MAX, low=0)
        names = floats(du=du, dv=dv, bias_mant=bias_mant, theta=theta)
        names += (*floats(theta_decay=theta_decay, theta_step=theta_step), *more_floats)
        super().__init__(
            shape=shape,
            u=u,
            v=v,
            du=du,
            dv=dv,
            name=name,
            bias_mant=bias_mant,
            bias_exp=bias_exp,
            guard_bits=guard_bits,
            log_config=log_config,
            windows=windows,
            files=files or {},
            begun=begun,
            biases=biases,
            periodic=periodic,
            floats=names,
            **kwargs,
        )
        self.theta = Var(shape=shape, init=theta)
        self.theta_decay = Var(shape=(1,), init=theta_decay)
        self.theta_step = Var(shape=shape if np.ndim(theta_step) else (1,), init=theta_step)


def _check_threshold(
    where: str, what: str, value: Any, shape: tuple[int, ...], high: int, *, low: int = 1
) -> None:
    check_shape(where, what, value, shape)
    if not is_float(value):
        check_integers(where, what, value, low, high)


def _check_membrane(where: str, du: Any, dv: Any, bias_mant: Any, bias_exp: Any) -> None:
    number_or_share(where, "du", du, fx.DECAY_ONE - 1)
    number_or_share(where, "dv", dv, fx.DECAY_ONE)
    if np.asarray(bias_mant).dtype.kind != "f":
        check_bias(where, bias_mant, bias_exp)
