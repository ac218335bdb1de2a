"""Recorded runs of a chip, run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.setting import settings_of
from neurograph.cost.validation import Recording
from neurograph.runtime.backends import find_backend, run
from neurograph.verify.replay import replay
from neurograph.workflow.silicon.traces import RUNS

LOWERING = "lowering"  # a setting of backends that can run a network in several ways


def replays(name: str, folder: Path, backend: str, source: str) -> Iterator[Recording]:
    """One recorded run beside what a backend does, in each of its ways.

    Args:
        name: a key of `RUNS`.
        source: of the recording.

    Raises:
        BackendError: the backend is not there, cannot run the network, or failed.
    """
    chip = RUNS[name](folder)
    for way in _ways(backend):
        record = run(chip.network, chip.inputs, np.arange(1), backend=backend, **way)
        found = replay(chip.network, chip.inputs, record, chip.traced)
        values: dict[str, int] = {}
        differing: dict[str, int] = {}
        for one in found:
            values[one.what] = values.get(one.what, 0) + one.values
            differing[one.what] = differing.get(one.what, 0) + one.differing
        by = ", ".join((backend, *way.values()))
        yield Recording(of=name, by=by, values=values, differing=differing, source=source)


def _ways(backend: str) -> list[dict[str, Any]]:
    """Settings with which a backend runs a network; one of none where it has one way."""
    options = find_backend(backend).options
    known = next((s.known for s in settings_of(options) if s.name == LOWERING), None)
    return [{LOWERING: way} for way in known()] if known else [{}]
