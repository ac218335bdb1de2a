"""The program that SANA-FE's own interpreter runs: ``python worker.py FOLDER``.

It needs the standard library and SANA-FE alone, whose licence is GPL-3.0; nothing of NeuroGraph
imports this file or SANA-FE. What it is to run lies in FOLDER (see `job`), what comes out, too.
Each line on standard input is the number of a chunk; the answers on standard output are
``ready``, then ``node N`` for each node of a chunk, then ``done CHUNK``. When standard input ends,
FOLDER is removed and the program ends.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import traceback
from array import array
from collections import Counter
from importlib.metadata import version
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, TextIO

import sanafe

FRACTION = 64.0  # SANA-FE rounds potentials to 1/64, so this is the integer 1
UNIT = 1024  # neurons that one of its models holds
OUTSIDE = "outside"  # a core of each tile where spikes enter
SPIKING, DENDRITES, INPUTS = "loihi_lif", "loihi_dendrites", "loihi_inputs"
SYNAPSES = "loihi_dense_synapse"


def main(folder: Path, answers: TextIO) -> None:
    job = json.loads((folder / "job.json").read_text())
    chip = Chip(folder, job)
    _say(answers, "ready")
    for line in sys.stdin:
        chunk = int(line)
        chip.run(chunk, answers)
        _say(answers, f"done {chunk}")


class Chip:
    """A placed network on SANA-FE, which runs one node after the other."""

    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self.folder, self.job = folder, job
        path = Path(sanafe.__file__).parent / "examples" / "loihi.yaml"
        source = path.read_bytes()
        text = architecture(source.decode(), job["chip"])
        (folder / "architecture.yaml").write_text(text)
        arch = sanafe.load_arch(str(folder / "architecture.yaml"))
        about = {
            "sanafe": version("sanafe"),
            "architecture": f"loihi.yaml {hashlib.sha256(source).hexdigest()[:12]}",
        }
        (folder / "about.json").write_text(json.dumps(about))
        self.chip = sanafe.SpikingChip(arch)
        self.chip.load(_network(folder, job, arch))
        groups = self.chip.mapped_neuron_groups
        self.neurons, self.inputs = groups["neurons"], groups["inputs"] if job["inputs"] else []
        self.sending: list[int] = []  # inputs that were given spikes
        tiles = {core // job["chip"]["cores_per_tile"] for core in _read(folder / "cores")}
        tiles |= set(_read(folder / "tiles"))
        self.prices = Prices(arch, barrier_s(text, len(tiles)))

    def run(self, chunk: int, answers: TextIO) -> None:
        """All nodes of a chunk: their spikes, last states and tallies, as files."""
        job, node_of = self.job, lambda row: row[0]
        sent = {n: list(r) for n, r in groupby(self._rows(f"sent-{chunk}", 3), node_of)}
        writes = {n: list(r) for n, r in groupby(self._rows(f"writes-{chunk}", 5), node_of)}
        nodes = int((self.folder / f"nodes-{chunk}").read_text())
        spikes, states, clipped, tally = array("q"), array("q"), array("q"), Tally()
        for node in range(nodes):
            self._begin(sent.get(node, []))
            for first, last in self._pieces(writes.get(node, [])):
                found = self._step(first, last, writes.get(node, []), tally)
                self._collect(node, first, found, spikes, clipped)
                for piece in job["captures"]:
                    if piece["after"] == last:
                        states.extend(_states(found, piece["first"], piece["last"]))
            _say(answers, f"node {node}")
        _write(self.folder / f"spikes-{chunk}", spikes)
        _write(self.folder / f"states-{chunk}", states)
        _write(self.folder / f"clipped-{chunk}", clipped)
        entered = len(_read(self.folder / f"sent-{chunk}")) // 3
        updates = nodes * job["steps"] * len(self.neurons)
        found = tally.by_kind(self.prices, entered, updates, nodes * job["steps"])
        (self.folder / f"tally-{chunk}").write_text(json.dumps(found))

    def _rows(self, name: str, width: int) -> list[tuple[int, ...]]:
        flat = _read(self.folder / name)
        return [tuple(flat[i : i + width]) for i in range(0, len(flat), width)]

    def _begin(self, sent: list[tuple[int, ...]]) -> None:
        """Nothing is left of the node before; the inputs hold the spikes of this one."""
        self.chip.reset()
        trains: dict[int, list[bool]] = {}
        for _, step, channel in sent:
            trains.setdefault(channel, [False] * self.job["steps"])[step] = True
        for channel in {*self.sending, *trains}:
            train = trains.get(channel, [False] * self.job["steps"])
            self.inputs[channel].set_attributes(model_attributes={"spikes": train})
        self.sending = list(trains)

    def _pieces(self, writes: list[tuple[int, ...]]) -> list[tuple[int, int]]:
        """Steps from one at which something is written, or read out after, to the next."""
        cuts = {0, self.job["steps"], *(row[1] for row in writes)}
        for piece in self.job["captures"]:
            cuts |= {piece["after"] - 1, piece["after"]}
        return list(pairwise(sorted(cuts)))

    def _step(self, first: int, last: int, writes: list[tuple[int, ...]], tally: Tally) -> Any:
        for _, step, neuron, what, value in writes:
            if step == first:
                name = self.job["written"][what]
                self.neurons[neuron].set_attributes(model_attributes={name: value / FRACTION})
        asked = any(piece["after"] == last for piece in self.job["captures"])
        found = self.chip.sim(
            last - first,
            timing_model="detailed",
            processing_threads=1,
            spike_trace=True,
            potential_trace=asked or bool(self.job["watched"]) or None,
            neuron_trace=asked or None,
        )
        tally.add(found)
        return found

    def _collect(
        self, node: int, first: int, found: Any, spikes: array[int], clipped: array[int]
    ) -> None:
        watched = self.job["watched"]
        for step, fired in enumerate(found["spike_trace"], first):
            for address in fired:
                neuron = address.neuron_offset
                spikes.extend((node, step, neuron))
                limit = watched.get(str(neuron))
                if limit is not None:
                    reached = found["potential_trace"][step - first][neuron] * FRACTION
                    if reached > limit:
                        clipped.extend((node, step, neuron))


class Prices:
    """What SANA-FE's file says of an event, in joules, and of a barrier, in seconds."""

    def __init__(self, arch: Any, barrier: float) -> None:
        core = arch.tiles[0].cores[0]
        of = {
            unit.name.split("[")[0]: unit.model_info.model_attributes for unit in core.pipeline_hw
        }
        soma = of[SPIKING]
        self.synapse = of[SYNAPSES]["energy_process_spike"]
        self.access, self.update = soma["energy_access_neuron"], soma["energy_update_neuron"]
        self.spike = soma["energy_spike_out"]
        self.message = core.axon_out[0].metrics.energy_message_out
        self.barrier_s = barrier


