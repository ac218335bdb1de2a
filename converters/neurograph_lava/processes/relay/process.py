"""The relay, and its half that Lava has no process for."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from neurograph.core import fixedpoint as fx
from neurograph_lava.ranges import check_bias, check_integers, check_shape, floats, is_float
from neurograph_lava.windows import ALWAYS, Windows


class Limiter(AbstractProcess):  # type: ignore[misc]
    """Sends ``a_in + bias_mant * 2**bias_exp`` in the same time step, never more than `limit`.

    Args:
        shape: of the units.
        limit: largest magnitude that is sent, for all, or one per unit.
        bias_mant: as LIF's.
        bias_exp: as LIF's.
        windows: when it is awake; asleep, it sends nothing.

    Raises:
        BackendError: a limit, threshold or bias that the chip does not hold.
    """

    _runtime = None  # Lava's destructor asks for it, also of a process that was refused

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        limit: Any,
        bias_mant: Any = 0,
        bias_exp: Any = 0,
        windows: Windows = ALWAYS,
        name: str | None = None,
        **settings: Any,
    ) -> None:
        where = name or type(self).__name__
        _check_level(where, "limit", limit, shape, 1)
        check_shape(where, "bias_mant", bias_mant, shape)
        if not is_float(bias_mant):
            check_bias(where, bias_mant, bias_exp)
        names = floats(limit=limit, bias_mant=bias_mant) + settings.pop("floats", ())
        nothing = dict.fromkeys(("begun", "biases", "periodic"))  # it holds nothing
        super().__init__(name=name, windows=windows, files={}, floats=names, **nothing, **settings)
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.limit = _held(limit, shape)
        self.bias_mant = _held(bias_mant, shape)
        self.bias_exp = Var(shape=(1,), init=bias_exp)


class Relay(Limiter):
    """A linear unit without memory: a `Limiter` that sends no small numbers.

    Args (besides Limiter's):
        threshold: magnitude up to which nothing is sent, for all, or one per unit.
    """

    def __init__(self, *, shape: tuple[int, ...], threshold: Any = 0, **settings: Any) -> None:
        where = settings.get("name") or type(self).__name__
        _check_level(where, "threshold", threshold, shape, 0)
        super().__init__(shape=shape, floats=floats(threshold=threshold), **settings)
        self.threshold = _held(threshold, shape)


def _held(value: Any, shape: tuple[int, ...]) -> Var:
    """One for all, or one per unit."""
    return Var(shape=shape if np.ndim(value) else (1,), init=value)


def _check_level(where: str, what: str, value: Any, shape: tuple[int, ...], low: int) -> None:
    check_shape(where, what, value, shape)
    if not is_float(value):
        check_integers(where, what, value, low, fx.STATE_MAX)
