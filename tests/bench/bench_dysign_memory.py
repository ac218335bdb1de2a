"""Memory of one training step of a Dy-SIGN: at the equilibrium, and back through time.

Each figure is of a process of its own. Usage: bench_dysign_memory.py GRAPH_FOLDER WAY LATENCY;
prints bytes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from table import Row, row
from torch import Tensor
from torch.nn.functional import cross_entropy

from neurograph import models as snn
from neurograph.graphs import embed as features
from neurograph.graphs import io as data
from neurograph.graphs.sampling import sample
from neurograph.graphs.splits import stratified_split
from neurograph.models.dysign import dynamics as dynamics
from neurograph.models.dysign.model import DySign
from neurograph.models.layers.aggregate import Dropout
from neurograph.models.layers.batch import load_batch
from neurograph.models.registry import build

TARGETS = 256  # back through time they take 5.5 GB at K = 80
LATENCIES, BAR = (5, 20, 80), 10.0  # bar in percent
IMPLICIT, THROUGH_TIME = "implicit", "through-time"
NAMES = {IMPLICIT: "implicit differentiation", THROUGH_TIME: "back-propagation through time"}
# every array goes back to the system when it is let go of: what counts is what is in use
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}


def rows(folder: Path) -> list[Row]:
    """Peak memory of a step, over what the process held before it, for each latency."""
    return [*_rows(folder, IMPLICIT), *_rows(folder, THROUGH_TIME)]


def _rows(folder: Path, way: str) -> Iterator[Row]:
    taken = [step_bytes(folder, way, latency) for latency in LATENCIES]
    for latency, found in zip(LATENCIES, taken, strict=True):
        name = f"{NAMES[way]}, a step of {TARGETS} targets, K = {latency}"
        yield row(name, found, "bytes")
    if way == IMPLICIT:
        spread = 100 * (max(taken) / min(taken) - 1)
        yield row("... largest over smallest, minus 1", spread, "%", BAR)
        return
    for latency, found in list(zip(LATENCIES, taken, strict=True))[1:]:
        yield row(f"... K = {latency} over K = {LATENCIES[0]}", found / taken[0], "x")


def step_bytes(folder: Path, way: str, latency: int) -> int:
    command = [sys.executable, __file__, str(folder), way, str(latency)]
    env = {**os.environ, **ALLOCATOR}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    return int(done.stdout)


def _main(folder: Path, way: str, latency: int) -> None:
    graph, given = data.load_graph(folder), features.load_features(folder, features.DEFAULT)
    settings = replace(snn.PRESETS["dblp-dysign"], latency=latency)
    config = settings.config(
        features=given.num_features, classes=graph.num_classes, steps=graph.num_steps
    )
    torch.manual_seed(settings.seed)
    model = build("dysign", config)
    assert isinstance(model, DySign)
    split = stratified_split(graph, settings.train_share, val_share=settings.val_share)
    nodes = np.random.default_rng(0).choice(split.train, TARGETS, replace=False)
    slots = sample(graph, nodes, config.tree, seed=settings.seed)
    dropout = Dropout.of(nodes, config.dropout, seed=settings.seed, draw=1)
    labels = torch.from_numpy(graph.labels[nodes].astype(np.int64))
    logits = _LOGITS[way]

    def step(targets: int) -> None:
        part = slice(targets)
        own = Dropout(dropout.keys[part], dropout.share)
        model.zero_grad()
        found = logits(model, given.values, slots[part], own)
        cross_entropy(found, labels[part]).backward()

    step(2)  # compiles
    load_batch(given.values, slots)  # maps the features that will be read
    print(_peak_bytes(lambda: step(TARGETS)))


def _implicit(model: DySign, values: np.ndarray, slots: np.ndarray, dropout: Dropout) -> Tensor:
    return model.read_out(model.of_trees(values, slots, dropout))


def _through_time(model: DySign, values: np.ndarray, slots: np.ndarray, dropout: Dropout) -> Tensor:
    drive = model.dynamics_input(load_batch(values, slots), dropout)

    def fire(above: Tensor) -> Tensor:
        return dynamics.RateFire.apply(above, drive.threshold)

    last = dynamics.run_stepwise(drive, fire)[-1]
    shape = (len(last), -1, drive.latency, *last.shape[2:])
    return model.read_out([last.reshape(shape).mean(2)])


_LOGITS = {IMPLICIT: _implicit, THROUGH_TIME: _through_time}


def _peak_bytes(work: Callable[[], None]) -> int:
    """Resident memory at its highest during `work`, minus what was resident before."""
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins at what is resident
    before = _status("VmRSS")
    work()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
