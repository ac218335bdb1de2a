"""What makes a connection send what it computed in an earlier time step."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from neurograph.core.arrays import Array
from neurograph_lava.ports import received


class Delayed:
    """Sends what it computed `delay` + 1 time steps ago; a mixin of models.

    Sending before receiving keeps loops of connections and neurons from waiting for each other.
    """

    s_in: Any
    a_out: Any
    proc_params: Mapping[str, Any]
    pending: deque[Array] | None = None

    def run_spk(self) -> None:
        if self.pending is None:
            silent = self.prepare()
            self.pending = deque([silent] * (self.proc_params["delay"] + 1))
        self.a_out.send(self.pending.popleft())
        self.pending.append(self.sums(received(self.s_in)))

    def prepare(self) -> Array:
        """In the first time step: Vars have their values only after construction.

        Returns:
            What is sent where nothing arrives.
        """
        raise NotImplementedError

    def sums(self, arrived: Array) -> Array:
        """What will be sent for `arrived`, of the type that is sent."""
        raise NotImplementedError


def shifted(exact: Array, exponent: int) -> Array:
    """Integer sums times ``2**exponent``, in place; a right shift floors, as the chip does."""
    if exponent > 0:
        exact <<= exponent
    elif exponent < 0:
        exact >>= -exponent
    return exact
