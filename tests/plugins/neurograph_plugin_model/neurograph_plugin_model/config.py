"""What decides a spiking graph convolution; no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from neurograph.core.errors import ModelError
from neurograph.core.setting import setting
from neurograph.ir import LIF, Neuron
from neurograph.models import ModelConfig


@dataclass(frozen=True, kw_only=True)
class SpikingGcnConfig(ModelConfig):
    """Two layers ``W (self_gain x_v + mean x_u) + b`` of leaky neurons."""

    hidden: tuple[int, ...] = setting((32, 8), "channels per layer", unit="e.g. 32,8")
    tau: float = setting(2.0, "membrane time constant", unit="steps")
    self_gain: float = setting(1.0, "weight of a node itself beside the mean of its neighbours")

    name: ClassVar[str] = "spiking-gcn"
    module: ClassVar[str] = "neurograph_plugin_model.model:SpikingGcn"
    about: ClassVar[str] = "graph convolution of two layers, a weight each, into leaky neurons"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "demo-gcn": {"epochs": 8, "batch": 64, "dropout": 0.2, "schedule": "cosine"}
    }
    surrogate: ClassVar[str] = "sigmoid"
    alpha: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.hidden) != 2:
            raise ModelError(f"hidden sizes {self.hidden}; a spiking-gcn has two layers")

    @property
    def neurons(self) -> str:
        return "lif"

    def ir_neuron(self) -> Neuron:
        return LIF(voltage_decay=1.0 / self.tau, threshold=1.0)
