"""Train a model on a graph and its features: writes config.toml, metrics.jsonl and checkpoint/."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DataError
from neurograph.graphs.io import load_graph
from neurograph.tasks import find_task, split_nodes
from neurograph.workflow import features_place
from neurograph.workflow.choose import decided
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.epochs import Epochs
from neurograph.workflow.features import features_of
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.graph_place import place_of
from neurograph.workflow.integers import check_widths, scheme_chooser
from neurograph.workflow.manifest import trained_on
from neurograph.workflow.new_folder import can_go_on, check_new
from neurograph.workflow.run import Run
from neurograph.workflow.split import given_split, split_facts
from neurograph.workflow.start import Start
from neurograph.workflow.training_folder import TrainingFolder
from neurograph.workflow.ui import SILENT, Ui
from neurograph.workflow.yardsticks import file_in, measure_for

if TYPE_CHECKING:
    from neurograph.models import TrainResult, TrainSettings


def train(
    graph_folder: Path,
    settings: TrainSettings,
    folder: RunFolder,
    *,
    method: str | None = None,
    split_file: Path | None = None,
    start: Start | None = None,
    profile: str = "loihi2",
    resume: bool = False,
    overwrite: bool = False,
    yardsticks: bool = True,
    ui: Ui = SILENT,
) -> TrainResult:
    """Train on the graph in `graph_folder`, with its features made by `method`.

    What was in the folder stays until the first epoch is done.

    Args:
        split_file: the parts of the nodes, where settings do not say them; `folder` keeps them.
        start: train that run's model on in integers; the graph and features must be its own.
        profile: with `settings.qat`, the chip whose integers are trained in.
        resume: go on from the last epoch of the training in `folder`, if there is one.
        overwrite: replace a run that is there.
        yardsticks: whether to measure simple methods on the same split, into yardsticks.json.

    Raises:
        ExistsError: the folder holds a run, or something else.
        DataError: neither features nor labels to be heard.
    """
    from neurograph import models  # takes seconds
    from neurograph.models.memory_needed import check_training

    goes_on = resume and can_go_on(folder)
    if not goes_on:
        check_new(folder, overwrite=overwrite)
    graph = load_graph(graph_folder)
    features = features_of(graph_folder, graph, method)
    features.check_matches(graph)
    if not (features.num_features or settings.own.label_input):
        raise DataError(
            "--features none, and labels are not heard: the network would hear nothing; add "
            "--label-input"
        )
    chip = load_profile(profile) if settings.qat else None
    facts: dict[str, Any] = {"profile": profile} if chip else {}
    if chip:
        check_widths(settings, chip, binary=features.binary)
    begin = None
    if start:
        start.check_other(folder)
        begin, facts["start"] = start.run.checkpoint, start.facts()
    kept = Run(folder).dataset.split if goes_on else None
    settings, split = given_split(settings, graph, split_file, start, ui, kept=kept)
    settings = decided(settings, graph, split)
    given = settings.to_dict()
    split = split or split_nodes(find_task(settings.task), graph, given)
    check_training(settings.config_for(graph, features), graph.num_nodes)
    facts["split"] = split_facts(split, split_file)
    places = place_of(graph_folder, folder.path) | features_place.place_of(method, folder.path)
    trained = trained_on(places, graph, features, given) | facts
    dataset = Dataset.of(graph, features, given, split)
    scheme_of = scheme_chooser(dataset, settings, chip) if chip else None
    with folder.lock("train"):
        if not goes_on:
            check_new(folder, overwrite=overwrite)  # again: nobody else writes here now
        listener = TrainingFolder(
            folder=folder, graph=graph, split=split, facts=trained, resumed=goes_on, say=ui.say
        )
        with _timed(listener, folder, ui), ui.task("training, epochs") as report:
            epochs = Epochs(report, find_task(settings.task))
            result = models.train(
                graph,
                features,
                settings,
                folder.path,
                split=split,
                scheme_of=scheme_of,
                start=begin,
                resume=goes_on,
                progress=epochs.progress,
                observe=epochs.observe,
                listener=listener,
            )
        if yardsticks and (listener.begun or not file_in(folder).exists()):
            measure_for(folder, dataset, trained, ui=ui)
    return result


@contextmanager
def _timed(listener: TrainingFolder, folder: RunFolder, ui: Ui) -> Iterator[None]:
    """Note in the manifest what the block takes; say how to go on if it does not end."""
    began = time.perf_counter()
    try:
        yield
    except BaseException:
        if listener.undo():
            ui.say(f"{folder.path}: the run that was there is as it was")
        if listener.begun:
            ui.say(f"what is done is kept; to go on: neurograph train --resume {folder.path}")
        raise
    finally:
        listener.spent(time.perf_counter() - began)
