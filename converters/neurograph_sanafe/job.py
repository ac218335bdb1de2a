"""What a worker is to run and what it found, as files: JSON, and 64-bit integers one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QPopulation
from neurograph.runtime.engine import check_inputs
from neurograph.runtime.tally import Tally
from neurograph_sanafe.limits import overflowing
from neurograph_sanafe.lower import Netlist, Synapses, reset_of, streams
from neurograph_sanafe.seats import Seats

BIAS, POTENTIAL = 0, 1  # what is written into a neuron between two steps
WRITTEN = ("bias", "potential")
CONSTANTS = "sanafe"  # as profiles call the set of its prices
NOTES = {  # how SANA-FE counts otherwise than NeuroGraph
    "update_active": "an update is active there where membrane or bias are not 0, here where "
    "a sum arrives or a spike leaves",
    "update_inactive": "neurons are updated there in every hardware step, here in their own alone",
    "spike": "neurons may fire there after their last update, too",
    "synaptic_op": "spikes are counted there after the last update of what hears them, too",
    "message": "a spike takes one message there to each core, here one to each population on a "
    "core and one to the host",
    "hop": "what enters hops there from the first tile that hears it, here it does not",
    "barrier": "a barrier takes there what the number of tiles in use asks for, here what the "
    "whole chip asks for",
    "work": "cores send, receive and wait for the mesh there message by message, and a core sends "
    "what enters",
}
UNIT = 1 << 10  # neurons that a model of SANA-FE holds


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """A network, written out, for a worker that keeps its files in `folder`.

    Attributes:
        seats: who sits where.
        placed: whether anybody said so; else all sit on one core, and energy means nothing.
    """

    folder: Path
    network: QNetwork
    netlist: Netlist
    seats: Seats
    placed: bool = False

    @property
    def steps(self) -> int:
        """Hardware steps of a node."""
        return self.network.updates + self.network.wiring.depth

    def start_of(self, neuron: int) -> int:
        """The hardware step of a neuron's first update."""
        first = max(n for name, n in self._first() if n <= neuron)
        return next(self.network.wiring.start[name] for name, n in self._first() if n == first)

    def _first(self) -> list[tuple[str, int]]:
        return [(p.name, self.netlist.first[p.name]) for p in self.network.populations]

    def numbers(self, name: str) -> Array:
        """The integers of a file that the worker wrote."""
        return np.fromfile(self.folder / name, np.int64)

    def failure(self) -> str | None:
        """What the worker says that went wrong, if it could."""
        file = self.folder / "failure"
        return file.read_text() if file.exists() else None

    def about(self) -> dict[str, str]:
        """Versions of what ran."""
        found: dict[str, str] = json.loads((self.folder / "about.json").read_text())
        return found


def write_job(job: Job) -> None:
    """The network, before the worker starts."""
    (job.folder / "job.json").write_text(json.dumps(_described(job)))
    _write(job, "cores", job.seats.core)
    _write(job, "tiles", job.seats.entry)
    _write(job, "thresholds", job.netlist.thresholds)
    _write_synapses(job, "from-inputs", job.netlist.from_inputs)
    _write_synapses(job, "from-neurons", job.netlist.from_neurons)


def _described(job: Job) -> dict[str, Any]:
    """What is no array, as JSON values."""
    pieces = [(p, *_range(job.netlist, p)) for p in job.network.populations]
    return {
        "steps": job.steps,
        "inputs": job.netlist.inputs,
        "lowest": -fx.STATE_MAX,
        "written": WRITTEN,
        "chip": _chip(job),
        "neurons": [
            {
                "first": first,
                "last": last,
                "keep": (fx.DECAY_ONE - p.neuron.voltage_decay) / fx.DECAY_ONE,
                "reset": reset_of(p),
            }
            for p, first, last in pieces
        ],
        "captures": [
            {"after": _start(job, p) + job.network.updates, "first": first, "last": last}
            for p, first, last in pieces
        ],
        "watched": {
            n: fx.STATE_MAX - int(job.netlist.thresholds[n])
            for p, first, last in pieces
            if overflowing(job.network, job.netlist, p)
            for n in range(first, last)
        },
    }


