"""What a run was trained on, read again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs.io import load_graph
from neurograph.graphs.io.split_folder import load_split
from neurograph.tasks import DEFAULT, find_task, split_nodes
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.features import features_of
from neurograph.workflow.features_place import find_features
from neurograph.workflow.graph_place import find_graph
from neurograph.workflow.grown import Grown


def trained_data(trained: Mapping[str, Any], run: Path, moved_to: Path | None = None) -> Dataset:
    """What a run was trained on, read again and checked to be the same, or to have gone on.

    Where the graph has more snapshots now, and the model serves them, it is the graph of now.

    Args:
        trained: the entry "train" of the run's manifest.
        run: its folder.
        moved_to: where the graph is now, if somebody says so.

    Raises:
        DataError: the graph is gone, or it or the features are not what they were then.
        StoreError: the split that is kept in the run is damaged.
    """
    folder = find_graph(trained, run, moved_to)
    graph = load_graph(folder)
    features = features_of(folder, graph, find_features(trained, run))
    split = load_split(run, given["sha256"]) if (given := trained.get("split")) else None
    settings = trained["settings"]
    if graph.sha256 != trained["graph_sha256"]:
        grown = Grown.of(graph, folder, trained, run)
        features.check_matches(graph)
        grown.check_features(features, folder, trained)
        then = split or split_nodes(find_task(settings.get("task", DEFAULT)), grown.then, settings)
        return Dataset.of(graph, features, settings, grown.split(then))
    if features.sha256 != (then := trained["features_sha256"]):
        raise DataError(
            f"{folder}: the features changed since the training (sha256 {features.sha256[:12]}, "
            f"then {then[:12]}); train again, or restore the features"
        )
    return Dataset.of(graph, features, settings, split)
