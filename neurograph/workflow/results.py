"""What commands leave in the folder of a run; what is of other nodes or integers goes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.runtime.record import InferredPart
from neurograph.workflow import store
from neurograph.workflow.manifest import adding_entry
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import RunEntry


def keep_deployment(run: Run, deployment: Deployment, facts: Mapping[str, Any]) -> None:
    """Write what `export` made; results of an older one go."""
    folder = run.folder
    with (
        adding_entry(folder.manifest, "export", facts),
        store.saving(deployment, folder.deployment),
    ):
        folder.clear_results()
    run.forget("deployment", "records", "events")


def keep_results(run: Run, found: InferredPart, entry: RunEntry) -> None:
    """Write what `run` made; records of other nodes or integers go."""
    folder, whole = run.folder, entry.joined(run.last)
    older_gone = False
    try:
        with ExitStack() as written:  # all has room before anything older goes; events come last
            written.enter_context(store.saving(found.events, folder.events))
            entered = adding_entry(folder.manifest, "run", whole.to_dict(), entry.packages)
            written.enter_context(entered)
            for name, record in found.records.items():
                written.enter_context(store.saving(record, folder.record(name)))
            folder.clear_results(keep=whole.runs.keys() - found.records.keys())
            older_gone = True
    except BaseException:
        if older_gone:
            folder.clear_results()
        raise
    run.forget("records", "events")
