"""Run a model without spikes over the nodes on which a spiking one is judged, and count."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import RunError
from neurograph.core.files import write_json
from neurograph.core.versions import versions
from neurograph.cost.baseline import Baseline
from neurograph.graphs.sampling import sample
from neurograph.models.registry import config_class
from neurograph.workflow.dataset import SAMPLE_SEED
from neurograph.workflow.manifest import PACKAGES, add_entry
from neurograph.workflow.run import Run

if TYPE_CHECKING:
    from neurograph.runtime.backends import Progress

CHUNK = 1024  # nodes sampled at once


def has_spikes(run: Run) -> bool:
    """Whether the model that was trained there has spikes."""
    model = run.entries.get("train", {}).get("settings", {}).get("model")
    return model is None or config_class(model).spiking


def check_spikes(run: Run, command: str) -> None:
    """Raise RunError where a command needs spikes that the run's model has not."""
    if not has_spikes(run):
        first = "" if run.folder.baseline.exists() else f"neurograph run {run.path}, then "
        raise RunError(
            f"{run.path}: a model without spikes has nothing to {command}; it stands beside the "
            f"spikes of another run: {first}neurograph report SPIKING_RUN --baseline {run.path}"
        )


def infer_baseline(run: Run, *, part: str, limit: int | None, progress: Progress) -> Baseline:
    """Run over these nodes, on the draws that deployments use, and write baseline.json.

    Raises:
        ModelError: a model with spikes.
        RunError: nothing was trained here, or no such nodes.
    """
    with run.folder.lock("run"):
        return _infer(run, part, limit, progress)


def _infer(run: Run, part: str, limit: int | None, progress: Progress) -> Baseline:
    dataset = run.dataset
    checkpoint = run.checkpoint.with_steps(dataset.graph.num_steps)
    counter = checkpoint.restore().counter()
    nodes, logits = dataset.nodes(part, limit), []
    began = time.perf_counter()
    for start in range(0, len(nodes), CHUNK):
        now = nodes[start : start + CHUNK]
        slots = sample(dataset.graph, now, checkpoint.config.tree, seed=SAMPLE_SEED)
        logits.append(counter.infer(dataset.features.values, slots))
        progress(start + len(now), len(nodes))
    found = Baseline(
        model=checkpoint.model,
        nodes=part,
        count=len(nodes),
        nodes_sha256=fingerprint(nodes),
        graph_sha256=dataset.graph.sha256,
        features_sha256=dataset.features.sha256,
        split=dataset.split.name,
        hidden=checkpoint.config.hidden,
        fanouts=checkpoint.config.tree.fanouts,
        seed=checkpoint.settings.seed,
        task=dataset.task.name,
        scores=dataset.score(np.concatenate(logits), nodes),
        complexity=counter.complexity(),
        seconds=time.perf_counter() - began,
        versions=versions(PACKAGES),
    )
    run.folder.clear_results()
    write_json(run.folder.baseline, found.to_dict())
    facts = {"nodes": part, "count": len(nodes), "seconds": found.seconds}
    add_entry(run.folder.manifest, "run", facts)
    return found
