"""An integer network as JSON and arrays, on its way to the worker: no pickle, no Lava types."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import (
    Meetings,
    PeriodicReset,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QStream,
    Schedule,
)
from neurograph.ir.neurons.kinds import BUILT_IN
from neurograph.ir.passes.without_readout import without_readout
from neurograph_lava.program import QProgram, as_programs

FORMS: tuple[type[QNeuron], ...] = (*(kind.integer for kind in BUILT_IN.values()), QProgram)
NEURONS: dict[str, type[QNeuron]] = {form.__name__: form for form in FORMS}
PAIRS = ("indptr", "indices", "before")  # arrays of a list of pairs
ENTRIES = ("of_so_far", "of_new", "of_self")  # arrays of a schedule, besides its lists


def write_network(network: QNetwork, folder: Path) -> None:
    """Write ``network.json`` and ``network.npz``, but not the readout.

    Neurons of a kind that is not built in become programs.
    """
    network = as_programs(network, but=tuple(BUILT_IN))
    text = {"sha256": without_readout(network).sha256, **_structure(network)}
    (folder / "network.json").write_text(json.dumps(text))
    np.savez(folder / "network.npz", **_arrays(network))  # type: ignore[arg-type]


def size(network: QNetwork) -> int:
    """Bytes that `write_network` writes, but for the structure."""
    return sum(array.nbytes for array in _arrays(network).values())


def read_network(folder: Path) -> QNetwork:
    """The network that `write_network` left in `folder`, without a readout."""
    text = json.loads((folder / "network.json").read_text())
    with np.load(folder / "network.npz", allow_pickle=False) as arrays:
        network = _network(text, arrays)
    assert network.sha256 == text["sha256"], "the network changed on its way to the worker"
    return network


def _structure(network: QNetwork) -> dict[str, Any]:
    schedules, lists = schedules_of(network)
    return {
        "schedules": [(lists.index(s.so_far), lists.index(s.new)) for s in schedules],
        "steps": network.steps,
        "latency": network.latency,
        "begin_together": network.begin_together,
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
                "bias_from": p.bias_from,
                "reset": asdict(p.reset) if p.reset else None,
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
                "schedule": schedules.index(j.mix) if isinstance(j.mix, Schedule) else None,
            }
            for j in network.projections
        ],
    }


def _arrays(network: QNetwork) -> dict[str, Array]:
    arrays = {f"bias{i}": p.bias_mant for i, p in enumerate(network.populations)}
    for i, j in enumerate(network.projections):
        arrays[f"weight{i}"] = j.weight
        if not isinstance(j.mix, Schedule):
            arrays |= {f"mix{i}": j.mix.data, f"columns{i}": j.mix.indices}
            arrays |= {f"pointers{i}": j.mix.indptr, f"shape{i}": np.array(j.mix.shape)}
    schedules, lists = schedules_of(network)
    for i, schedule in enumerate(schedules):
        arrays |= {f"{name}{i}": getattr(schedule, name) for name in ENTRIES}
    for i, pairs in enumerate(lists):
        arrays |= {f"{name}{i}": getattr(pairs, name) for name in PAIRS}
    return arrays


def schedules_of(network: QNetwork) -> tuple[list[Schedule], list[Meetings]]:
    """Its schedules, and their lists of pairs, which many share: each once."""
    schedules = [j.mix for j in network.projections if isinstance(j.mix, Schedule)]
    lists = [pairs for s in schedules for pairs in (s.so_far, s.new)]
    return list(dict.fromkeys(schedules)), list(dict.fromkeys(lists))


def _network(text: dict[str, Any], arrays: Any) -> QNetwork:
    def population(i: int, given: dict[str, Any]) -> QPopulation:
        neuron = NEURONS[given.pop("kind")](**given.pop("neuron"))
        reset = PeriodicReset(**again) if (again := given.pop("reset")) else None
        return QPopulation(neuron=neuron, bias_mant=arrays[f"bias{i}"], reset=reset, **given)

    schedules = _schedules(text["schedules"], arrays)

    def mix(i: int) -> sp.csr_array:
        parts = arrays[f"mix{i}"], arrays[f"columns{i}"], arrays[f"pointers{i}"]
        return sp.csr_array(parts, shape=tuple(arrays[f"shape{i}"]))

    def projection(i: int, given: dict[str, Any]) -> QProjection:
        number = given.pop("schedule")
        held = mix(i) if number is None else schedules[number]
        return QProjection(mix=held, weight=arrays[f"weight{i}"], **given)

    return QNetwork(
        streams=tuple(QStream(**s) for s in text["streams"]),
        populations=tuple(population(i, p) for i, p in enumerate(text["populations"])),
        projections=tuple(projection(i, j) for i, j in enumerate(text["projections"])),
        readout=None,
        steps=text["steps"],
        latency=text["latency"],
        begin_together=text["begin_together"],
    )


def _schedules(numbers: list[list[int]], arrays: Any) -> list[Schedule]:
    """Each from the numbers of its two lists of pairs."""
    lists = {
        number: Meetings(**{name: arrays[f"{name}{number}"] for name in PAIRS})
        for number in {number for both in numbers for number in both}
    }
    return [
        Schedule(
            so_far=lists[so_far],
            new=lists[new],
            **{name: arrays[f"{name}{i}"] for name in ENTRIES},
        )
        for i, (so_far, new) in enumerate(numbers)
    ]
