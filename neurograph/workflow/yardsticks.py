"""What simple methods make of the same split: measured, kept in a run's folder, read again."""

from __future__ import annotations

from pathlib import Path

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import ModelError, RunError
from neurograph.core.files import write_json
from neurograph.core.versions import versions
from neurograph.graphs.embed import load_features
from neurograph.graphs.embed.folder import has_features
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph
from neurograph.graphs.splits import Split
from neurograph.models.settings import TrainSettings
from neurograph.tasks import Task, find_task
from neurograph.tasks.yardsticks.measured import PARTS, Measured, Yardsticks, load_yardsticks
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.manifest import PACKAGES
from neurograph.workflow.run import Run
from neurograph.workflow.ui import SILENT, Ui


def measure(
    task: Task,
    graph: TemporalGraph,
    features: FeatureStore | None,
    split: Split,
    *,
    ui: Ui = SILENT,
) -> Yardsticks | None:
    """Fit the task's yardsticks on the training nodes and score them; None if it has none.

    Args:
        features: None where there are none, and what needs them is left out.
    """
    truth, known = task.truth(graph), task.known(graph)
    measured: list[Measured] = []
    with ui.task("yardsticks") as progress:
        for yardstick in task.yardsticks(graph, features, split):
            scores = {}
            for part in PARTS:
                nodes = getattr(split, part)
                outputs = yardstick.outputs[nodes]
                scores[part] = task.scores_where(known[nodes], outputs, truth[nodes])
            measured.append(Measured.of(yardstick, scores))
            progress(len(measured), len(measured) + 1)
    if not measured:
        return None
    return Yardsticks(
        task=task.name,
        graph_sha256=graph.sha256,
        features_sha256="" if features is None else features.sha256,
        split=split.name,
        split_sha256=split_sha256(split),
        count={part: len(getattr(split, part)) for part in ("train", *PARTS)},
        measured=tuple(measured),
        versions=versions(PACKAGES),
    )


def split_sha256(split: Split) -> str:
    """Fingerprint of the nodes of every part."""
    return fingerprint(split.train, split.val, split.test)


def measure_for(folder: RunFolder, dataset: Dataset, *, ui: Ui = SILENT) -> Yardsticks | None:
    """Measure on what a run was trained on, and keep it there; its lock is held."""
    found = measure(dataset.task, dataset.graph, dataset.features, dataset.split, ui=ui)
    if found is not None:
        write_json(folder.yardsticks, found.to_dict())
    return found


def measure_again(run: Run, *, ui: Ui = SILENT) -> Yardsticks:
    """Measure on what `run` was trained on, and write its yardsticks.json.

    Raises:
        ModelError: its task has no yardsticks.
        RunError: nothing was trained here.
    """
    dataset = run.dataset
    with run.folder.lock("baseline"):
        found = measure_for(run.folder, dataset, ui=ui)
    return _needed(found, dataset.task)


def measure_on(
    graph_folder: Path, method: str | None = None, *, ui: Ui = SILENT
) -> tuple[Yardsticks, bool]:
    """Measure on a graph, by the split of a training without options; writes nothing.

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
    if method is not None or has_features(graph_folder):
        features = load_features(graph_folder, method)
        features.check_matches(graph)
    split = task.split(
        graph, settings.train_share, val_share=settings.val_share, seed=settings.split_seed
    )
    found = measure(task, graph, features, split, ui=ui)
    return _needed(found, task), features is not None


def kept(run: Run) -> Yardsticks | None:
    """Those in the folder of `run`; None where there are none.

    Raises:
        StoreError: a damaged file.
        RunError: they are of another graph, features or split.
    """
    if not run.folder.yardsticks.exists():
        return None
    remedy = f"neurograph baseline {run.path}"
    found, dataset = load_yardsticks(run.folder.yardsticks, remedy), run.dataset
    wanted = {
        "task": dataset.task.name,
        "graph_sha256": dataset.graph.sha256,
        "features_sha256": dataset.features.sha256,
        "split_sha256": split_sha256(dataset.split),
    }
    if other := [name for name, value in wanted.items() if getattr(found, name) != value]:
        what = ", ".join(name.removesuffix("_sha256") for name in other)
        raise RunError(f"{run.folder.yardsticks}: of another {what}; run: {remedy}")
    return found


def _needed(found: Yardsticks | None, task: Task) -> Yardsticks:
    if found is None:
        raise ModelError(f"task '{task.name}' has no yardsticks; known for: node-classification")
    return found
