"""The files through which the user's process and Lava's worker talk: no pickle, no Lava types.

A job folder holds the network and the schedule, one array of payloads per stream, and the arrays
that Lava's processes fill while they run: spikes and final states per population, the heartbeat.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.lib.format import open_memmap

from neurograph.arrays import Array
from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QSoftResetLIF,
    QStream,
    Readout,
)
from neurograph_lava.schedule import Schedule

NEURONS: dict[str, type[QNeuron]] = {c.__name__: c for c in (QLIF, QSoftResetLIF, QAdaptiveLIF)}


@dataclass(frozen=True, eq=False)
class Job:
    """One run: what to run, when, and the folder in which its arrays lie."""

    folder: Path
    network: QNetwork
    schedule: Schedule

    @property
    def heartbeat(self) -> Path:
        """int64 ``(1,)``: hardware steps that every population has recorded."""
        return self.folder / "heartbeat.npy"

    @property
    def report(self) -> Path:
        """JSON {process name: process model that ran}."""
        return self.folder / "report.json"

    def payload(self, stream: str) -> Path:
        """Integers ``(targets, steps, rows * channels)``."""
        return self._file(stream, "payload")

    def spikes(self, population: str) -> Path:
        """Bool ``(targets, updates, rows * channels)``."""
        return self._file(population, "spikes")

    def state(self, population: str, variable: str) -> Path:
        """int32 ``(targets, rows * channels)``."""
        return self._file(population, variable)

    def _file(self, layer: str, what: str) -> Path:
        names = [s.name for s in self.network.streams] + [p.name for p in self.network.populations]
        return self.folder / f"{names.index(layer)}-{what}.npy"  # a name may hold any character


def failure_file(folder: Path) -> Path:
    """JSON {"refused": bool, "message": str}; exists if the worker gave up."""
    return folder / "failure.json"


def state_variables(neuron: QNeuron) -> tuple[str, ...]:
    return ("u", "v", "theta") if isinstance(neuron, QAdaptiveLIF) else ("u", "v")


def write_job(job: Job, inputs: dict[str, Array]) -> None:
    """Write everything that the worker reads, and the arrays that it fills."""
    network, schedule = job.network, job.schedule
    text = {"schedule": asdict(schedule), "sha256": network.sha256, **_structure(network)}
    (job.folder / "job.json").write_text(json.dumps(text))
    np.savez(job.folder / "job.npz", **_arrays(network))  # type: ignore[arg-type]
    for name, payload in inputs.items():
        np.save(job.payload(name), payload.reshape(*payload.shape[:2], -1))
    for p in network.populations:
        size = p.rows * p.channels
        _empty(job.spikes(p.name), np.bool_, schedule.targets, schedule.updates, size)
        for variable in state_variables(p.neuron):
            _empty(job.state(p.name, variable), np.int32, schedule.targets, size)
    _empty(job.heartbeat, np.int64, 1)


def _empty(path: Path, dtype: Any, *shape: int) -> None:
    open_memmap(path, "w+", dtype, shape)  # type: ignore[no-untyped-call]


def read_job(folder: Path) -> Job:
    """The job that `write_job` left in `folder`."""
    text = json.loads((folder / "job.json").read_text())
    with np.load(folder / "job.npz", allow_pickle=False) as arrays:
        network = _network(text, arrays)
    assert network.sha256 == text["sha256"], "the network changed on its way to the worker"
    return Job(folder, network, Schedule(**text["schedule"]))


def _structure(network: QNetwork) -> dict[str, Any]:
    return {
        "steps": network.steps,
        "latency": network.latency,
        "readout": network.readout.source,
        "streams": [asdict(s) for s in network.streams],
        "populations": [
            {
                "name": p.name,
                "rows": p.rows,
                "channels": p.channels,
                "bias_exp": p.bias_exp,
                "scale": p.scale,
                "kind": type(p.neuron).__name__,
                "neuron": asdict(p.neuron),
            }
            for p in network.populations
        ],
        "projections": [
            {
                "name": j.name,
                "source": j.source,
                "target": j.target,
                "exponent": j.exponent,
                "delay": j.delay,
            }
            for j in network.projections
        ],
    }


def _arrays(network: QNetwork) -> dict[str, Array]:
    arrays = {"readout": network.readout.weight, "readout_bias": network.readout.bias}
    arrays |= {f"bias{i}": p.bias_mant for i, p in enumerate(network.populations)}
    for i, j in enumerate(network.projections):
        arrays |= {f"weight{i}": j.weight, f"mix{i}": j.mix.data, f"columns{i}": j.mix.indices}
        arrays |= {f"pointers{i}": j.mix.indptr, f"shape{i}": np.array(j.mix.shape)}
    return arrays


def _network(text: dict[str, Any], arrays: Any) -> QNetwork:
    def population(i: int, given: dict[str, Any]) -> QPopulation:
        neuron = NEURONS[given.pop("kind")](**given.pop("neuron"))
        return QPopulation(neuron=neuron, bias_mant=arrays[f"bias{i}"], **given)

    def projection(i: int, given: dict[str, Any]) -> QProjection:
        parts = arrays[f"mix{i}"], arrays[f"columns{i}"], arrays[f"pointers{i}"]
        mix = sp.csr_array(parts, shape=tuple(arrays[f"shape{i}"]))
        return QProjection(mix=mix, weight=arrays[f"weight{i}"], **given)

    return QNetwork(
        streams=tuple(QStream(**s) for s in text["streams"]),
        populations=tuple(population(i, p) for i, p in enumerate(text["populations"])),
        projections=tuple(projection(i, j) for i, j in enumerate(text["projections"])),
        readout=Readout(
            source=text["readout"], weight=arrays["readout"], bias=arrays["readout_bias"]
        ),
        steps=text["steps"],
        latency=text["latency"],
    )
