"""What commands leave in the folder of a run; what is of other nodes or integers goes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.runtime.record import InferredPart
from neurograph.workflow import store
from neurograph.workflow.manifest import adding_entry, keep_entries
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import RunEntry
from neurograph.workflow.ui import Ui


def keep_deployment(run: Run, deployment: Deployment, facts: Mapping[str, Any], ui: Ui) -> None:
    """Write what `export` made; results of other integers go, and a report of another deployment.

    Args:
        facts: of the manifest's entry.
        ui: is told what went.
    """
    folder = run.folder
    gone = [path for path in folder.reports if path.exists()]
    others = run.last.network != deployment.quantized.sha256
    with (
        adding_entry(folder.manifest, "export", facts),
        store.saving(deployment, folder.deployment),
    ):
        if others:
            gone += folder.records()
            folder.clear_results()
        folder.clear_reports()
    if others:
        keep_entries(folder.manifest, "train", "baseline", "export")
    if gone:
        ui.say(f"of the export before, and gone: {', '.join(sorted(x.name for x in gone))}")
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
