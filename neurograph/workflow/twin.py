"""Runs a model without spikes over the nodes on which a spiking one is judged, and counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from neurograph.core.arrays import fingerprint
from neurograph.core.files import write_json
from neurograph.cost.baseline import TWINS, Baseline
from neurograph.graphs.metrics import f1
from neurograph.graphs.sampling import sample
from neurograph.workflow.folder import RunFolder, versions
from neurograph.workflow.handover import open_source
from neurograph.workflow.integer_training import SAMPLE_SEED

if TYPE_CHECKING:
    from neurograph.runtime.backends import Progress

CHUNK = 1024  # targets sampled at once


def is_twin(run: RunFolder) -> bool:
    """Whether the model that was trained there has no spikes."""
    return run.read_manifest().get("train", {}).get("settings", {}).get("model") in TWINS


def infer_twin(run: RunFolder, *, part: str, limit: int | None, progress: Progress) -> Baseline:
    """Run over these nodes, on the draws that deployments use, and write baseline.json.

    Raises:
        ModelError: a model with spikes.
        RunError: nothing was trained here, or no such nodes.
    """
    with run.held("run"):
        return _infer(run, part, limit, progress)


def _infer(run: RunFolder, part: str, limit: int | None, progress: Progress) -> Baseline:
    from neurograph import models as snn

    source = open_source(run)
    checkpoint = snn.load_checkpoint(run.need(run.checkpoint, "neurograph train"))
    counter = snn.Counter(snn.as_twin(checkpoint.restore()))
    nodes, logits = source.nodes(part, limit), []
    began = time.perf_counter()
    for start in range(0, len(nodes), CHUNK):
        now = nodes[start : start + CHUNK]
        slots = sample(source.graph, now, checkpoint.config.tree, seed=SAMPLE_SEED)
        logits.append(counter.infer(source.features.values, slots))
        progress(start + len(now), len(nodes))
    truth, predicted = source.graph.labels[nodes], np.concatenate(logits).argmax(axis=1)
    known = truth >= 0
    score = f1(truth[known], predicted[known])
    found = Baseline(
        model=checkpoint.model,
        nodes=part,
        targets=len(nodes),
        nodes_sha256=fingerprint(nodes),
        graph_sha256=source.graph.sha256,
        features_sha256=source.features.sha256,
        split=source.split.name,
        hidden=checkpoint.config.hidden,
        fanouts=checkpoint.config.tree.fanouts,
        seed=checkpoint.settings.seed,
        micro_f1=score.micro,
        macro_f1=score.macro,
        complexity=counter.complexity(),
        seconds=time.perf_counter() - began,
        versions=versions(),
    )
    run.clear_results()
    write_json(run.baseline, found.as_mapping())
    run.note("run", {"nodes": part, "targets": len(nodes), "seconds": found.seconds})
    return found
