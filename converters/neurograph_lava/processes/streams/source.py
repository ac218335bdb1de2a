"""Payloads from files, as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core.arrays import Array
from neurograph_lava.windows import BatchFiles, Windows


class Source(AbstractProcess):  # type: ignore[misc]
    """Sends the payloads of a stream, each held for `latency` time steps; waits for their files.

    Args:
        size: payloads per node.
        files: integers ``(nodes, steps, size)``.
        windows: one per batch of nodes.
        latency: time steps that a payload is held.
    """

    def __init__(
        self, *, size: int, files: BatchFiles, windows: Windows, latency: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(files=files, windows=windows, latency=latency, **kwargs)
        self.s_out = OutPort(shape=(files.batch * size,))


class ByteSource(Source):
    """A source of payloads of at most 8 bits, which travel in a quarter of the memory."""


class AbstractSourceModel(PyLoihiProcessModel):  # type: ignore[misc]
    s_out: PyOutPort
    dtype: type[np.generic]

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.windows: Windows = proc_params["windows"]
        self.files: BatchFiles = proc_params["files"]
        self.latency: int = proc_params["latency"]
        self.payloads: Array | None = None
        self.held: Array | None = None

    def run_spk(self) -> None:
        place = self.windows.at(self.time_step)
        if place is None:
            self.s_out.send(np.zeros(self.s_out.shape, self.dtype))
            return
        window, update = place
        if update == 0:
            self.payloads = self.files.open(window, "r")
        if update % self.latency == 0 or self.held is None:
            self.held = self.step(update // self.latency)
        self.s_out.send(self.held)

    def step(self, step: int) -> Array:
        assert self.payloads is not None
        out = np.zeros((self.files.batch, self.payloads.shape[2]), self.dtype)
        out[: len(self.payloads)] = self.payloads[:, step]
        return out.ravel()


@implements(proc=Source, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySourceModel(AbstractSourceModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    dtype = np.int32


@implements(proc=ByteSource, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyByteSourceModel(AbstractSourceModel):
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int8, precision=8)
    dtype = np.int8
