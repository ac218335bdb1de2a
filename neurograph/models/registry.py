"""The models that can be trained, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from neurograph.core.errors import ModelError
from neurograph.cost import baseline
from neurograph.models.config import DySignConfig, ModelConfig, SpikeNetConfig
from neurograph.models.dysign.model import DySign
from neurograph.models.sage.model import Sage, SageGru
from neurograph.models.spikenet.model import SpikeNet
from neurograph.models.tree_model import TreeModel

SPIKING: Mapping[str, type[SpikeNet | DySign]] = {"spikenet": SpikeNet, "dysign": DySign}
TWINS: Mapping[str, type[Sage]] = dict(zip(baseline.TWINS, (Sage, SageGru), strict=True))
MODELS: Mapping[str, Callable[[Any], TreeModel]] = {**SPIKING, **TWINS}
CONFIGS: Mapping[str, type[ModelConfig]] = {
    name: DySignConfig if name == "dysign" else SpikeNetConfig for name in MODELS
}


def check_model(name: str) -> None:
    """Raise ModelError unless `name` is a model."""
    if name not in MODELS:
        raise ModelError(f"no model '{name}'; known: {', '.join(MODELS)}")


def build(name: str, config: ModelConfig) -> TreeModel:
    """A model with fresh weights.

    Raises:
        ModelError: no such model, or a config of another one.
    """
    check_model(name)
    if not isinstance(config, CONFIGS[name]):
        raise ModelError(f"model {name} is made from a {CONFIGS[name].__name__}")
    return MODELS[name](config)


def as_spiking(model: TreeModel) -> SpikeNet | DySign:
    """The model as one with spikes.

    Raises:
        ModelError: it has none.
    """
    if isinstance(model, SpikeNet | DySign):
        return model
    raise ModelError(
        "a model without spikes is a baseline: nothing of it runs on a spiking chip; run "
        "neurograph run on it, then neurograph report SPIKING_RUN --baseline RUN"
    )


def as_spikenet(model: TreeModel) -> SpikeNet:
    """The model as the one that can be trained in integers.

    Raises:
        ModelError: another one.
    """
    if isinstance(model, SpikeNet):
        return model
    raise ModelError("only model spikenet is trained in integers; export quantises any other")


def as_twin(model: TreeModel) -> Sage:
    """The model as one without spikes.

    Raises:
        ModelError: it has some.
    """
    if isinstance(model, Sage):
        return model
    raise ModelError(
        "a model with spikes is no baseline: export it first, then run it: neurograph export"
    )
