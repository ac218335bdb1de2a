"""What makes a neuron of any arithmetic live in windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import PeriodicReset
from neurograph_lava.windows import BatchFiles, Begun, Biases, Windows

STATES = ("u", "v", "theta", "refractory")


class Windowed:
    """Asleep, anew at the start of a window, its states written at the end; a mixin of models."""

    s_out: Any
    u: Array
    v: Array
    bias_mant: Array
    time_step: int
    initial: dict[str, Array] | None = None
    own_mantissas: Array | None = None
    bias_of: tuple[int, int] | None = None  # window and snapshot

    def read_params(self, proc_params: Mapping[str, Any]) -> None:
        self.windows: Windows = proc_params["windows"]
        self.files: Mapping[str, BatchFiles] = proc_params["files"]
        self.begun: Begun | None = proc_params["begun"]
        self.biases: Biases | None = proc_params["biases"]
        self.periodic: PeriodicReset | None = proc_params["periodic"]

    def update(self, arrived: Array) -> Array:
        """One time step of every neuron; what is sent."""
        raise NotImplementedError

    def run_window(self, arrived: Array) -> None:
        place = self.windows.at(self.time_step)
        if place is None:
            self.s_out.send(np.zeros(arrived.shape, np.int8))
            return
        window, update = place
        if update == 0:
            self.restart()
        if self.begun is not None:
            if update < self.begun.updates:
                spikes = self.begun.spikes.open(window, "r")[:, update]
                self.s_out.send(spikes.reshape(arrived.shape).astype(np.int8))
                return
            if update == self.begun.updates:
                self.take_up(window, self.begun)
        if self.periodic is not None and self.periodic.acts_before(update):
            self.restart()
        if self.biases is not None:
            self.set_bias(window, update // self.biases.latency, self.biases)
        fired = self.update(arrived)
        if self.windows.is_last(update):  # before sending: who hears of this step finds the file
            self.write_states(window)
        self.s_out.send(fired)

    def restart(self) -> None:
        """The states that the process was made with."""
        names = [name for name in STATES if hasattr(self, name)]
        if self.initial is None:  # Vars have their values only after construction
            self.initial = {name: getattr(self, name).copy() for name in names}
        for name in names:
            getattr(self, name)[:] = self.initial[name]

    def at_first(self, name: str) -> Array:
        """A state as it is at the start of a window."""
        assert self.initial is not None, "a window begins with a restart"
        return self.initial[name]

    def set_bias(self, window: int, snapshot: int, biases: Biases) -> None:
        """Own mantissas, and those of a snapshot besides."""
        if self.own_mantissas is None:
            self.own_mantissas = self.bias_mant.copy()
        if (window, snapshot) != self.bias_of:
            given = biases.files.open(window, "r")[:, snapshot]
            members = self.bias_mant.reshape(biases.files.batch, -1)  # a view
            members[:] = self.own_mantissas.reshape(members.shape)
            members[: len(given)] += given.astype(members.dtype)
            self.bias_of = window, snapshot
            self.bias_changed()

    def bias_changed(self) -> None:
        """The mantissas are others than in the update before."""
        raise NotImplementedError

    def take_up(self, window: int, begun: Begun) -> None:
        """The states that the updates before have left."""
        for name, files in begun.states.items():
            held = getattr(self, name)
            held[:] = files.open(window, "r").reshape(held.shape)

    def write_states(self, window: int) -> None:
        for name, files in self.files.items():
            members = getattr(self, name).reshape(files.batch, -1)
            files.open(window, "r+")[:] = members[: files.members(window)]
