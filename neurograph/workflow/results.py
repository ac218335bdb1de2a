"""What commands leave in the folder of a run; what is of other nodes or integers goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.runtime.record import InferredPart
from neurograph.workflow import store
from neurograph.workflow.manifest import add_entry
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import RunEntry


def keep_deployment(run: Run, deployment: Deployment, facts: Mapping[str, Any]) -> None:
    """Write what `export` made; results of an older one go."""
    folder = run.folder
    folder.clear_results()
    store.save(deployment, folder.deployment)
    add_entry(folder.manifest, "export", facts)
    run.forget("deployment", "records", "events")


def keep_results(run: Run, found: InferredPart, entry: RunEntry) -> None:
    """Write what `run` made; records of other nodes or integers go."""
    folder, whole = run.folder, entry.joined(run.last)
    with folder.new_results(keep=whole.runs.keys() - found.records.keys()):
        for name, record in found.records.items():
            store.save(record, folder.record(name))
        add_entry(folder.manifest, "run", whole.to_dict(), entry.packages)
        store.save(found.events, folder.events)
    run.forget("records", "events")
