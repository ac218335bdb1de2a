"""What the conductor needs between two steps: what the step before wrote, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array, fingerprint
from neurograph.core.errors import DataError, RunError
from neurograph.core.files import write_text
from neurograph.graphs import embed as features
from neurograph.graphs import io as data
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split, stratified_split
from neurograph.ir import QNetwork
from neurograph.runtime.record import FLOAT, REFERENCE, RunRecord
from neurograph.workflow import store
from neurograph.workflow.folder import RunFolder, versions

STREAM = "x"  # the one input of a captured model
SUBSET_SEED = 0


@dataclass(frozen=True, eq=False)
class Source:
    """What a run was trained on, read again and checked to be the same."""

    graph: TemporalGraph
    features: FeatureStore
    split: Split

    def nodes(self, part: str, limit: int | None = None) -> Array:
        """Node ids of a part of the split, ascending; or `limit` of them, drawn by a fixed seed.

        Raises:
            RunError: no such part, an empty one, or a limit below 1.
        """
        parts = {"train": self.split.train, "val": self.split.val, "test": self.split.test}
        parts["all"] = np.sort(np.concatenate(list(parts.values())))
        if part not in parts:
            raise RunError(f"no node set '{part}'; known: {', '.join(parts)}")
        if limit is not None and limit < 1:
            raise RunError(f"--limit is {limit}, needed at least 1")
        if not len(parts[part]):
            raise RunError(f"the split {self.split.name} has no {part} nodes")
        if limit is None or limit >= len(parts[part]):
            return parts[part]
        # ids often follow the time of first appearance, so the first ones are no fair sample
        drawn = np.random.default_rng(SUBSET_SEED).choice(parts[part], limit, replace=False)
        return np.sort(drawn)


def open_source(run: RunFolder) -> Source:
    """The graph, features and split that `run` was trained on.

    Raises:
        DataError: the graph or the features are not what they were then.
        RunError: nothing was trained here.
    """
    trained = run.read_manifest().get("train")
    if trained is None:
        raise RunError(f"{run.path}: nothing trained here; run first: neurograph train")
    folder = Path(trained["graph"])
    graph = data.load_graph(folder)
    given = features.load_features(folder, trained["features"])
    for what, found in (("graph", graph.sha256), ("features", given.sha256)):
        if found != trained[f"{what}_sha256"]:
            raise DataError(
                f"{folder}: the {what} changed since the training (sha256 {found[:12]}, then "
                f"{trained[f'{what}_sha256'][:12]}); train again, or restore the {what}"
            )
    settings = trained["settings"]
    split = stratified_split(
        graph,
        settings["train_share"],
        val_share=settings["val_share"],
        seed=settings["split_seed"],
    )
    return Source(graph, given, split)


def load_deployment(run: RunFolder) -> Deployment:
    """What `export` wrote.

    Raises:
        RunError: nothing was exported, or the model was trained again since.
    """
    deployment = store.load(Deployment, run.need(run.deployment, "neurograph export"))
    if deployment.provenance["checkpoint"]["sha256"] != checkpoint_sha256(run):
        raise RunError(
            f"{run.path}: the model changed since it was exported; run first: neurograph export"
        )
    return deployment


def checkpoint_sha256(run: RunFolder) -> str:
    """Fingerprint of the file of the model that validation picked."""
    return fingerprint(run.need(run.best, "neurograph train").read_bytes())


def load_records(run: RunFolder) -> dict[str, RunRecord]:
    """What `run` wrote, by target; "float" and "reference" are always among them."""
    for file in (run.record(FLOAT), run.record(REFERENCE), run.events):
        run.need(file, "neurograph run")
    return {r.target: r for r in (store.load(RunRecord, p) for p in run.records())}


def payloads(network: QNetwork, given: Array) -> dict[str, Array]:
    """Integers that enter the chip, per stream: of `host.inputs`, and the network's own."""
    return network.encode({STREAM: given})


def read_metrics(run: RunFolder) -> list[dict[str, Any]]:
    """The rows of metrics.jsonl, one per epoch."""
    lines = run.need(run.metrics, "neurograph train").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def trained_on(
    folder: Path, graph: TemporalGraph, given: FeatureStore, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What the manifest says of a training: enough to find and check its inputs again."""
    return {
        "graph": str(folder),
        "graph_sha256": graph.sha256,
        "features": given.meta["method"],
        "features_sha256": given.sha256,
        "settings": dict(settings),
    }


def write_config(run: RunFolder, settings: Mapping[str, Any]) -> None:
    """The resolved settings as config.toml; every value is a string, number, or list of numbers."""
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    write_text(run.path / "config.toml", "".join(lines))


def origin(run: RunFolder, source: Source) -> dict[str, Any]:
    """Provenance of a deployment: graph, features, split, settings, versions, command."""
    trained = run.read_manifest()["train"]
    graph = source.graph
    return {
        "graph": {
            "name": graph.name,
            "sha256": graph.sha256,
            "generated": graph.generated,
            "source": graph.meta.get("source", ""),
            "licence": graph.meta.get("licence", ""),
            "nodes": graph.num_nodes,
            "steps": graph.num_steps,
            "classes": list(graph.label_names),
        },
        "features": {"method": trained["features"], "sha256": trained["features_sha256"]},
        "checkpoint": {
            "sha256": checkpoint_sha256(run),
            "model": trained["settings"]["model"],
        },
        "split": source.split.name,
        "seed": trained["settings"]["seed"],
        "settings": trained["settings"],
        "versions": versions(),
        "command": trained["command"],
    }
