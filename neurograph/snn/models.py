"""The models that can be trained, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neurograph import baseline
from neurograph.errors import ModelError
from neurograph.snn.config import SpikeNetConfig
from neurograph.snn.sage import Sage, SageGru
from neurograph.snn.spikenet import SpikeNet
from neurograph.snn.tree_model import TreeModel

SPIKING: Mapping[str, type[SpikeNet]] = {"spikenet": SpikeNet}
TWINS: Mapping[str, type[Sage]] = dict(zip(baseline.TWINS, (Sage, SageGru), strict=True))
MODELS: Mapping[str, Callable[[SpikeNetConfig], TreeModel]] = {**SPIKING, **TWINS}


def check_model(name: str) -> None:
    """Raise ModelError unless `name` is a model."""
    if name not in MODELS:
        raise ModelError(f"no model '{name}'; known: {', '.join(MODELS)}")


def build(name: str, config: SpikeNetConfig) -> TreeModel:
    """A model with fresh weights.

    Raises:
        ModelError: no such model.
    """
    check_model(name)
    return MODELS[name](config)


def as_spiking(model: TreeModel) -> SpikeNet:
    """The model as one with spikes.

    Raises:
        ModelError: it has none.
    """
    if isinstance(model, SpikeNet):
        return model
    raise ModelError(
        "a model without spikes is a baseline: nothing of it runs on a spiking chip; run "
        "neurograph run on it, then neurograph report SPIKING_RUN --baseline RUN"
    )


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
