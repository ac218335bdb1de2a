"""What a run was trained on, read again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs.io import load_graph
from neurograph.graphs.io.split_folder import load_split
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.features import features_of
from neurograph.workflow.graph_place import find_graph


def trained_data(trained: Mapping[str, Any], run: Path) -> Dataset:
    """What a run was trained on, read again and checked to be the same.

    Args:
        trained: the entry "train" of the run's manifest.
        run: its folder.

    Raises:
        DataError: the graph is gone, or it or the features are not what they were then.
        StoreError: the split that is kept in the run is damaged.
    """
    folder = find_graph(trained, run)
    graph = load_graph(folder)
    features = features_of(folder, graph, trained["features"])
    for what, found in (("graph", graph.sha256), ("features", features.sha256)):
        then = trained[f"{what}_sha256"]
        if found != then:
            raise DataError(
                f"{folder}: the {what} changed since the training (sha256 {found[:12]}, then "
                f"{then[:12]}); train again, or restore the {what}"
            )
    split = load_split(run, given["sha256"]) if (given := trained.get("split")) else None
    return Dataset.of(graph, features, trained["settings"], split)
