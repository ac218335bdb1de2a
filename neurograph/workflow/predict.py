"""An answer for every node that is asked about, with calibrated probabilities and its cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from neurograph.core.table_file import check_output
from neurograph.cost.energy import energy
from neurograph.cost.estimate import EnergyEstimate
from neurograph.cost.host import work
from neurograph.runtime.record import EventCounts
from neurograph.runtime.reference import count_events
from neurograph.workflow.average import average
from neurograph.workflow.calibration import classified
from neurograph.workflow.executor import Ran
from neurograph.workflow.find_executor import find_executor
from neurograph.workflow.manifest import add_entry
from neurograph.workflow.node_set import ALL, Wanted
from neurograph.workflow.per_node import described, layout_of
from neurograph.workflow.predictions import Predictions
from neurograph.workflow.run import Run
from neurograph.workflow.ui import SILENT, Ui


def predict(
    run: Run | Path | str,
    nodes: Wanted = ALL,
    *,
    draws: int = 1,
    on: str | None = None,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> Predictions:
    """An answer for each of these nodes, labelled or not; writes nothing.

    Args:
        run: a run, or its folder.
        nodes: all, unlabelled, train, val, test, a file of ids, or ids.
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
    layout = layout_of(dataset, dataset.nodes(nodes, say=ui.say), executor, draws)
    counted: list[EventCounts] = []

    def count(ran: Ran) -> None:
        if ran.payloads is not None and run.folder.deployment.exists():
            found = count_events(run.deployment.quantized, ran.payloads, ran.record)
            counted[:] = [reduce(add, [*counted, found])]

    outputs = average(executor, layout, lambda record: record.logits, ui, count)
    found = Predictions(
        **described(executor, layout),
        outputs=outputs,
        energy=_energy(run, counted[0]) if counted else None,
    )
    return classified(run, found, executor, layout, ui) if dataset.task.classes else found


def write_predictions(
    run: Run, path: Path, nodes: str = ALL, *, overwrite: bool = False, **how: Any
) -> Predictions:
    """The same, written to a file, and to the manifest for the report.

    Args:
        path: ends as one of `table_file.ENDINGS`.
        overwrite: replace a file that is there.
        how: as `predict` takes it.

    Raises:
        FormatError, StoreError: as `check_output`, before any work; or it cannot be written.
    """
    check_output(path, overwrite=overwrite)
    with run.folder.lock("predict"):
        run.forget("deployment")  # read before the lock held, it may be another by now
        found = predict(run, nodes, **how)
        found.table().write(path)
        priced = run.folder.deployment_sha256 if found.energy else ""
        facts = {"nodes": nodes, "file": str(path), "deployment": priced, **found.facts}
        add_entry(run.folder.manifest, "predict", facts, found.packages)
    return found


def _energy(run: Run, counted: EventCounts) -> EnergyEstimate:
    of = run.deployment
    return energy(of.quantized, of.placement, of.profile, counted, work(of.quantized, of.tree))
