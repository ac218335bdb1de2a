"""Train a model on a graph and its features: writes config.toml, metrics.jsonl and checkpoint/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DataError
from neurograph.graphs.io import load_graph
from neurograph.graphs.io.split_folder import save_split
from neurograph.tasks import find_task, split_nodes
from neurograph.workflow import features_place
from neurograph.workflow.choose import decided
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.epochs import Epochs
from neurograph.workflow.features import features_of
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.graph_place import place_of
from neurograph.workflow.grown import keep_graph
from neurograph.workflow.integers import check_widths, scheme_chooser
from neurograph.workflow.latest import point_latest
from neurograph.workflow.manifest import add_entry, trained_on, write_config
from neurograph.workflow.split import given_split, split_facts
from neurograph.workflow.start import Start
from neurograph.workflow.state_files import clear_states
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
    yardsticks: bool = True,
    ui: Ui = SILENT,
) -> TrainResult:
    """Train on the graph in `graph_folder`, with its features made by `method`.

    Args:
        split_file: the parts of the nodes, where settings do not say them; `folder` keeps them.
        start: train that run's model on in integers; the graph and features must be its own.
        profile: with `settings.qat`, the chip whose integers are trained in.
        yardsticks: whether to measure simple methods on the same split, into yardsticks.json.

    Raises:
        RunError: the folder holds an imported network.
        DataError: neither features nor labels to be heard.
    """
    from neurograph import models  # takes seconds
    from neurograph.models.memory_needed import check_training

    folder.refuse_import()
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
    settings, split = given_split(settings, graph, split_file, start, ui)
    settings = decided(settings, graph, split)
    given = settings.to_dict()
    split = split or split_nodes(find_task(settings.task), graph, given)
    check_training(settings.config_for(graph, features), graph.num_nodes)
    facts["split"] = split_facts(split, split_file)
    with folder.lock("train"):
        folder.clear_results()
        clear_states(folder.path)
        save_split(split, folder.path)
        keep_graph(graph, given, folder.path)
        file_in(folder).unlink(missing_ok=True)
        places = place_of(graph_folder, folder.path) | features_place.place_of(method, folder.path)
        trained = trained_on(places, graph, features, given)
        add_entry(folder.manifest, "train", trained | facts)
        write_config(folder.config, given)
        scheme_of = None
        if chip:
            scheme_of = scheme_chooser(Dataset.of(graph, features, given, split), settings, chip)
        with ui.task("training, epochs") as report:
            epochs = Epochs(report, find_task(settings.task))
            result = models.train(
                graph,
                features,
                settings,
                folder.path,
                split=split,
                scheme_of=scheme_of,
                start=begin,
                resume=resume,
                progress=epochs.progress,
                observe=epochs.observe,
            )
        point_latest(folder, ui.say)
        if yardsticks:
            dataset = Dataset.of(graph, features, given, split)
            measure_for(folder, dataset, trained | facts, ui=ui)
    return result
