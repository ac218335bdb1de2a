"""Before a training: settings that suit the graph, and the features that it is trained on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurograph.graphs import embed
from neurograph.graphs.features import NONE
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph
from neurograph.graphs.splits import Split
from neurograph.tasks import find_task, split_nodes
from neurograph.workflow.features import make_features
from neurograph.workflow.split import given_split
from neurograph.workflow.ui import SILENT, Ui

if TYPE_CHECKING:
    from neurograph.models import TrainSettings


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a training is to be.

    Attributes:
        settings: whole, those that were given among them.
        method: of the features.
        lines: what was chosen, and why, for people.
    """

    settings: TrainSettings
    method: str | None
    lines: tuple[str, ...]


def choose(
    folder: Path,
    settings: TrainSettings,
    *,
    given: Collection[str],
    method: str | None = None,
    split_file: Path | None = None,
    ui: Ui = SILENT,
) -> Choice:
    """Fill in what is not given by what suits the graph, and make features if it has none.

    Args:
        folder: of the graph.
        given: names of the settings that stay as they are.
        method: of the features; None for one that goes with the settings.
        split_file: the parts of the nodes, where they are given.

    Raises:
        DataError: no graph, or labels that cannot be split.
    """
    from neurograph.models.suited import suited  # needs no PyTorch, but the room takes a moment

    graph, task = load_graph(folder), find_task(settings.task)
    _, split = given_split(settings, graph, split_file, None, SILENT)
    split = split or split_nodes(task, graph, settings.to_dict())
    own = settings.own
    if method == NONE and own.label_input:
        own = replace(own, features=0)
    found = suited(graph, split, task, given=given, own=own)
    whole = decided(settings.changed(**found.settings), graph, split)
    if method is None:
        method = _features(folder, whole, ui)
    chosen = " ".join(_typed(name, getattr(whole, name)) for name in found.settings)
    lines = (f"chosen: {chosen}", f"because: {'; '.join(found.reasons)}") if chosen else ()
    return Choice(settings=whole, method=method, lines=lines)


def decided(
    settings: TrainSettings, graph: TemporalGraph, split: Split | None = None
) -> TrainSettings:
    """With edge weights on or off, where they are to be as training and validation nodes say.

    Args:
        split: None: as the settings say.
    """
    from neurograph.models.suited import edge_weights

    if settings.edge_weights != "auto":
        return settings
    split = split or split_nodes(find_task(settings.task), graph, settings.to_dict())
    known = np.concatenate([split.train, split.val])
    use = edge_weights(graph, known) if graph.weighted and graph.num_classes else "off"
    return settings.changed(edge_weights=use)


def _features(folder: Path, settings: TrainSettings, ui: Ui) -> str | None:
    """Method of the features: the user's own, else walks, by weights where draws are by weights."""
    walks = embed.WEIGHTED if settings.edge_weights == "on" else embed.DEFAULT
    present = embed.present(folder)
    for method in (embed.GIVEN, walks):
        if method in present:
            return method
    if present and not {embed.WEIGHTED, embed.DEFAULT} & set(present):
        return None  # what a user made on purpose
    make_features(folder, method=walks, ui=ui)
    ui.say(f"{folder}: made {walks} features")
    return walks


def _typed(name: str, value: object) -> str:
    """A setting as on the command line."""
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"--{name.replace('_', '-')} {shown}"
