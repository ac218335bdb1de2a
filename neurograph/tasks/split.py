"""How the nodes about which a task asks are divided into parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split, dealt_split, source_split, time_split
from neurograph.tasks.task import Task

FILE = "file"  # the parts are given, and kept with the run
SPLITS = ("auto", "stratified", "source", "time")  # what can be asked for by name


def split_nodes(task: Task, graph: TemporalGraph, settings: Mapping[str, Any]) -> Split:
    """The split that these settings of a training describe.

    `auto` is the split that the graph brings, where it brings one, else `stratified`: the task's
    own, by lot; where classes are too small for that, their nodes are dealt out. `source` insists
    on the graph's, and `time` trains on the nodes that are seen first.

    Args:
        settings: `split`, `train_share`, `val_share` and `split_seed`, by name.

    Raises:
        DataError: the graph brings no split, or a part would be empty.
    """
    kind = settings.get("split", "auto")  # 0.1 had none, and no graph brought a split
    shares = {"val_share": settings["val_share"], "seed": settings["split_seed"]}
    if kind == "time":
        return time_split(graph, task.known(graph), settings["train_share"], **shares)
    if kind == "source" or (kind == "auto" and graph.part is not None):
        return source_split(graph, task.known(graph), **shares)
    if kind == FILE:
        raise DataError("the split of this training was given as a file, which is not at hand")
    try:
        return task.split(graph, settings["train_share"], **shares)
    except DataError:
        if kind != "auto" or not task.classes:
            raise
        return dealt_split(graph, settings["train_share"], **shares)