class Tally:
    """What SANA-FE says that all steps took, added up."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()

    def add(self, found: Any) -> None:
        counts = ("sim_time", "spikes", "packets_sent", "neurons_updated", "neurons_fired")
        self.total.update({name: found[name] for name in counts})
        self.total.update({f"{name} energy": joules for name, joules in found["energy"].items()})

    def by_kind(self, each: Prices, entered: int, updates: int, steps: int) -> dict[str, Any]:
        """Events, their joules, and seconds.

        Args:
            entered: spikes from outside, which SANA-FE counts among all.
            updates: of neurons, whether or not anything came in.
            steps: of all nodes.

        Raises:
            ValueError: they are not what SANA-FE's own sums say.
        """
        of = self.total
        active = of["neurons_updated"] - entered
        events = {
            "synaptic_op": of["spikes"],
            "update_active": active,
            "update_inactive": updates - active,
            "spike": of["neurons_fired"] - entered,
            "message": of["packets_sent"],
        }
        prices = {
            "synaptic_op": each.synapse,
            "update_active": each.access + each.update,
            "update_inactive": each.access,
            "spike": each.spike,
            "message": each.message,
        }
        joules = {kind: count * prices[kind] for kind, count in events.items()}
        beyond = of["network energy"] - joules["message"]
        joules["hop"] = beyond if beyond > 1e-9 * of["network energy"] else 0.0  # rounded sums
        if abs(sum(joules.values()) - of["total energy"]) > 1e-6 * of["total energy"]:
            raise ValueError(
                f"events make {sum(joules.values())} J, SANA-FE {of['total energy']} J"
            )
        barrier = each.barrier_s * steps
        seconds = {"barrier": barrier, "work": of["sim_time"] - barrier}
        return {"events": events, "joules": joules, "seconds": seconds}


def barrier_s(text: str, tiles: int) -> float:
    """Seconds by which every step waits for so many tiles, of the architecture's table."""
    (table,) = re.findall(r"latency_sync: \{(.*?)\}", text)
    rows = [pair.split(":") for pair in table.split(",")]
    by_tiles = {int(least): float(seconds) for least, seconds in rows}
    return by_tiles[max((n for n in by_tiles if n <= tiles), default=min(by_tiles))]


