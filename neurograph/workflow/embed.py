"""What the last layer of a model says of every node that is asked about, in spikes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import RunError
from neurograph.core.table_file import check_output
from neurograph.runtime.record import RunRecord
from neurograph.workflow.average import average
from neurograph.workflow.embeddings import Embeddings
from neurograph.workflow.find_executor import find_executor
from neurograph.workflow.node_set import ALL, Wanted
from neurograph.workflow.per_node import described, layout_of
from neurograph.workflow.run import Run
from neurograph.workflow.ui import SILENT, Ui

NODE, SNAPSHOT = "node", "snapshot"  # of which spikes are counted together
PER = (NODE, SNAPSHOT)


def embed(
    run: Run | Path | str,
    nodes: Wanted = ALL,
    *,
    per: str = NODE,
    spikes: bool = False,
    draws: int = 1,
    on: str | None = None,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> Embeddings:
    """Spikes of the last layer for each of these nodes, labelled or not; writes nothing.

    Args:
        run: a run, or its folder.
        nodes: all, unlabelled, train, val, test, a file of ids, or ids.
        per: "node" counts over all snapshots, "snapshot" over each.
        spikes: keep the spikes themselves, packed, in place of their counts.
        draws: sampled trees per node, over which counts are averaged.
        on, options: as `predict` takes them.

    Raises:
        RunError: a model without spikes, spikes of several draws, and as `predict` raises it.
        DataError, BackendError: as `predict` raises them.
    """
    if per not in PER:
        raise RunError(f"--per is '{per}'; known: {', '.join(PER)}")
    if spikes and draws != 1:
        raise RunError(f"spikes of {draws} draws have no mean; leave out --spikes, or --draws")
    run = run if isinstance(run, Run) else Run(Path(run))
    executor = find_executor(run, on, options)
    if not executor.layer:
        raise RunError(f"{run.path}: a model without spikes has none to embed nodes by")
    dataset = run.dataset
    layout = layout_of(dataset, dataset.nodes(nodes, say=ui.say), executor, draws)
    steps = dataset.graph.num_steps if per == SNAPSHOT else 1
    shapes: set[tuple[int, int]] = set()

    def read(record: RunRecord) -> Array:
        fired = record.spikes[executor.layer]
        fired = fired.reshape(*fired.shape[:2], -1)
        shapes.add(fired.shape[1:])
        return _packed(fired) if spikes else _counted(fired, steps)

    found = average(executor, layout, read, ui)
    if not spikes and per == NODE:
        found = found[:, 0]
    return Embeddings(
        **described(executor, layout),
        layer=executor.layer,
        shape=shapes.pop(),
        counts=None if spikes else found,
        spikes=found if spikes else None,
    )


def write_embeddings(run: Run, path: Path, *, overwrite: bool = False, **how: Any) -> Embeddings:
    """The same, written to a file; `how` as `embed` takes it.

    Raises:
        FormatError, StoreError: as `check_output`, before any work; or it cannot be written.
    """
    endings = (".npz",) if how.get("spikes") else (".npz", ".csv", ".parquet")
    check_output(path, overwrite=overwrite, endings=endings)
    with run.folder.lock("embed"):
        run.forget("deployment")  # read before the lock held, it may be another by now
        found = embed(run, **how)
        found.table().write(path)
    return found


def _packed(fired: Array) -> Array:
    """Uint8 ``(nodes, bytes)`` of spikes ``(nodes, updates, neurons)``."""
    return np.packbits(fired.reshape(len(fired), -1), axis=1)


def _counted(fired: Array, steps: int) -> Array:
    """Int32 ``(nodes, steps, neurons)`` of spikes ``(nodes, updates, neurons)``."""
    whole = fired.reshape(len(fired), steps, -1, fired.shape[-1])
    counts: Array = np.count_nonzero(whole, axis=2).astype(np.int32)
    return counts
