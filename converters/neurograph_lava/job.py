"""The files through which the user's process and Lava's worker talk.

A job folder holds the network and the schedule. Nodes go through it in chunks: per chunk, one
array of payloads per stream, and the arrays that Lava's processes fill, spikes and final states
per population that fires. A chunk's payloads appear last and whole, so who sees them finds
everything else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.legs import Leg
from neurograph_lava.network_file import read_network, write_network
from neurograph_lava.schedule import Schedule


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """One worker's run: what to run, when, how, and the folder in which its arrays lie.

    Attributes:
        folder: of its files.
        network: as it runs; its readout is never asked.
        schedule: when.
        lowering: "fused" or "stock".
        replayed: updates that are done already, of the one chunk that there is then.
    """

    folder: Path
    network: QNetwork
    schedule: Schedule
    lowering: str = "fused"
    replayed: int | None = None

    @property
    def heartbeat(self) -> Path:
        """int64 ``(1,)``: hardware steps that every population has recorded."""
        return self.folder / "heartbeat.npy"

    @property
    def report(self) -> Path:
        """JSON {process name: process model that ran}; there once Lava has compiled them."""
        return self.folder / "report.json"

    def payload(self, stream: str) -> str:
        """Pattern of files of integers ``(nodes, steps, rows * channels)``, one per chunk."""
        return self._pattern(stream, "payload")

    def spikes(self, population: str) -> str:
        """Pattern of files of bool ``(nodes, updates, rows * channels)``, one per chunk."""
        return self._pattern(population, "spikes")

    def state(self, population: str, variable: str) -> str:
        """Pattern of files of int32 ``(nodes, rows * channels)``, one per chunk."""
        return self._pattern(population, variable)

    def begun(self, population: str, what: str) -> str:
        """Pattern of files of what is done: "spikes", as of `spikes`, or a variable's state."""
        return self._pattern(population, f"begun-{what}")

    def _pattern(self, layer: str, what: str) -> str:
        names = [s.name for s in self.network.streams] + [p.name for p in self.network.populations]
        folder = str(self.folder).replace("{", "{{").replace("}", "}}")
        return f"{folder}/{names.index(layer)}-{what}-{{}}.npy"  # a name may hold any character


def write_job(job: Job) -> None:
    """Write what the worker reads when it starts."""
    text = {"schedule": asdict(job.schedule), "lowering": job.lowering, "replayed": job.replayed}
    (job.folder / "job.json").write_text(json.dumps(text))
    write_network(job.network, job.folder)
    _write(job.heartbeat, np.zeros(1, np.int64))


def read_job(folder: Path) -> Job:
    """The job that `write_job` left in `folder`."""
    text = json.loads((folder / "job.json").read_text())
    schedule = Schedule(**text["schedule"])
    return Job(
        folder=folder,
        network=read_network(folder),
        schedule=schedule,
        lowering=text["lowering"],
        replayed=text["replayed"],
    )


def begin(job: Job, leg: Leg) -> None:
    """Write what the neurons of a leg have done already, before its one chunk is handed over.

    Raises:
        OSError: no space left for it.
    """
    for name, spikes in leg.spikes.items():
        nodes, updates, rows, channels = spikes.shape
        fired = spikes.reshape(nodes, updates, rows * channels)
        _write(Path(job.begun(name, "spikes").format(0)), fired)
        for variable, state in leg.begun.final[name].items():
            path = Path(job.begun(name, variable).format(0))
            _write(path, state.reshape(len(state), -1).astype(np.int32))


def submit(job: Job, chunk: int, inputs: Mapping[str, Array]) -> None:
    """Hand a chunk to the worker: the space of its results first, its payloads last.

    Raises:
        OSError: no space left for them.
    """
    members = job.schedule.members(chunk)
    count, updates = members.stop - members.start, job.schedule.updates
    for p in job.network.spiking:
        size = p.rows * p.channels
        _reserve(job.spikes(p.name), chunk, np.bool_, (count, updates, size))
        for variable in p.neuron.states:
            _reserve(job.state(p.name, variable), chunk, np.int32, (count, size))
    for s in job.network.streams:
        flat = inputs[s.name].reshape(count, job.network.steps, -1)
        path = Path(job.payload(s.name).format(chunk))
        unfinished = path.with_suffix(".part")
        _write(unfinished, flat.astype(np.int8 if s.bits <= 8 else np.int32, copy=False))
        unfinished.rename(path)


def _reserve(pattern: str, chunk: int, dtype: Any, shape: tuple[int, ...]) -> None:
    """A file of zeros whose space is taken: a full disk shows here, not in a Lava process."""
    with Path(pattern.format(chunk)).open("wb") as file:
        _write_header(file, np.dtype(dtype), shape)
        file.flush()
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        os.posix_fallocate(file.fileno(), 0, file.tell() + max(size, 1))


def _write(path: Path, array: Array) -> None:
    """Like `np.save`, whose error on a full disk does not say that it is full."""
    with path.open("wb") as file:
        _write_header(file, array.dtype, array.shape)
        file.write(np.ascontiguousarray(array).data)


def _write_header(file: BinaryIO, dtype: Any, shape: tuple[int, ...]) -> None:
    header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]


def collect(job: Job, chunk: int) -> tuple[dict[str, Array], dict[str, dict[str, Array]]]:
    """Spikes and final states of a finished chunk, shaped; its files are removed.

    Returns:
        Per population, bool ``(nodes, updates, rows, channels)``; per population and variable,
        int32 ``(nodes, rows, channels)``.
    """
    spikes, final = {}, {}
    for p in job.network.spiking:
        layer = (p.rows, p.channels)
        flat = _take(job.spikes(p.name), chunk)
        spikes[p.name] = flat.reshape(*flat.shape[:2], *layer)
        final[p.name] = {
            variable: _take(job.state(p.name, variable), chunk).reshape(-1, *layer)
            for variable in p.neuron.states
        }
    for s in job.network.streams:
        Path(job.payload(s.name).format(chunk)).unlink()
    return spikes, final


def _take(pattern: str, chunk: int) -> Array:
    path = Path(pattern.format(chunk))
    array: Array = np.load(path)
    path.unlink()
    return array
