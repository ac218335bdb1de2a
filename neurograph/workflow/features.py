"""Before a training: features of a graph, and a graph to begin with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import MachineError
from neurograph.graphs import embed
from neurograph.graphs.features import NONE, FeatureStore, no_features
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.sets import synth
from neurograph.workflow.features_place import is_place
from neurograph.workflow.ui import SILENT, Ui

BUILT_IN = Path("graphs/synthetic")


def features_of(folder: Path, graph: TemporalGraph, method: str | None) -> FeatureStore:
    """The features of the graph in `folder` by this method.

    Args:
        method: `NONE` for a network that hears labels alone; or a folder of features;
            None as `embed.load_features` has it.

    Raises:
        DataError: no such features.
        StoreError: a damaged file.
    """
    if method == NONE:
        return no_features(graph)
    if method is not None and is_place(method):
        return embed.load_place(Path(method))
    return embed.load_features(folder, method)


def make_features(
    folder: Path,
    *,
    method: str = embed.DEFAULT,
    how: Mapping[str, Any] | None = None,
    out: Path | None = None,
    ui: Ui = SILENT,
    **settings: Any,
) -> FeatureStore:
    """Features of the graph in `folder`, written beside it.

    Args:
        folder: of the graph.
        method: name of one.
        how: what was typed about a given file, by option: "--as-is", "--axes" ...
        out: another folder for them.
        ui: is told what was taken for what, and what was replaced.
        settings: see `embed.make_features`.
    """
    graph = load_graph(folder)
    if out is None and not os.access(folder, os.W_OK):
        raise MachineError(
            f"{folder}: cannot be written to; make the features elsewhere and train with them: "
            f"neurograph features {folder} -o FOLDER; neurograph train {folder} --features FOLDER"
        )
    if how is not None:
        typed = {name.removeprefix("--").replace("-", "_"): x for name, x in how.items()}
        settings["how"] = embed.How(**typed)
    replaced = embed.source_of(folder, method) if out is None else ""
    with ui.task(f"{method} features, {graph.num_steps} snapshots") as progress:
        made = embed.make_features(
            graph, folder, method=method, progress=progress, out=out, **settings
        )
    for note in made.meta.get("notes", ()):
        ui.say(note)
    if replaced:
        ui.say(f"replaced: {method} features {replaced}")
    if embed.GIVEN in embed.present(folder) and method != embed.GIVEN:
        ui.say(
            "there are features of your own too, which train takes unless you say: "
            f"--features {method}"
        )
    return made


def built_in_graph(ui: Ui = SILENT) -> Path:
    """Folder of the built-in synthetic graph with its features, made on first use."""
    if not (BUILT_IN / "graph.json").exists():
        save_graph(synth(seed=0), BUILT_IN)
        ui.say(f"{BUILT_IN}: generated the built-in synthetic graph")
    if not (BUILT_IN / "features").exists():
        make_features(BUILT_IN, ui=ui)
    return BUILT_IN