def architecture(text: str, chip: dict[str, Any]) -> str:
    """SANA-FE's own Loihi, every constant as it is, of the size of a placement.

    Each tile gets a core more, where spikes enter from outside.
    """
    text = _changed(text, "width: 8", f"width: {chip['columns']}")
    text = _changed(text, "height: 4", f"height: {chip['rows']}")
    if chip["delays"]:
        text = _changed(text, "buffer_position: soma", "buffer_position: dendrite")
        text = _changed(text, "buffer_inside_unit: false", "buffer_inside_unit: true")
    head, tile = text.split("  tile:\n")
    about, cores = tile.split("      core:\n")
    units = chip["units"]
    inner = _changed(cores, "loihi_core[0..3]", f"loihi_core[0..{chip['cores_per_tile'] - 1}]")
    inner = _changed(inner, "max_neurons_supported: 1024", f"max_neurons_supported: {units * UNIT}")
    inner = _changed(inner, f"name: {SPIKING}\n", f"name: {SPIKING}[0..{units - 1}]\n")
    inner = _changed(inner, f"{INPUTS}[0..1023]", f"{INPUTS}[0..0]")
    for name in (DENDRITES, f"{DENDRITES}_delay"):
        inner = _changed(inner, f"name: {name}\n", f"name: {name}[0..{units - 1}]\n")
    tiles = []
    for n, inputs in enumerate(chip["inputs"]):
        outer = _changed(cores, "loihi_core[0..3]", OUTSIDE)
        outer = _changed(outer, "max_neurons_supported: 1024", f"max_neurons_supported: {inputs}")
        outer = _changed(outer, f"{INPUTS}[0..1023]", f"{INPUTS}[0..{inputs - 1}]")
        named = _changed(about, "loihi_tile[0..31]", f"loihi_tile_{n}")
        tiles.append(f"{named}      core:\n{inner}{outer}")
    return f"{head}  tile:\n{''.join(tiles)}"


def _changed(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"loihi.yaml of this SANA-FE has {text.count(old)} x '{old}', needed 1")
    return text.replace(old, new)


def _network(folder: Path, job: dict[str, Any], arch: Any) -> Any:
    """All neurons, inputs and synapses, each on its core."""
    net = sanafe.Network()
    neurons = _neurons(net, folder, job, arch)
    if job["inputs"]:
        _connect(_inputs(net, folder, job, arch), neurons, folder, "from-inputs")
    _connect(neurons, neurons, folder, "from-neurons")
    return net


def _neurons(net: Any, folder: Path, job: dict[str, Any], arch: Any) -> Any:
    chip, thresholds, place = job["chip"], _read(folder / "thresholds"), _read(folder / "cores")
    group = net.create_neuron_group("neurons", len(place), log_spikes=True, log_potential=True)
    dendrites = f"{DENDRITES}_delay" if chip["delays"] else DENDRITES
    lowest = {"reverse_threshold": job["lowest"] / FRACTION, "reverse_reset_mode": "saturate"}
    held: Counter[int] = Counter()  # on each core
    members = list(group)
    for piece in job["neurons"]:
        fixed = {"leak_decay": piece["keep"], "reset_mode": piece["reset"], "log_u": True, **lowest}
        for n in range(piece["first"], piece["last"]):
            unit = held[place[n]] // UNIT
            members[n].set_attributes(
                soma_hw_name=f"{SPIKING}[{unit}]",
                dendrite_hw_name=f"{dendrites}[{unit}]",
                model_attributes={**fixed, "threshold": thresholds[n] / FRACTION},
            )
            tile, at = divmod(place[n], chip["cores_per_tile"])
            members[n].map_to_core(arch.tiles[tile].cores[at])
            held[place[n]] += 1
    return group


def _inputs(net: Any, folder: Path, job: dict[str, Any], arch: Any) -> Any:
    group = net.create_neuron_group("inputs", job["inputs"])
    outside = [list(tile.cores)[-1] for tile in arch.tiles]
    entered: Counter[int] = Counter()  # at each tile
    for tile, neuron in zip(_read(folder / "tiles"), group, strict=True):
        neuron.set_attributes(soma_hw_name=f"{INPUTS}[{entered[tile]}]")
        neuron.map_to_core(outside[tile])
        entered[tile] += 1
    return group


def _connect(source: Any, target: Any, folder: Path, name: str) -> None:
    ends, weight = _read(folder / f"{name}-ends"), _read(folder / f"{name}-weights")
    if weight:
        given: dict[str, Any] = {"weight": [w / FRACTION for w in weight]}
        if (folder / f"{name}-delays").exists():
            given["delay"] = list(_read(folder / f"{name}-delays"))
        source.connect_neurons_sparse(target, given, list(zip(ends[::2], ends[1::2], strict=True)))


def _states(found: Any, first: int, last: int) -> list[int]:
    """Integers u and v of these neurons after the last step, one neuron after the other."""
    current, potential = found["neuron_trace"]["u"][-1], found["potential_trace"][-1]
    return [_whole(x[n] * FRACTION) for n in range(first, last) for x in (current, potential)]


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError(f"SANA-FE holds {value} where an integer is needed")
    return int(value)


def _read(path: Path) -> array[int]:
    numbers: array[int] = array("q")
    numbers.frombytes(path.read_bytes())
    return numbers


def _write(path: Path, numbers: array[int]) -> None:
    path.write_bytes(numbers.tobytes())


def _say(answers: TextIO, line: str) -> None:
    answers.write(f"{line}\n")
    answers.flush()


if __name__ == "__main__":
    work = Path(sys.argv[1])
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what SANA-FE prints goes where errors go
    try:
        main(work, own)
    except BrokenPipeError:  # who asked is gone, as if its input had ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), own.fileno())
    except BaseException:
        (work / "failure").write_text(traceback.format_exc())
        raise
    shutil.rmtree(work, ignore_errors=True)
