"""What to check: an exported run, a trained one, or a model that nobody has trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurograph.chip.deployment import Deployment
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import ModelError, StoreError
from neurograph.models import design
from neurograph.models.design import Design
from neurograph.workflow import store
from neurograph.workflow.fixes import Plan
from neurograph.workflow.folder import RunFolder

HEADER_BYTES = 8  # of a safetensors file: the length of the JSON that follows


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan, and what it was read from."""

    plan: Plan
    source: str


def of_run(run: RunFolder, profile: str, copies: int | None) -> Planned:
    """The integers of a deployment; else the trained model before quantisation.

    Raises:
        RunError: nothing was trained there. StoreError: a damaged file.
        ModelError: a model without spikes.
    """
    trained = _trained(run.require(run.best, "neurograph train"))
    chip = load_profile(profile)
    if not run.deployment.exists():
        plan = Plan(design=trained, profile=chip, copies=copies)
        return Planned(plan, f"{run.path}: the trained model, before quantisation")
    network = store.load(Deployment, run.deployment).quantized
    plan = Plan(design=trained, profile=chip, quantized=network, copies=copies)
    return Planned(plan, f"{run.path}: the exported integers")


def of_settings(
    given: Mapping[str, Any],
    *,
    preset: str | None,
    graph: Path | None,
    profile: str,
    copies: int | None,
) -> Planned:
    """A model before training.

    Args:
        given: settings that differ from the preset's; None is left out. A single hidden width is
            that of the first layer.
        graph: folder whose features, classes and steps count; else the usual ones, as the
            source says.

    Raises:
        ModelError: no such preset, or settings that make no model.
        DataError, StoreError: a folder that is no graph.
    """
    if preset is not None and preset not in design.PRESETS:
        raise ModelError(f"no preset '{preset}'; known: {', '.join(design.PRESETS)}")
    shape = design.PRESETS[preset or "dblp"]
    settings = {**shape, **_of_graph(graph)}
    settings |= {name: value for name, value in given.items() if value is not None}
    if len(settings.get("hidden", ())) == 1:
        settings["hidden"] = (*settings["hidden"], *Design.of(shape).hidden[1:])
    planned = Design.of(settings)
    where = str(graph) if graph else "default sizes"
    source = (
        f"{planned.model} before training: hidden {', '.join(map(str, planned.hidden))}, "
        f"fan-outs {', '.join(map(str, planned.fanouts))}, {planned.neurons} neurons; "
        f"{planned.features} features, {planned.classes} classes, {planned.steps} steps ({where})"
    )
    return Planned(Plan(design=planned, profile=load_profile(profile), copies=copies), source)


def _of_graph(folder: Path | None) -> dict[str, int]:
    if folder is None:
        return {}
    from neurograph.graphs.embed import load_features
    from neurograph.graphs.io import load_graph

    graph, features = load_graph(folder), load_features(folder, None)
    return {
        "features": features.num_features,
        "classes": graph.num_classes,
        "steps": graph.num_steps,
    }


def _trained(path: Path) -> Design:
    """From the header of a checkpoint, without PyTorch.

    Source: the safetensors format, github.com/huggingface/safetensors.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(HEADER_BYTES), "little")
            header = json.loads(file.read(min(size, path.stat().st_size)))
        whole = json.loads(header["__metadata__"]["neurograph"])
        config = {**whole["config"], "model": whole["model"]}
        config["fanouts"] = config["tree"]["fanouts"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: damaged or not a checkpoint ({error}); train again") from error
    return Design.of(config)
