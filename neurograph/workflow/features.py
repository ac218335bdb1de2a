"""Before a training: features of a graph, and a graph to begin with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import MachineError
from neurograph.core.occupied import check_folder, occupied
from neurograph.graphs import embed
from neurograph.graphs.embed.folder import HEADER as FEATURES
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
    overwrite: bool = False,
    ui: Ui = SILENT,
    **settings: Any,
) -> FeatureStore:
    """Features of the graph in `folder`, written beside it.

    Args:
        folder: of the graph.
        method: name of one.
        overwrite: replace other features of the graph by the same method. The same ones are not
            made again, and those of another graph serve nobody.
        how: what was typed about a given file, by option: "--as-is", "--axes" ...
        out: another folder for them.
        ui: is told what was taken for what, and what was replaced.
        settings: see `embed.make_features`.

    Raises:
        ExistsError: there are other features by this method.
    """
    graph = load_graph(folder)
    if out is None and not os.access(folder, os.W_OK):
        raise MachineError(
            f"{folder}: cannot be written to; make the features elsewhere and train with them: "
            f"neurograph features {folder} -o FOLDER; neurograph train {folder} --features FOLDER"
        )
    method = embed.GIVEN if "given" in settings else method
    if out is not None:
        _check_place(out, overwrite=overwrite)
    elif (there := embed.of_graph(folder, method, graph.sha256)) is not None and not overwrite:
        if not embed.same(there, graph, method=method, **settings):
            what = f"{method} features, {embed.source_of(folder, method)}"
            raise occupied(folder, what, elsewhere="")
        ui.say(f"{folder}: these features are there already")
        return embed.load_features(folder, method)
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


def _check_place(out: Path, *, overwrite: bool) -> None:
    """Raise ExistsError for a folder of other features, or of anything else."""
    check_folder(out, (FEATURES,), "folder of features")
    if (out / FEATURES).exists() and not overwrite:
        raise occupied(out, "features")


def built_in_graph(ui: Ui = SILENT) -> Path:
    """Folder of the built-in synthetic graph with its features, made on first use."""
    if not (BUILT_IN / "graph.json").exists():
        save_graph(synth(seed=0), BUILT_IN)
        ui.say(f"{BUILT_IN}: generated the built-in synthetic graph")
    if not (BUILT_IN / "features").exists():
        make_features(BUILT_IN, ui=ui)
    return BUILT_IN
