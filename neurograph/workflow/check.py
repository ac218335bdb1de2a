"""Does a network fit a chip: an exported run, a trained one, or a model that nobody has trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.chip.fit import GivenNetwork
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import ModelError
from neurograph.graphs.features import NONE
from neurograph.graphs.graph import TemporalGraph
from neurograph.models.config import RESIDENT
from neurograph.models.header import read_config
from neurograph.models.memory_needed import check_shape
from neurograph.models.settings import TrainSettings
from neurograph.models.settings import preset as preset_of
from neurograph.workflow import store
from neurograph.workflow.fixes import Candidate
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.graph_place import find_graph
from neurograph.workflow.imported import load_imported
from neurograph.workflow.manifest import read_trained

USUAL = {"features": 128, "classes": 10, "steps": 27}  # where no graph is given: those of DBLP


@dataclass(frozen=True, eq=False)
class CheckRequest:
    """What is to be checked, and what it was read from."""

    candidate: Candidate | GivenNetwork
    source: str


def of_run(
    run: RunFolder, profile: str, replicas: int | None, graph: Path | None = None
) -> CheckRequest:
    """The integers of an import or a deployment; else the trained model before quantisation.

    Raises:
        RunError: nothing was trained there.
        StoreError: a damaged file.
        ModelError: a model without spikes.
    """
    if (network := load_imported(run)) is not None:
        given = GivenNetwork(given=network, profile=load_profile(profile), replicas=replicas)
        return CheckRequest(given, f"{run.path}: the imported integers")
    config = read_config(run.require(run.best, "neurograph train"))
    network = store.load(Deployment, run.deployment).quantized if run.deployment.exists() else None
    if network is not None and network.nodes is not None:
        config = config.resident()
    whole = config.mapping == RESIDENT
    trained = Candidate(
        config=config,
        profile=load_profile(profile),
        replicas=replicas,
        folder=find_graph(read_trained(run.manifest) or {}, run.path, graph) if whole else None,
    )
    if network is None:
        return CheckRequest(trained, f"{run.path}: the trained model, before quantisation")
    exported = replace(trained, quantized=network)
    return CheckRequest(exported, f"{run.path}: the exported integers")


def of_settings(
    model: str,
    given: Mapping[str, Any],
    *,
    preset: str | None,
    graph: Path | None,
    profile: str,
    replicas: int | None,
    features: str | None = None,
) -> CheckRequest:
    """A model before training.

    Args:
        given: settings that differ from the preset's. A single hidden width is that of the first
            layer.
        graph: folder whose features, classes and steps count; else the usual ones, as the
            source says.
        features: method of the graph's features; "none": the model hears labels alone.

    Raises:
        ModelError: no such model or preset, or settings that make no model.
        MachineError: a model that is more than the memory holds.
        DataError, StoreError: a folder that is no graph.
    """
    start = preset_of(preset) if preset is not None else TrainSettings()
    before = start.changed(model=model)
    changed = dict(given)
    if len(changed.get("hidden", ())) == 1:
        changed["hidden"] = (*changed["hidden"], *before.own.hidden[1:])
    whole = _Sized.of(graph, features) if graph else None
    sizes = whole.sizes if whole else _usual(features)
    config = before.changed(**changed).config(**sizes)
    check_shape(config)
    source = (
        f"{config.name} before training: hidden {', '.join(map(str, config.hidden))}, "
        f"fan-outs {', '.join(map(str, config.fanouts))}, {config.neurons} neurons, "
        f"{config.reads_out}; {config.features} features, {config.classes} classes, "
        f"{config.steps} steps ({graph or 'default sizes'})"
    )
    candidate = Candidate(
        config=config,
        profile=load_profile(profile),
        replicas=replicas,
        graph=whole.graph if whole and config.mapping == RESIDENT else None,
        folder=graph,
    )
    return CheckRequest(candidate, source)


def _usual(method: str | None) -> dict[str, Any]:
    """Where no graph is given.

    Raises:
        ModelError: features by a method, which only a graph has.
    """
    if method not in (None, NONE):
        raise ModelError(f"--features {method} is of a graph: add --graph")
    return {**USUAL, "features": 0} if method == NONE else dict(USUAL)


@dataclass(frozen=True, eq=False)
class _Sized:
    """A graph, and what its model needs to know of it."""

    graph: TemporalGraph
    sizes: Mapping[str, Any]

    @classmethod
    def of(cls, folder: Path, method: str | None) -> _Sized:
        from neurograph.graphs.io import load_graph  # a check without a graph needs no pandas
        from neurograph.workflow.features import features_of

        graph = load_graph(folder)
        features = features_of(folder, graph, method)
        sizes = {
            "features": features.num_features,
            "classes": graph.num_classes,
            "steps": graph.num_steps,
            "binary": features.binary,
        }
        return cls(graph, sizes)
