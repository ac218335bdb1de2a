"""Sizes of the models without spikes; what they compute is in `model`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurograph.models.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class SageConfig(ModelConfig):
    """ReLU in the place of neurons."""

    name: ClassVar[str] = "sage"
    module: ClassVar[str] = "neurograph.models.sage.model:Sage"
    about: ClassVar[str] = "without spikes, to compare with: ReLU in the place of neurons"
    spiking: ClassVar[bool] = False
    former: ClassVar[tuple[str, ...]] = (
        "neuron",
        "tau",
        "threshold",
        "gamma",
        "threshold_decay",
        "surrogate",
        "alpha",
    )


@dataclass(frozen=True, kw_only=True)
class SageGruConfig(SageConfig):
    """The same with a gated recurrent unit behind the last layer."""

    name: ClassVar[str] = "sage-gru"
    module: ClassVar[str] = "neurograph.models.sage.model:SageGru"
    about: ClassVar[str] = "without spikes, to compare with: sage, then a GRU over the snapshots"
