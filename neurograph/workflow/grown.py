"""A graph that went on after the training: what it was then, and the data set that it is now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.core.reading import within
from neurograph.graphs.features import FeatureStore, held
from neurograph.graphs.graph import PARTS, TemporalGraph
from neurograph.graphs.growth import places_in
from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.splits import Split
from neurograph.models.layers.names import FLAT, LEAKY

KEPT = "trained-graph"  # in the folder of a run


def may_grow(trained: Mapping[str, Any]) -> bool:
    """Whether a model's weights serve more snapshots than it was trained with.

    Args:
        trained: the entry "train" of the run's manifest.
    """
    return bool(trained["settings"].get("readout", FLAT) == LEAKY)


def keep_graph(graph: TemporalGraph, settings: Mapping[str, Any], run: Path) -> None:
    """Keep the graph as it is in a run's folder, where the model may be run when it has grown."""
    if settings.get("readout", FLAT) == LEAKY:
        save_graph(graph, within(run, KEPT))


@dataclass(frozen=True, eq=False, kw_only=True)
class Grown:
    """What a graph was at the training.

    Attributes:
        then: the graph.
        places: int64 ``(nodes of then,)``, where they are now.
    """

    then: TemporalGraph
    places: Array

    @classmethod
    def of(cls, graph: TemporalGraph, folder: Path, trained: Mapping[str, Any], run: Path) -> Grown:
        """That of a graph whose fingerprint is not that of the training.

        Raises:
            DataError: it is not the graph of the training, gone on; or the model serves no others.
        """
        changed = _changed("graph", folder, graph.sha256, trained)
        if not may_grow(trained):
            raise DataError(
                f"{changed}; train again, or restore the graph. A graph that has more snapshots "
                "now is served by a readout that has no weights per snapshot: train --readout leaky"
            )
        then = load_graph(within(run, KEPT))
        try:
            return cls(then=then, places=places_in(graph, then))
        except DataError as error:
            raise DataError(
                f"{changed}, and it is not that graph gone on: {error}; train again, or restore "
                "the graph"
            ) from error

    def check_features(
        self, features: FeatureStore, folder: Path, trained: Mapping[str, Any]
    ) -> None:
        """Raise DataError unless those of then are what they were."""
        values = features.values[:1] if held(features.values) else features.values
        digest = hashlib.sha256()
        for snapshot in values[: self.then.num_steps]:
            digest.update(np.ascontiguousarray(snapshot[self.places]).data)
        found = digest.hexdigest() if features.num_features else features.sha256
        if found != trained["features_sha256"]:
            raise DataError(
                f"{_changed('features', folder, found, trained)}: those of the snapshots that were "
                "there must stay, and walks over a graph that has grown are others. Train with "
                "--features none --label-input, or with values of your own, kept as they are: "
                "neurograph features --given FILE --as-is"
            )

    def split(self, then: Split) -> Split:
        """The parts of then, in the nodes of now."""
        parts = {part: np.sort(self.places[getattr(then, part)]) for part in PARTS}
        return Split(name=then.name, **parts)


def _changed(what: str, folder: Path, found: str, trained: Mapping[str, Any]) -> str:
    then = trained[f"{what}_sha256"]
    return (
        f"{folder}: the {what} changed since the training (sha256 {found[:12]}, then {then[:12]})"
    )
