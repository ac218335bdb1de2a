"""Peak memory of one inference on Lava, in a process that does nothing else.

Usage: lava_memory.py RUN_FOLDER; prints bytes.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import numpy as np
from memory import PeakMemory
from trained import Trained

import neurograph_lava
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.run import Run


def peak_gigabytes(run: RunFolder) -> float:
    """All test nodes, chunk by chunk; sampling slows it down, so this run is not timed."""
    command = [sys.executable, __file__, run.path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1e9


def _main(path: Path) -> None:
    run = RunFolder(path)
    model = Trained(run, Run(run).deployment, Run(run).dataset)
    nodes = model.source.nodes("test")
    with PeakMemory() as peak:
        records = neurograph_lava.stream(model.network, model.feed(nodes), nodes)
        with contextlib.closing(records):
            np.concatenate([record.predictions for record in records])
    print(peak.bytes)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
