"""The models that can be trained, by name."""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.errors import ModelError
from neurograph.snn.spikenet import SpikeNet, SpikeNetConfig

MODELS: Mapping[str, type[SpikeNet]] = {"spikenet": SpikeNet}


def check_model(name: str) -> None:
    """Raise ModelError unless `name` is a model."""
    if name not in MODELS:
        raise ModelError(f"no model '{name}'; known: {', '.join(MODELS)}")


def build(name: str, config: SpikeNetConfig) -> SpikeNet:
    """A model with fresh weights.

    Raises:
        ModelError: no such model.
    """
    check_model(name)
    return MODELS[name](config)
