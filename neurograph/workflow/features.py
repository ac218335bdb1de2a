"""Before a training: features of a graph, and a graph to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurograph.graphs import embed
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.sets import synth
from neurograph.workflow.ui import SILENT, Ui

BUILT_IN = Path("graphs/synthetic")


def make_features(
    folder: Path, *, method: str = embed.DEFAULT, ui: Ui = SILENT, **settings: Any
) -> FeatureStore:
    """Features of the graph in `folder`, written beside it."""
    graph = load_graph(folder)
    with ui.task(f"{method} features, {graph.num_steps} snapshots") as progress:
        return embed.make_features(graph, folder, method=method, progress=progress, **settings)


def built_in_graph(ui: Ui = SILENT) -> Path:
    """Folder of the built-in synthetic graph with its features, made on first use."""
    if not (BUILT_IN / "graph.json").exists():
        save_graph(synth(seed=0), BUILT_IN)
        ui.say(f"{BUILT_IN}: generated the built-in synthetic graph")
    if not (BUILT_IN / "features").exists():
        make_features(BUILT_IN, ui=ui)
    return BUILT_IN
