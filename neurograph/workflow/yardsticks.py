"""What simple methods make of the same split: measured, kept in a run's folder, read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.errors import ModelError, RunError
from neurograph.core.files import write_json
from neurograph.graphs.embed import present
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph
from neurograph.graphs.splits import Split
from neurograph.models.settings import TrainSettings
from neurograph.models.suited import suited
from neurograph.tasks import Task, find_task, known_tasks, split_nodes
from neurograph.tasks.yardsticks.measure import measure, split_sha256
from neurograph.tasks.yardsticks.measured import Yardsticks, load_yardsticks
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.features import features_of
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.manifest import add_entry
from neurograph.workflow.run import Run
from neurograph.workflow.ui import SILENT, Ui

FILE, TITLE = "yardsticks.json", "yardsticks"


def file_in(folder: RunFolder) -> Path:
    """Where a run keeps its yardsticks."""
    return folder.at(FILE)


def measure_for(
    folder: RunFolder, dataset: Dataset, trained: Mapping[str, Any], *, ui: Ui = SILENT
) -> Yardsticks | None:
    """Measure on what a run was trained on, and keep it there; its lock is held.

    Args:
        trained: what its manifest says of the training.
    """
    task, graph, split, settings = dataset.task, dataset.graph, dataset.split, trained["settings"]
    folds = 0 if "start" in trained else settings.get("folds", 0)  # 0.1 knew none
    inner = _folds(task, graph, split, folds, settings["split_seed"])
    features = dataset.features if dataset.features.num_features else None
    with ui.task(TITLE) as progress:
        found = measure(task, graph, features, split, folds=inner, progress=progress)
    if found is not None:
        write_json(file_in(folder), found.to_dict())
        seconds = {one.name: round(one.seconds, 3) for one in found.measured}
        add_entry(folder.manifest, "baseline", {"seconds": seconds})
    return found


def measure_again(run: Run, *, ui: Ui = SILENT) -> Yardsticks:
    """Measure on what `run` was trained on, and write its yardsticks.json.

    Raises:
        ModelError: its task has no yardsticks.
        RunError: nothing was trained here.
    """
    dataset = run.dataset
    with run.folder.lock("baseline"):
        found = measure_for(run.folder, dataset, run.trained, ui=ui)
    return _needed(found, dataset.task)


def measure_on(
    graph_folder: Path, method: str | None = None, *, ui: Ui = SILENT
) -> tuple[Yardsticks, bool]:
    """Measure on a graph, by split and folds of a training without options; writes nothing.

    Args:
        method: of the features; None takes the usual ones, and goes without where there are none.

    Returns:
        The yardsticks, and whether there were features.

    Raises:
        DataError: no such graph or features, or labels that cannot be split.
    """
    settings = TrainSettings()
    task, graph = find_task(settings.task), load_graph(graph_folder)
    features = None
    if method is not None or present(graph_folder):
        features = features_of(graph_folder, graph, method)
        features.check_matches(graph)
    split = split_nodes(task, graph, settings.to_dict())
    folds = suited(graph, split, task).settings.get("folds", 0)
    inner = _folds(task, graph, split, folds, settings.split_seed)
    with ui.task(TITLE) as progress:
        found = measure(task, graph, features, split, folds=inner, progress=progress)
    return _needed(found, task), features is not None


def kept(run: Run) -> Yardsticks | None:
    """Those in the folder of `run`; None where there are none.

    Raises:
        StoreError: a damaged file.
        RunError: they are of another graph, features or split.
    """
    if not file_in(run.folder).exists():
        return None
    remedy = f"neurograph baseline {run.path}"
    found, dataset = load_yardsticks(file_in(run.folder), remedy), run.dataset
    wanted = {
        "task": dataset.task.name,
        "graph_sha256": dataset.graph.sha256,
        "features_sha256": dataset.features.sha256,
        "split_sha256": split_sha256(dataset.split),
    }
    if other := [name for name, value in wanted.items() if getattr(found, name) != value]:
        what = ", ".join(name.removesuffix("_sha256") for name in other)
        raise RunError(f"{file_in(run.folder)}: of another {what}; run: {remedy}")
    return found.taking(run.entries.get("baseline", {}).get("seconds", {}))


def _folds(
    task: Task, graph: TemporalGraph, split: Split, folds: int, seed: int
) -> tuple[Split, ...]:
    """Training and validation nodes as a training with so many folds divides them; none for 0."""
    if not folds:
        return ()
    from neurograph.models.training.folds import fold_of  # imports PyTorch

    nodes = np.sort(np.concatenate([split.train, split.val]))
    part = fold_of(task.truth(graph)[nodes], folds, seed=seed)
    return tuple(
        replace(split, train=nodes[part != fold], val=nodes[part == fold]) for fold in range(folds)
    )


def _needed(found: Yardsticks | None, task: Task) -> Yardsticks:
    if found is None:
        having = ", ".join(name for name in known_tasks() if find_task(name).has_yardsticks)
        raise ModelError(f"task '{task.name}' has no yardsticks; tasks that have: {having}")
    return found
