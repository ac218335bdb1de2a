"""An answer for every node that is asked about, with calibrated probabilities and its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array, fingerprint
from neurograph.core.table_file import check_output
from neurograph.cost.energy import energy
from neurograph.cost.estimate import EnergyEstimate
from neurograph.cost.host import work
from neurograph.runtime.record import REFERENCE, EventCounts
from neurograph.runtime.reference import count_events
from neurograph.runtime.reference.backend import ReferenceBackend
from neurograph.tasks.temperature import Temperature, fit_temperature
from neurograph.workflow.average import average
from neurograph.workflow.executor import Executor, Integers, Ran
from neurograph.workflow.find_executor import find_executor
from neurograph.workflow.manifest import add_entry
from neurograph.workflow.node_set import ALL
from neurograph.workflow.per_node import described, trees_of
from neurograph.workflow.predictions import Predictions
from neurograph.workflow.run import Run
from neurograph.workflow.trees import Trees
from neurograph.workflow.ui import SILENT, Ui


def predict(
    run: Run | Path | str,
    nodes: str | Path = ALL,
    *,
    draws: int = 1,
    on: str | None = None,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> Predictions:
    """An answer for each of these nodes, labelled or not; writes nothing.

    Args:
        run: a run, or its folder.
        nodes: all, unlabelled, train, val, test, or a file of ids.
        draws: sampled trees per node, over which the outputs are averaged.
        on: "float", "reference", or a backend; by default the integers where there are any.
        options: the backend's own, by name.

    Raises:
        RunError: nothing was trained there, an empty set of nodes, less than one draw.
        DataError: a file of ids that cannot be read, or names unknown nodes.
        BackendError: no such backend or option, or it failed.
    """
    run = run if isinstance(run, Run) else Run(Path(run))
    executor = find_executor(run, on, options)
    dataset = run.dataset
    trees = trees_of(dataset, dataset.nodes(str(nodes), say=ui.say), executor, draws)
    counted: list[EventCounts] = []

    def count(ran: Ran) -> None:
        if ran.payloads is not None and run.folder.deployment.exists():
            found = count_events(run.deployment.quantized, ran.payloads, ran.record)
            counted[:] = [reduce(add, [*counted, found])]

    outputs = average(executor, trees, lambda record: record.logits, ui, count)
    found = Predictions(
        **described(executor, trees),
        outputs=outputs,
        energy=_energy(run, counted[0]) if counted else None,
    )
    return _classified(found, executor, trees, ui) if dataset.task.classes else found


def write_predictions(
    run: Run, path: Path, nodes: str = ALL, *, force: bool = False, **how: Any
) -> Predictions:
    """The same, written to a file, and to the manifest for the report.

    Args:
        path: ends as one of `table_file.ENDINGS`.
        force: replace a file that is there.
        how: as `predict` takes it.

    Raises:
        FormatError, StoreError: as `check_output`, before any work; or it cannot be written.
    """
    check_output(path, force=force)
    with run.folder.lock("predict"):
        run.forget("deployment")  # read before the lock held, it may be another by now
        found = predict(run, nodes, **how)
        found.table().write(path)
        priced = fingerprint(run.folder.deployment.read_bytes()) if found.energy else ""
        facts = {"nodes": nodes, "file": str(path), "deployment": priced, **found.facts}
        add_entry(run.folder.manifest, "predict", facts, found.packages)
    return found


def _classified(found: Predictions, executor: Executor, trees: Trees, ui: Ui) -> Predictions:
    """With classes, and probabilities that are right as often as they say."""
    dataset, names = trees.dataset, trees.dataset.graph.label_names
    known = dataset.task.known(dataset.graph)
    nodes = dataset.split.val[known[dataset.split.val]]
    if len(nodes):
        outputs = _known_outputs(found, nodes)
        if outputs is None:
            local = _on_reference(executor)
            ui.say(f"calibrating on {len(nodes):,} validation nodes, on {local.name}")
            trees = replace(trees, nodes=nodes)
            outputs = average(local, trees, lambda record: record.logits, ui)
        temperature = fit_temperature(outputs, dataset.task.truth(dataset.graph)[nodes])
    else:
        temperature = Temperature()
    return replace(
        found,
        classes=np.array(names)[dataset.task.answers(found.outputs)],
        class_names=names,
        probabilities=temperature.probabilities(found.outputs),
        temperature=temperature,
    )


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


def _energy(run: Run, counted: EventCounts) -> EnergyEstimate:
    of = run.deployment
    return energy(of.quantized, of.placement, of.profile, counted, work(of.quantized, of.tree))
