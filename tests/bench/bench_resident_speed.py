"""The fast reference over a whole graph against the float model's inference in PyTorch.

Networks of DBLP with fresh weights, scaled so that they fire as trained ones do: nothing is trained
here. Both sides on one thread and on all that there are; the reference's memory in a process of its
own.
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

import numba
import numpy as np
from table import Row, in_turns, row, seconds

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import import_edges
from neurograph.graphs.label_spikes import labels_in
from neurograph.ir import QNetwork
from neurograph.runtime import host, reference
from neurograph.runtime.record import RunRecord

if __name__ != "__main__":  # the process whose memory counts does without PyTorch
    import torch

    import neurograph as ng
    from neurograph import models as snn
    from neurograph.models.resident.forward import activations, read_out
    from neurograph.models.resident.whole import Whole
    from neurograph.models.spikenet.model import SpikeNet

BAR, MEMORY_BAR_GB = 2.0, 3.0
SHARE, CALIBRATION = 0.4, 512  # of the nodes, whose labels are in; nodes that judge scales
FEATURES, GAIN = 128, 1.6
KINDS = ("features", "labels alone")
LAYERS = {"mapping": "resident", "hidden": (128, 64)}


@dataclass(frozen=True, eq=False)
class Both:
    """One model in floats and in integers, and what it hears."""

    model: SpikeNet
    whole: Whole
    labels: Array | None
    network: QNetwork
    inputs: dict[str, Array]

    @property
    def nodes(self) -> Array:
        return np.arange(len(next(iter(self.inputs.values()))))

    def floats(self) -> None:
        with torch.no_grad():
            spikes = activations(self.model, self.whole, self.labels)
            read_out(self.model, self.whole, spikes[-1], self.nodes)

    def integers(self) -> RunRecord:
        return reference.run(self.network, self.network.encode(self.inputs), self.nodes)


def both(data_dir: Path, kind: str) -> Both:
    """Features in layers of 128 and 64, or the preset for labels alone."""
    graph = import_edges(data_dir / "dblp" / "dblp.npz", name="dblp")
    rng = np.random.default_rng(0)
    seen = rng.random(graph.num_nodes) < SHARE
    features = _features(graph, rng if kind == "features" else None)
    sizes = {
        "classes": graph.num_classes,
        "steps": graph.num_steps,
        "features": features.num_features,
    }
    chosen = LAYERS if kind == "features" else snn.SpikeNetConfig.presets["dblp-labels"]
    known = {field.name for field in fields(snn.SpikeNetConfig) if field.init}  # but of training
    of_model = {name: value for name, value in chosen.items() if name in known}
    config = snn.SpikeNetConfig(**of_model, **sizes)
    model = _fresh(config)
    labels = None
    if config.label_input:
        labels = labels_in(graph.labels, np.flatnonzero(seen))
    inputs = host.inputs_of_graph(graph, features, labels=labels)
    captured = config.resident_network(graph, model.captured(), seen=seen)
    judges = rng.choice(np.flatnonzero(seen), CALIBRATION, replace=False)
    network = ng.quantize(captured, ng.load_profile("loihi2"), inputs, judges=judges)
    whole = Whole.of(config, graph, features.values)
    return Both(model, whole, labels, network, inputs)


def _fresh(config: snn.SpikeNetConfig) -> SpikeNet:
    torch.manual_seed(0)
    model = SpikeNet(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight *= GAIN
    return model


def _features(graph: TemporalGraph, rng: np.random.Generator | None) -> FeatureStore:
    """Of nodes that have met somebody, numbers; of the others nothing, as standardised ones."""
    width = FEATURES if rng is not None else 0
    values = np.zeros((graph.num_steps, graph.num_nodes, width), np.float32)
    if rng is not None:
        of_nodes = rng.normal(size=(graph.num_nodes, width)).astype(np.float32)
        for step, before in enumerate(graph.cumulative.before[1:]):
            values[step] = of_nodes * (before > 0)[:, None]
    return FeatureStore(values=values)


def rows(data_dir: Path) -> list[Row]:
    """Firing rates, seconds and the ratio of both, per kind and number of threads; and memory."""
    found: list[Row] = []
    for kind in KINDS:
        of = both(data_dir, kind)
        of.floats()
        fired = of.integers()  # compiles
        rates = ", ".join(f"{100 * x.mean():.1f}" for x in fired.spikes.values())
        found.append(
            row(f"DBLP as one network, {kind}: neurons that fire in an update", rates, "%")
        )
        for threads in sorted({1, len(os.sched_getaffinity(0))}):
            found += _speed(of, kind, threads)
        told = f"fast reference, DBLP as one network, {kind}, memory of a process"
        found.append(row(told, _peak(of), "GB", MEMORY_BAR_GB))
    return found


def _speed(of: Both, kind: str, threads: int) -> list[Row]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(cores)[:threads]))
    before = torch.get_num_threads(), numba.get_num_threads()
    torch.set_num_threads(threads)
    numba.set_num_threads(min(threads, before[1]))
    try:
        floats, integers = in_turns(lambda: seconds(of.floats), lambda: seconds(of.integers))
    finally:
        os.sched_setaffinity(0, cores)
        torch.set_num_threads(before[0])
        numba.set_num_threads(before[1])
    told = f"DBLP as one network, {kind}, threads {threads}"
    return [
        row(f"float model in PyTorch, {told}", floats, "s"),
        row(f"fast reference, {told}, encoding and run", integers, "s"),
        row("  fast reference / float model", integers / floats, "x", BAR),
    ]


def _peak(of: Both) -> float:
    """Gigabytes of a process that is given a network and payloads, and runs the reference."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case"
        path.write_bytes(pickle.dumps((of.network, of.network.encode(of.inputs))))
        command = [sys.executable, __file__, str(path)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(told)


def _run_alone(path: Path) -> float:
    """Run what `_peak` wrote; the largest memory that this process ever had, in gigabytes."""
    network, payloads = pickle.loads(path.read_bytes())
    reference.run(network, payloads, np.arange(network.nodes))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 2**20  # getrusage tells its parent's


if __name__ == "__main__":
    print(_run_alone(Path(sys.argv[1])))
