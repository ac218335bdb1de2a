"""Run an imported network over the samples in a file, on the reference and on a backend."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import RunError
from neurograph.core.reading import read_bytes
from neurograph.ir.output import answers_by
from neurograph.ir.passes.lasting import lasting
from neurograph.runtime.backends import default_backend, find_backend
from neurograph.runtime.record import InferredPart
from neurograph.workflow import store
from neurograph.workflow.imported import the_imported
from neurograph.workflow.inference import Inference
from neurograph.workflow.inferred import keep_all
from neurograph.workflow.judged import Judged
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import RunEntry
from neurograph.workflow.running import Running
from neurograph.workflow.samples.opened import judged_by
from neurograph.workflow.samples.read import read_samples
from neurograph.workflow.samples.rows import SampleRows
from neurograph.workflow.ui import SILENT, Ui


@dataclass(frozen=True, eq=False, kw_only=True)
class Sampled:
    """What a run over samples found, and how its answers are judged."""

    found: InferredPart
    judged: Judged

    @property
    def answers_by(self) -> str:
        """What an answer is read from, in words."""
        return answers_by(self.judged.of.integers)


def infer_samples(
    run: Run,
    path: Path,
    *,
    backend: str | None = None,
    steps: int | None = None,
    limit: int | None = None,
    resume: bool = False,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> Sampled:
    """Run the integer reference and a backend over the same samples; writes what `infer` does.

    The samples are kept beside the records. Records of other backends stay where they are of the
    same samples and steps.

    Args:
        path: of the samples.
        backend: default: the first one that is installed, or else the reference.
        steps: as `read_samples` takes it.
        limit: the first so many samples.
        resume: go on from where an interrupted run was.
        options: the backend's own, by name.

    Raises:
        RunError: nothing was imported here, or a limit below 1.
        StoreError, DataError: as `read_samples`.
        BackendError: no such backend or option, or it failed.
    """
    name = backend or default_backend()
    chosen = find_backend(name)
    running = Running(name=name, backend=chosen, options=chosen.settings(options or {}))
    with run.folder.lock("run"):
        imported = the_imported(run.folder)
        samples = read_samples(path, imported, steps)
        if limit is not None and limit < 1:
            raise RunError(f"--limit is {limit}, needed at least 1")
        nodes = np.arange(samples.count)[:limit]
        network = lasting(imported, samples.steps)
        of = Inference(
            integers=network, layout=SampleRows(nodes=nodes, samples=samples, network=network)
        )
        about = RunEntry(
            nodes=path.name,
            nodes_sha256=fingerprint(samples.sha256, nodes),
            packages=chosen.packages,
            given={
                "file": path.name,
                "sha256": hashlib.sha256(read_bytes(path)).hexdigest(),
                "samples": samples.count,
                "steps": samples.steps,
            },
        )
        plan = {"network": network.sha256, "samples": samples.sha256}
        how = options or {}
        found = keep_all(run, of, running, about, plan=plan, options=how, resume=resume, ui=ui)
        store.save(samples, run.folder.given)
    return Sampled(found=found, judged=judged_by(of, samples, found.records))
