"""The split of a training that is given as a file, or taken over from the run it starts from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.io.split_file import read_split
from neurograph.graphs.splits import Split, split_of_parts
from neurograph.tasks import Task, find_task
from neurograph.tasks.split import FILE
from neurograph.workflow.start import Start
from neurograph.workflow.ui import Ui

if TYPE_CHECKING:
    from neurograph.models import TrainSettings


def given_split(
    settings: TrainSettings,
    graph: TemporalGraph,
    file: Path | None,
    start: Start | None,
    ui: Ui,
    *,
    kept: Split | None = None,
) -> tuple[TrainSettings, Split | None]:
    """The split that is given, and settings that say so; None where settings describe it.

    Args:
        file: of the parts.
        start: a run to go on from, whose split is kept.
        kept: the split of the same training, which is gone on with.

    Raises:
        DataError: the file is no split of this graph's nodes, or there is none.
    """
    if file is not None:
        split, notes = split_in_file(
            file,
            graph,
            find_task(settings.task),
            val_share=settings.val_share,
            seed=settings.split_seed,
        )
        for note in notes:
            ui.say(f"note: {note}")
        return settings.changed(split=FILE), split
    if settings.split != FILE:
        return settings, None
    if kept is not None:
        return settings, kept
    if start is None or start.run.dataset is None:
        raise DataError(f"the split '{FILE}' needs the file; give it with --split FILE")
    return settings, start.run.dataset.split


def split_in_file(
    path: Path, graph: TemporalGraph, task: Task, *, val_share: float, seed: int
) -> tuple[Split, tuple[str, ...]]:
    """The split that a file describes, and what the user should know of it.

    Args:
        val_share, seed: of the validation nodes, where the file names none.

    Raises:
        DataError: the file is no split of this graph's nodes.
    """
    doubts = Doubts()
    parts = read_split(path, NodeNames(graph.node_ids), doubts=doubts)
    if doubts.found:  # nothing is guessed where scores depend on it
        raise DataError("\n".join(map(str, doubts.found)))
    known = task.known(graph)
    notes = list(parts.notes)
    if silent := int(((parts.part >= 0) & ~known).sum()):
        notes.append(f"{path}: {silent:,} of its nodes have no label: neither learnt nor scored")
    try:
        split = split_of_parts(
            graph, parts.part, known, name=parts.name, val_share=val_share, seed=seed
        )
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    return split, tuple(notes)


def split_facts(split: Split, source: Path | None) -> dict[str, Any]:
    """What the manifest says of a split that is kept with the run."""
    return {
        "name": split.name,
        "sha256": split.sha256,
        "nodes": {part: len(getattr(split, part)) for part in ("train", "val", "test")},
        **({"source": str(source)} if source else {}),
    }
