"""SpikeNet's sizes, neurons and presets; what it computes is in `model`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from neurograph.core.errors import ModelError
from neurograph.core.setting import setting
from neurograph.ir import Neuron
from neurograph.models.config import (
    BY_WEIGHT,
    MAPPINGS,
    RESIDENT,
    TRAINING,
    TREES,
    ModelConfig,
    Variant,
)
from neurograph.models.layers.names import check_name
from neurograph.models.layers.neurons.cell import SURROGATE_NAMES, Cell
from neurograph.models.neurons import before_training, cell, check_neuron, neuron_names
from neurograph.models.schedules import label_kinds

LEAKY = 2.0  # steps: a time constant at which any chip's membrane leaks


@dataclass(frozen=True, kw_only=True)
class SpikeNetConfig(ModelConfig):
    """Everything that decides the shape and the dynamics of a SpikeNet."""

    mapping: str = setting(
        TREES,
        "what a node hears: a sampled tree of its own, or all its neighbours, in one network of "
        "the whole graph",
        known=MAPPINGS,
    )
    feature_hops: int = setting(
        0,
        "edges that features travel before the first layer hears them, 0 for a node's own and its "
        "neighbours', each by weights",
        unit="edges",
    )
    label_hops: int = setting(
        1, "edges that labels travel before the first layer hears them", unit="edges"
    )
    graph_recurrence: bool = setting(
        False, "the last layer hears its neighbours' last layer, two updates late"
    )
    label_input: bool = setting(
        False,
        "nodes hear the labels of their neighbours, as spikes, where these are training nodes",
    )
    labels_least: float = setting(
        0.5,
        "least share of the training nodes whose label is in at a step of training",
        unit="0 to 1",
        group=TRAINING,
    )
    labels_most: float = setting(
        0.95, "largest share of them, the share of each step being drawn", group=TRAINING
    )
    neuron: str = setting(
        "alif", "kind of the neurons, of which plif learns its tau", known=neuron_names
    )
    tau: float = setting(1.0, "membrane time constant", unit="steps")
    threshold: float = setting(1.0, "membrane potential above which a neuron fires")
    gamma: float = setting(0.2, "what a spike adds to the threshold of an alif")
    threshold_decay: float = setting(
        0.3, "share of an alif's threshold lost per step; the paper keeps 0.7", unit="0 to 1"
    )
    surrogate: str = setting(
        "sigmoid",
        "what takes the place of a spike's derivative",
        known=SURROGATE_NAMES,
        group=TRAINING,
    )
    alpha: float = setting(1.0, "width of the surrogate derivative", group=TRAINING)

    name: ClassVar[str] = "spikenet"
    module: ClassVar[str] = "neurograph.models.spikenet.model:SpikeNet"
    about: ClassVar[str] = "spiking layers with membranes that leak from snapshot to snapshot"
    integers: ClassVar[bool] = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        # the rate falls to 0, so that the last epochs agree and picking one of them is no lottery
        "dblp": {"schedule": "cosine"},
        # batches of SpikeNet's paper for its larger graphs
        "tmall": {"hidden": (512, 10), "cumulative_share": 1.0, "schedule": "cosine"},
        "patent": {
            "hidden": (512, 10),
            "batch": 2048,
            "cumulative_share": 1.0,
            "schedule": "cosine",
        },
        "demo": {"hidden": (64, 10), "epochs": 30, "batch": 64, "schedule": "cosine"},
        # with `--features none` nothing graded enters; the rate falls over 300 steps
        "dblp-labels": {
            "mapping": RESIDENT,
            "label_input": True,
            "label_hops": 3,
            "graph_recurrence": True,
            "hidden": (128, 32),
            "dropout": 0.1,
            "epochs": 30,
            "learning_rate": 1e-2,
            "weight_decay": 1e-3,
            "weight_mean": 0.96,
            "schedule": "cosine",
            "keep": "last",
        },
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_neuron(self.neuron, self.tau, self.cell)
        check_name("mapping", self.mapping, MAPPINGS)
        self._check_whole_graph()

    def _check_whole_graph(self) -> None:
        """Raise ModelError for what the mapping does not have, or labels that cannot be masked."""
        if self.mapping == RESIDENT and self.edge_weights == "on":
            raise ModelError(BY_WEIGHT)
        if self.graph_recurrence and self.mapping != RESIDENT:
            raise ModelError(
                "graph recurrence is of the whole graph: in a sampled tree every slot would need "
                "neighbours of its own, in every snapshot before; needed mapping 'resident'"
            )
        if self.feature_hops < 0 or (self.feature_hops and self.mapping != RESIDENT):
            raise ModelError(
                f"feature_hops is {self.feature_hops}; needed 0 or more, and 0 in sampled trees, "
                "where only sampled neighbours are heard"
            )
        if self.feature_hops and not self.features:
            raise ModelError(
                f"feature_hops is {self.feature_hops}, and there are no features to travel; leave "
                "it out, or --features none"
            )
        if self.label_hops < 1 or (self.label_hops > 1 and self.mapping != RESIDENT):
            raise ModelError(
                f"label_hops is {self.label_hops}; needed 1 or more, and 1 in sampled trees"
            )
        if not 0 <= self.labels_least <= self.labels_most < 1:
            raise ModelError(
                f"labels_least is {self.labels_least}, labels_most {self.labels_most}: shares of "
                "the training nodes; needed 0 to below 1, the least first"
            )

    def resident(self) -> SpikeNetConfig:
        return replace(self, mapping=RESIDENT)

    def over_trees(self) -> SpikeNetConfig:
        return replace(self, mapping=TREES, feature_hops=0, label_hops=1, graph_recurrence=False)

    @property
    def label_kinds(self) -> tuple[str, ...]:
        """In how many ways the first layer hears each class."""
        return label_kinds(self.label_hops) if self.mapping == RESIDENT else ("mean",)

    def extra(self) -> Mapping[str, tuple[int, int]]:
        """How the first layer hears features from afar, and labels; the last one its neighbours."""
        last = self.hidden[-1]
        heard = len(self.label_kinds) * self.classes
        afar = {"features": (self.hidden[0], self.features)} if self.feature_hops else {}
        labels = {"labels": (self.hidden[0], heard)} if self.label_input else {}
        again = {"recurrence": (last, last)} if self.graph_recurrence else {}
        return afar | labels | again

    @property
    def cell(self) -> Cell:
        """The constants of a neuron."""
        return cell(self.neuron, self, self.surrogate, self.alpha)

    @property
    def neurons(self) -> str:
        return self.neuron

    def ir_neuron(self) -> Neuron:
        return before_training(self.neuron, self)

    def variants(self) -> Iterator[Variant]:
        """Plain neurons with a membrane that leaks, unless these are such already."""
        if self.neuron in ("if", "lif") and self.tau > 1:
            return
        plain = replace(self, neuron="lif", tau=max(self.tau, LEAKY))
        yield Variant(
            what="train with a plain leaky neuron",
            option=f"--neuron lif --tau {plain.tau:g}",
            config=plain,
        )