def _chip(job: Job) -> dict[str, Any]:
    """The part of a chip that is simulated."""
    return {
        "columns": job.seats.columns,
        "rows": job.seats.rows,
        "cores_per_tile": job.seats.cores_per_tile,
        "units": -(-job.seats.fullest // UNIT),
        "inputs": job.seats.entries.tolist(),
        "delays": job.netlist.delayed,
    }


def submit(job: Job, chunk: int, inputs: Mapping[str, Array]) -> None:
    """The inputs of a chunk, ``(nodes, steps, rows, channels)`` by stream.

    Raises:
        NetworkError: inputs that do not fit the network's streams.
    """
    count = len(next(iter(inputs.values())))
    check_inputs(job.network, inputs, count)
    (job.folder / f"nodes-{chunk}").write_text(str(count))
    _write(job, f"sent-{chunk}", _sorted(_sent(job, inputs), 3))
    _write(job, f"writes-{chunk}", _sorted(_writes(job, inputs, count), 5))


def tallied(job: Job, chunk: int, nodes: int) -> Tally | None:
    """What SANA-FE says that a chunk took; None of a network that nobody placed."""
    if not job.placed:
        return None
    found = json.loads((job.folder / f"tally-{chunk}").read_text())
    about = job.about()
    source = f"SANA-FE {about['sanafe']}, its {about['architecture']}"
    return Tally(inferences=nodes, constants=CONSTANTS, source=source, notes=NOTES, **found)


def collect(job: Job, chunk: int, nodes: int) -> tuple[dict[str, Array], dict[str, Any]]:
    """Spikes and last states of a chunk, as a `RunRecord` has them; its files go."""
    spikes = job.numbers(f"spikes-{chunk}").reshape(-1, 3)
    states = job.numbers(f"states-{chunk}").reshape(nodes, -1)
    fired, final = {}, {}
    order = sorted(
        job.network.populations, key=lambda p: (_start(job, p), job.netlist.first[p.name])
    )
    at = 0
    for p in order:
        first, last = _range(job.netlist, p)
        fired[p.name] = _fired(job, p, spikes, nodes)
        own = states[:, at : at + 2 * (last - first)].reshape(nodes, p.rows, p.channels, 2)
        at += 2 * (last - first)
        final[p.name] = {"u": own[..., 0].astype(np.int32), "v": own[..., 1].astype(np.int32)}
    for file in job.folder.glob(f"*-{chunk}"):
        file.unlink()
    return fired, final


def _fired(job: Job, population: QPopulation, spikes: Array, nodes: int) -> Array:
    first, last = _range(job.netlist, population)
    node, update, neuron = spikes.T - np.array([[0], [_start(job, population)], [first]])
    own = (neuron >= 0) & (neuron < last - first) & (update >= 0) & (update < job.network.updates)
    fired = np.zeros((nodes, job.network.updates, last - first), np.bool_)
    fired[node[own], update[own], neuron[own]] = True
    return fired.reshape(nodes, job.network.updates, population.rows, population.channels)


def _sent(job: Job, inputs: Mapping[str, Array]) -> Iterator[Array]:
    """Rows of node, hardware step and input, of every spike that enters."""
    latency = job.network.latency
    for s in streams(job.network):
        node, step, row, channel = np.nonzero(np.repeat(inputs[s.name], latency, axis=1))
        yield np.stack([node, step, job.netlist.first[s.name] + row * s.channels + channel], axis=1)


def _writes(job: Job, inputs: Mapping[str, Array], nodes: int) -> Iterator[Array]:
    """Rows of node, hardware step, neuron, what is written, and the value."""
    for p in job.network.populations:
        first, last = _range(job.netlist, p)
        bias = _biases(job, p, inputs, nodes)
        changes = np.diff(bias, axis=1, prepend=bias[:, :1]) != 0
        changes[:, 0] = bias.any(axis=(0, 1)) | bool(p.bias_from)  # what the node before has left
        node, step, neuron = np.nonzero(changes)
        yield _rows(node, step, neuron + first, BIAS, bias[node, step, neuron])
        if p.reset is not None:
            acts = [k for k in range(1, job.network.updates) if p.reset.acts_before(k)]
            node, at, neuron = np.indices((nodes, len(acts), last - first)).reshape(3, -1)
            step = np.array(acts, np.int64)[at] + _start(job, p)
            yield _rows(node, step, neuron + first, POTENTIAL, np.zeros(len(node), np.int64))


def _biases(job: Job, p: QPopulation, inputs: Mapping[str, Array], nodes: int) -> Array:
    """int64 ``(nodes, hardware steps, neurons)``, 0 where a population does no update."""
    mantissa = np.tile(p.bias_mant.astype(np.int64), (nodes, job.network.steps, p.rows, 1))
    if p.bias_from:
        mantissa = mantissa + inputs[p.bias_from]
    of_update = np.repeat(mantissa << p.bias_exp, job.network.latency, axis=1)
    bias = np.zeros((nodes, job.steps, p.rows * p.channels), np.int64)
    begin = _start(job, p)
    bias[:, begin : begin + job.network.updates] = of_update.reshape(*of_update.shape[:2], -1)
    return bias


def _rows(node: Array, step: Array, neuron: Array, what: int, value: Array) -> Array:
    return np.stack([node, step, neuron, np.full(len(node), what), value], axis=1)


def _sorted(rows: Iterator[Array], width: int) -> Array:
    """All rows, by node and step."""
    table: Array = np.concatenate([np.zeros((0, width), np.int64), *rows])
    ordered: Array = table[np.lexsort((table[:, 1], table[:, 0]))]
    return ordered


def _range(netlist: Netlist, p: QPopulation) -> tuple[int, int]:
    first = netlist.first[p.name]
    return first, first + p.rows * p.channels


def _start(job: Job, p: QPopulation) -> int:
    return job.network.wiring.start[p.name]


def _write_synapses(job: Job, name: str, synapses: Synapses) -> None:
    _write(job, f"{name}-ends", synapses.ends)
    _write(job, f"{name}-weights", synapses.weight)
    if job.netlist.delayed:
        _write(job, f"{name}-delays", synapses.delay)


def _write(job: Job, name: str, numbers: Array) -> None:
    (job.folder / name).write_bytes(np.ascontiguousarray(numbers, np.int64).tobytes())
