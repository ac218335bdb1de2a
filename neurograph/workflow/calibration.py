"""From outputs to classes and probabilities that are right as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.models.header import read_meta
from neurograph.runtime.record import REFERENCE
from neurograph.runtime.reference.backend import ReferenceBackend
from neurograph.tasks.temperature import Temperature, fit_temperature
from neurograph.workflow.average import average
from neurograph.workflow.executor import Executor, Integers
from neurograph.workflow.layout import GraphLayout
from neurograph.workflow.predictions import Predictions
from neurograph.workflow.run import Run
from neurograph.workflow.ui import Ui


def classified(
    run: Run, found: Predictions, executor: Executor, layout: GraphLayout, ui: Ui
) -> Predictions:
    """The same with classes, and probabilities at the temperature that calibrates them."""
    dataset, names = layout.dataset, layout.dataset.graph.label_names
    temperature = _temperature(run, found, executor, layout, ui)
    return replace(
        found,
        classes=np.array(names)[dataset.task.answers(found.outputs)],
        class_names=names,
        probabilities=temperature.probabilities(found.outputs),
        temperature=temperature,
    )


def _temperature(
    run: Run, found: Predictions, executor: Executor, layout: GraphLayout, ui: Ui
) -> Temperature:
    """Of nodes that the model did not learn from."""
    if folds := read_meta(run.folder.best).get("folds"):  # it learned from all that are known
        return Temperature.from_dict(folds["temperature"])
    dataset = layout.dataset
    known = dataset.task.known(dataset.graph)
    nodes = dataset.split.val[known[dataset.split.val]]
    if not len(nodes):
        return Temperature()
    outputs = _known_outputs(found, nodes)
    if outputs is None:
        local = _on_reference(executor)
        ui.say(f"calibrating on {len(nodes):,} validation nodes, on {local.name}")
        outputs = average(local, replace(layout, nodes=nodes), lambda record: record.logits, ui)
    return fit_temperature(outputs, dataset.task.truth(dataset.graph)[nodes])


def _known_outputs(found: Predictions, nodes: Array) -> Array | None:
    """Outputs of these nodes, if all of them are among those found."""
    order = np.argsort(found.nodes)
    places = np.searchsorted(found.nodes, nodes, sorter=order).clip(max=len(order) - 1)
    rows = order[places]
    return found.outputs[rows] if (found.nodes[rows] == nodes).all() else None


def _on_reference(executor: Executor) -> Executor:
    """The same integers on the reference, which a backend equals to the bit, and outruns few."""
    if not isinstance(executor, Integers):
        return executor
    backend = ReferenceBackend()
    return replace(executor, name=REFERENCE, backend=backend, options=backend.settings({}))
