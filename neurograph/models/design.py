"""A model before it is trained: enough to say what it asks of a chip, without PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np

from neurograph.core.errors import ModelError
from neurograph.cost.baseline import TWINS
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import (
    Network,
    Neuron,
    Population,
    Projection,
    Readout,
    SoftResetLIF,
    Stream,
)
from neurograph.models.neurons import before_training, check_name
from neurograph.models.tree_network import STREAM, compensation, feedback, layer_names, projections

MODELS = ("spikenet", "dysign")  # those with spikes, which a chip can run
PRESETS: Mapping[str, Mapping[str, Any]] = {  # shapes of SpikeNet's paper, and of the demo
    "dblp": {},
    "tmall": {"hidden": (512, 10)},
    "patent": {"hidden": (512, 10)},
    "demo": {"hidden": (64, 10)},
    "dblp-dysign": {"model": "dysign", "latency": 10},
    "demo-dysign": {"model": "dysign", "hidden": (64, 10)},
}
OF_SPIKENET = ("neuron", "tau", "gamma", "threshold_decay")  # settings of one model alone
OF_DYSIGN = ("latency", "leak", "feedback", "compensation")


def unusual(settings: Any, names: Iterable[str]) -> list[str]:
    """Those of `names` whose value is not the default of this dataclass."""
    usual = {f.name: f.default for f in fields(settings)}
    return [name for name in names if getattr(settings, name) != usual[name]]


@dataclass(frozen=True, kw_only=True)
class Design:
    """The settings of a model that decide its shape and its neurons; names as in training.

    Attributes:
        features, classes, steps: of the graph. hidden: channels per layer. fanouts: draws per hop.
        neuron: `if`, `lif`, `plif` (whose tau is learnt: this is where it starts) or `alif`.
        tau: membrane time constant, steps.
        latency, leak, feedback, compensation: of `dysign`, whose neurons are of another kind.
    """

    features: int = 128
    classes: int = 10
    steps: int = 27
    model: str = "spikenet"
    hidden: tuple[int, ...] = (128, 10)
    fanouts: tuple[int, ...] = (5, 2)
    neuron: str = "alif"
    tau: float = 1.0
    threshold: float = 1.0
    gamma: float = 0.2
    threshold_decay: float = 0.3
    latency: int = 5
    leak: float = 0.8
    feedback: bool = True
    compensation: bool = True

    def __post_init__(self) -> None:
        for name in ("hidden", "fanouts"):  # lists, where they come from a file
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.model in TWINS:
            raise ModelError(
                f"model {self.model} has no spikes: it is a baseline, and nothing of it runs on a "
                "spiking chip"
            )
        if self.model not in MODELS:
            raise ModelError(f"no model '{self.model}'; known: {', '.join(MODELS)}")
        check_name(self.neuron)
        if len(self.hidden) != len(self.fanouts):
            raise ModelError(
                f"hidden sizes {self.hidden} for fan-outs {self.fanouts}; needed one per hop"
            )
        if min(self.features, self.classes, self.steps, *self.hidden, *self.fanouts) < 1:
            raise ModelError(
                f"{self.features} features, hidden {self.hidden}, fan-outs {self.fanouts}, "
                f"{self.classes} classes, {self.steps} steps: all must be at least 1"
            )
        if self.tau < 1:
            raise ModelError(f"tau is {self.tau} steps, needed at least 1")
        self._check_other_model()

    def _check_other_model(self) -> None:
        """Raise ModelError for settings that only the other model has, or that make no model."""
        if changed := unusual(self, OF_SPIKENET if self.model == "dysign" else OF_DYSIGN):
            raise ModelError(f"model {self.model} takes no {', '.join(changed)}; leave that out")
        if self.latency < 1 or not 0 < self.leak <= 1:
            raise ModelError(
                f"latency is {self.latency}, leak {self.leak}; needed at least 1, and above 0 to 1"
            )

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Design:
        """From settings of a training, or the like; what does not decide the shape is left out."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in settings.items() if name in known})

    @property
    def neurons(self) -> str:
        """Their kind, in a word or two."""
        return self.neuron if self.model == "spikenet" else "soft-reset"

    @property
    def tree(self) -> TreeSpec:
        return TreeSpec(fanouts=self.fanouts)

    def network(self) -> Network:
        """As `models.capture` gives it after a training, with ones for weights: not to be run."""
        names, widths = layer_names(len(self.hidden)), (self.features, *self.hidden)
        populations: list[Population] = []
        joined: list[Projection] = []
        for number, (below, channels) in enumerate(pairwise(widths), 1):
            populations.append(
                Population(
                    name=names[number],
                    rows=self.tree.rows(number),
                    channels=channels,
                    neuron=self._neuron(),
                    bias=np.zeros(channels),
                )
            )
            ones = np.ones((channels, below))
            joined += projections(names, number, ones, ones, self.tree)
        joined += self._across_layers(names)
        return Network(
            streams=(Stream(name=STREAM, rows=self.tree.slots, channels=self.features),),
            populations=tuple(populations),
            projections=tuple(joined),
            readout=Readout(
                source=names[-1],
                weight=np.ones((self.classes, self.steps * self.hidden[-1])),
                bias=np.zeros(self.classes),
            ),
            steps=self.steps,
            latency=self.latency if self.model == "dysign" else 1,
        )

    def _across_layers(self, names: Sequence[str]) -> Iterator[Projection]:
        if self.model != "dysign":
            return
        first, last = self.hidden[0], self.hidden[-1]
        if self.feedback:
            yield feedback(names, self.tree, np.ones((first, last)))
        if self.compensation and len(self.hidden) > 1:
            yield compensation(names, self.tree, np.ones((last, self.features)))

    def _neuron(self) -> Neuron:
        if self.model == "dysign":
            return SoftResetLIF(voltage_decay=1.0 - self.leak, threshold=self.threshold)
        return before_training(self.neuron, self)
