"""The temperature of a model's probabilities, from nodes that it has not learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.runtime.record import REFERENCE
from neurograph.runtime.reference.backend import ReferenceBackend
from neurograph.tasks.temperature import Temperature, fit_temperature
from neurograph.workflow.average import average
from neurograph.workflow.executor import Executor, Integers
from neurograph.workflow.run import Run
from neurograph.workflow.trees import Trees
from neurograph.workflow.ui import Ui


def calibrate(run: Run, outputs: Array, executor: Executor, trees: Trees, ui: Ui) -> Temperature:
    """Fitted on validation nodes; where the model has learned from them, kept by its training.

    Args:
        outputs: logits ``(nodes, classes)`` of the nodes of `trees`, over as many draws.
        executor: what gave them; validation nodes that are not among them run on it, too, but
            for a backend, which the reference equals to the bit.
    """
    dataset = trees.dataset
    if kept := run.trained.get("temperature"):
        return Temperature.read(kept)
    nodes = dataset.split.val[dataset.task.known(dataset.graph)[dataset.split.val]]
    if dataset.folded or not len(nodes):
        return Temperature()
    found = _among(nodes, trees.nodes, outputs)
    if found is None:
        local = _on_reference(executor)
        ui.say(f"calibrating on {len(nodes):,} validation nodes, on {local.name}")
        found = average(local, replace(trees, nodes=nodes), lambda record: record.logits, ui)
    return fit_temperature(found, dataset.task.truth(dataset.graph)[nodes])


def _among(nodes: Array, others: Array, outputs: Array) -> Array | None:
    """Outputs of these nodes, if all of them are among the others, whose outputs are given."""
    order = np.argsort(others)
    places = np.searchsorted(others, nodes, sorter=order).clip(max=len(order) - 1)
    rows = order[places]
    return outputs[rows] if (others[rows] == nodes).all() else None


def _on_reference(executor: Executor) -> Executor:
    """The same integers on the reference."""
    if not isinstance(executor, Integers):
        return executor
    backend = ReferenceBackend()
    return replace(executor, name=REFERENCE, backend=backend, options=backend.settings({}))
