"""Whether the records and event counts of a run folder are those that the run left in it."""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.core.arrays import Array
from neurograph.core.errors import StoreError
from neurograph.runtime.record import EventCounts, RunRecord
from neurograph.workflow import store
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.run_entry import RunEntry


def load_events(folder: RunFolder, last: RunEntry) -> EventCounts:
    """What the integers did.

    Args:
        last: what the manifest says of the inference.

    Raises:
        StoreError: a damaged file, or not the one that the inference left.
    """
    counts = store.load(EventCounts, folder.events)
    if last.events not in ("", counts.sha256):  # an earlier version noted nothing
        raise StoreError(_changed(folder.events.name, folder))
    return counts


def changed_records(
    records: Mapping[str, RunRecord], folder: RunFolder, last: RunEntry
) -> list[str]:
    """What is to be said of each record that is not the one that the inference left.

    Args:
        records: as they were read, by backend.
    """
    noted = {name: ran.record for name, ran in last.runs.items()}
    return [
        _changed(folder.record(name).name, folder)
        for name, record in records.items()
        if noted.get(name, "") not in ("", record.sha256)
    ]


def check_records(records: Mapping[str, RunRecord], folder: RunFolder, last: RunEntry) -> None:
    """Raise StoreError unless all are what the inference left; arguments as `changed_records`."""
    if changed := changed_records(records, folder, last):
        raise StoreError(changed[0])


def nodes_of(records: Mapping[str, RunRecord], count: int, folder: RunFolder) -> Array:
    """The nodes of the records, int64 ``(n,)``, which `check_comparable` knows to be the same.

    Args:
        count: of the nodes of the graph.

    Raises:
        StoreError: one that the graph does not have.
    """
    nodes = next(iter(records.values())).nodes
    if len(nodes) and not 0 <= nodes.min() <= nodes.max() < count:
        raise StoreError(
            f"{folder.path}: its records are of nodes {nodes.min()} to {nodes.max()}, and the "
            f"graph has 0 to {count - 1}; run again: neurograph run"
        )
    return nodes


def _changed(name: str, folder: RunFolder) -> str:
    return (
        f"{folder.path / name}: its contents are not what the run left, by the manifest; run "
        "again: neurograph run"
    )
