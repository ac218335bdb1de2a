"""Training speed against a plain PyTorch loop, and the memory it takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from plain_spikenet import PlainTrainer

from neurograph.graphs import embed as features
from neurograph.graphs import io as data
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split, stratified_split
from neurograph.models import PRESETS, TrainSettings
from neurograph.models.training.trainer import Trainer

RATIO_BAR, MEMORY_BAR_GB = 1.5, 4.0
EPOCHS = 5


def rows(folder: Path, epochs: int = EPOCHS) -> list[dict[str, Any]]:
    """Compare epoch times in one process, alternating, then measure memory in another.

    Args:
        folder: a graph folder with features, DBLP by default of `run.py`.
    """
    graph, given = data.load_graph(folder), features.load_features(folder, features.DEFAULT)
    settings = PRESETS["dblp"]
    split = stratified_split(graph, settings.train_share, val_share=settings.val_share)
    ours, plain = epoch_seconds(graph, given, settings, split, epochs)
    ratio = median(p / o for p, o in zip(plain, ours, strict=True))
    memory = peak_memory_gb(folder, settings)
    return [
        _row("plain loop, one training epoch", median(plain), "s"),
        _row("NeuroGraph, one training epoch", median(ours), "s"),
        _row("plain / NeuroGraph, median of ratios", ratio, "x", RATIO_BAR, ratio >= RATIO_BAR),
        _row(
            "peak resident memory of a training",
            memory,
            "GB",
            MEMORY_BAR_GB,
            memory <= MEMORY_BAR_GB,
        ),
    ]


def epoch_seconds(
    graph: TemporalGraph, given: FeatureStore, settings: TrainSettings, split: Split, epochs: int
) -> tuple[list[float], list[float]]:
    """Seconds of each epoch, of ours and of the plain loop, taken in turns after a warm-up."""
    ours = Trainer(graph, given, settings, split)
    plain = PlainTrainer(graph, given, settings, split)
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(1, epochs + 2):
        for trainer, times in zip((ours, plain), seconds, strict=True):
            times.append(_seconds(trainer.train_epoch, number))
    return seconds[0][1:], seconds[1][1:]


def _seconds(function: Callable[[int], float], number: int) -> float:
    start = time.perf_counter()
    function(number)
    return time.perf_counter() - start


TRAIN_TWO_EPOCHS = """
import json, re, sys, tempfile
from dataclasses import replace
from pathlib import Path
from neurograph import data, features, snn
folder, method = Path(sys.argv[1]), sys.argv[2]
settings = snn.TrainSettings.from_dict(json.loads(sys.argv[3]))
graph, given = data.load_graph(folder), features.load_features(folder, method)
with tempfile.TemporaryDirectory() as run:
    snn.train(graph, given, replace(settings, epochs=2), Path(run))
# not ru_maxrss, which a child inherits from the process that started it
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak_memory_gb(folder: Path, settings: TrainSettings) -> float:
    """Peak resident memory of a process that trains two epochs, mapped features included."""
    given = str(folder), features.DEFAULT, json.dumps(settings.to_dict())
    command = [sys.executable, "-c", TRAIN_TWO_EPOCHS, *given]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024 / 1e9  # Linux counts in KiB


def _row(
    name: str, measured: float, unit: str, bar: float | None = None, held: bool | None = None
) -> dict[str, Any]:
    sign = ">=" if unit == "x" else "<="
    text = None if bar is None else f"{sign} {bar:g}"
    return {"name": name, "measured": measured, "unit": unit, "bar": text, "held": held}


if __name__ == "__main__":
    print(json.dumps(rows(Path(sys.argv[1])), indent=2))
