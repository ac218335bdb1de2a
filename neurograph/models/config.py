"""What every model's config has: sizes, checks, help texts, its network before training.

A model is a folder with two files: `config.py`, a subclass of `ModelConfig`, and `model.py`, the
PyTorch module that the config names and imports when it is built. Whatever is asked of a model
without training it, its config answers, without PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.core.nearest import unknown
from neurograph.core.setting import Setting, check_numbers, setting
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, Neuron, Projection
from neurograph.ir.timing import Lagging
from neurograph.models.layers.names import FLAT, READOUTS, check_name
from neurograph.models.resident_network import resident_network
from neurograph.models.schedules import drawn_from_all, label_schedules, mean_schedule
from neurograph.models.tree_network import LayerNumbers, Numbers, tree_network

if TYPE_CHECKING:
    from neurograph.models.tree_model import TreeModel

EDGE_WEIGHTS = ("on", "off", "auto")
TREES, RESIDENT = MAPPINGS = ("trees", "resident")  # how a graph is laid out
SAMPLING, TRAINING = "sampling", "training"  # groups of settings that do not decide the network
BY_WEIGHT = (
    "neighbours are drawn by the weights of edges, and edges of a whole graph are heard alike; "
    "train with --edge-weights off"
)
OWN = "neurograph."  # modules whose faults are not a plug-in's


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Another config of the same shape that asks less of a chip.

    Attributes:
        what: what to do, as a phrase.
        option: what to type for it.
    """

    what: str
    option: str
    config: ModelConfig


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Sizes of any model over a graph, and what it is asked before it is trained.

    A subclass adds fields made by `core.setting.setting`: each becomes an option of the command
    line, with its help, unit and default. A field of group `TRAINING` acts in training alone.

    Attributes:
        features: F, inputs per slot; 0 of a model that hears labels alone.
        classes: of the graph.
        steps: T, snapshots of the graph.
        binary: whether features are 0 or 1, and travel as plain spikes.
        input_gain: factor of the features, folded into the weights that read them: fresh weights
            and a learning rate are made for inputs whose mean square is 1, which rare ones have
            not.
        name: of the model.
        module: where its PyTorch module is, ``"package.module:Class"``; made from the config.
        about: what it is, as a phrase.
        spiking: whether it has spikes; one without them is a baseline, which no chip runs.
        integers: whether it can be trained in integers; the module then has `in_integers`.
        presets: name -> settings, of the model and of its training, that differ from the defaults.
        former: settings that older files of this model hold, and that say nothing.
    """

    features: int
    classes: int
    steps: int
    binary: bool = False
    input_gain: float = 1.0
    hidden: tuple[int, ...] = setting(
        (128, 10), "channels per layer, the last one is read out", unit="e.g. 128,10"
    )
    fanouts: tuple[int, ...] = setting((5, 2), "sampled neighbours per hop", unit="e.g. 5,2")
    cumulative_share: float = setting(
        0.5,
        "share of the draws from all edges so far, the rest from the snapshot's",
        unit="0 to 1",
        group=SAMPLING,
    )
    edge_weights: str = setting(
        "off",
        "draw neighbours in proportion to the weights of edges, auto by what known nodes say",
        known=EDGE_WEIGHTS,
        group=SAMPLING,
    )
    dropout: float = setting(
        0.7, "share of the activations dropped between layers", unit="0 to below 1", group=TRAINING
    )
    readout: str = setting(
        FLAT,
        "what is read out of the last layer: all snapshots by weights of their own, or a trace of "
        "them by weights that serve any number",
        known=READOUTS,
    )
    readout_keep: float = setting(
        0.9, "share of a leaky readout's trace kept per snapshot", unit="above 0 to 1"
    )

    name: ClassVar[str]
    module: ClassVar[str]
    about: ClassVar[str] = ""
    spiking: ClassVar[bool] = True
    integers: ClassVar[bool] = False
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    former: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name in ("hidden", "fanouts"):  # lists, where they come from a file
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_numbers(self)
        _ = self.tree  # refuses fan-outs that make none
        if len(self.hidden) != len(self.fanouts):
            raise ModelError(
                f"hidden sizes {self.hidden} for fan-outs {self.fanouts}; needed one per hop"
            )
        least = 0 if self.label_input else 1
        if self.features < least or min(self.classes, self.steps, *self.hidden) < 1:
            raise ModelError(
                f"{self.features} features, hidden {self.hidden}, {self.classes} classes, "
                f"{self.steps} steps: all must be at least 1"
            )
        if self.edge_weights not in EDGE_WEIGHTS:
            raise ModelError(unknown("edge_weights", self.edge_weights, EDGE_WEIGHTS))
        if not 0 <= self.dropout < 1:
            raise ModelError(f"dropout is {self.dropout}, needed 0 to below 1")
        check_name("readout", self.readout, READOUTS)
        if not 0 < self.readout_keep <= 1:
            raise ModelError(
                f"readout_keep is {self.readout_keep}, the share of the trace kept per snapshot; "
                "needed above 0, at most 1 (which forgets nothing)"
            )

    @cached_property
    def tree(self) -> TreeSpec:
        """Which neighbours a node's network reads."""
        return TreeSpec(
            fanouts=self.fanouts,
            cumulative_share=self.cumulative_share,
            weighted=self.edge_weights == "on",
        )

    @property
    def mapping(self) -> str:
        """How it is trained, and laid out unless said otherwise: one of `MAPPINGS`."""
        return TREES

    def resident(self) -> ModelConfig:
        """The same laid out over a whole graph; itself, of a model that is not trained so."""
        return self

    def over_trees(self) -> ModelConfig:
        """The same laid out over sampled trees, without what these do not have."""
        return self

    @property
    def feature_hops(self) -> int:
        """Edges that features travel before the first layer hears them; 0: as layers hear."""
        return 0

    @property
    def label_input(self) -> bool:
        """Whether nodes hear the labels of their neighbours."""
        return False

    @property
    def neurons(self) -> str:
        """The kind of its neurons, in a word or two."""
        return "no"

    @property
    def updates(self) -> int:
        """Updates of every neuron per snapshot."""
        return 1

    @property
    def reads_out(self) -> str:
        """How logits come of the last layer, in a few words."""
        if self.readout == FLAT:
            return "linear readout"
        return f"linear readout of a trace that keeps {self.readout_keep:g}"

    def with_steps(self, steps: int) -> ModelConfig:
        """The same over so many snapshots.

        Raises:
            ModelError: another number than trained with, of a readout with weights per snapshot.
        """
        if steps != self.steps and self.readout == FLAT:
            raise ModelError(
                f"{steps} snapshots, and the flat readout has a weight for each of the "
                f"{self.steps} that it was trained with; train with --readout leaky, whose "
                "weights serve any number"
            )
        return replace(self, steps=steps)

    def with_latency(self, latency: int) -> ModelConfig:  # noqa: ARG002
        """The same with other latency steps per snapshot.

        Raises:
            ModelError: a model without latency steps, or less than one.
        """
        raise ModelError(
            f"model {self.name} has no latency steps, a snapshot is one update; leave --latency out"
        )

    def variants(self) -> Iterator[Variant]:
        """What to try where a chip lacks the model's neurons."""
        yield from ()

    def ir_neuron(self) -> Neuron:
        """Of every layer, before training."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its neurons are")

    def extra(self) -> Mapping[str, tuple[int, int]]:
        """Connections besides those of the layers: name -> shape of the weight."""
        return {}

    def projections(self, weights: Mapping[str, Any]) -> Iterator[Projection]:  # noqa: ARG002
        """Those connections with the weights that they have."""
        yield from ()

    def resident_extra(self, weights: Mapping[str, Any]) -> Iterator[Lagging]:  # noqa: ARG002
        """Those of them that stay within a node, where the whole graph runs at once."""
        yield from ()

    def network(self, numbers: Numbers | None = None) -> Network:
        """The float network of one node and its sampled tree.

        Args:
            numbers: of a trained model; without them ones are its weights, enough to say what it
                asks of a chip, not to be run.

        Raises:
            ModelError: a model without spikes, or one that needs the whole graph.
            NetworkError: a weight or bias is not finite.
        """
        self._check_spikes()
        if self.mapping != TREES:
            raise ModelError(
                f"model {self.name} is trained on the whole graph ({self.mapping}), so that there "
                "is no network of one node and its tree; capture it as 'resident'"
            )
        given = numbers or self._ones()
        extra = self.projections(given.extra)
        return tree_network(
            given,
            self.tree,
            steps=self.steps,
            latency=self.updates,
            binary=self.binary,
            extra=extra,
        )

    def resident_network(
        self, graph: TemporalGraph, numbers: Numbers | None = None, *, seen: Array | None = None
    ) -> Network:
        """The float network of all nodes of `graph`, each of which hears its neighbours.

        Args:
            graph: whose edges carry the spikes.
            numbers: as of `network`.
            seen: bool ``(N,)``, nodes that send their label; of a model that hears labels.

        Raises:
            ModelError: a model without spikes, another number of snapshots, neighbours drawn by
                weight, or labels that are not heard as trained.
            NetworkError: a weight or bias is not finite.
        """
        self._check_spikes()
        self._check_resident(graph, seen)
        given = numbers or self._ones()
        return resident_network(
            given,
            mean_schedule(graph, drawn_from_all(self.tree)),
            steps=self.steps,
            latency=self.updates,
            binary=self.binary,
            feature_hops=self.feature_hops,
            labels=label_schedules(graph, seen) if self.label_input and seen is not None else None,
            extra=self.resident_extra(given.extra),
        )

    def _check_spikes(self) -> None:
        if not self.spiking:
            raise ModelError(
                f"model {self.name} has no spikes: it is a baseline, and nothing of it runs on a "
                "spiking chip"
            )

    def check_steps(self, graph: TemporalGraph) -> None:
        """Raise ModelError unless the graph has as many snapshots as the model."""
        if graph.num_steps != self.steps:
            raise ModelError(
                f"graph '{graph.name}' has {graph.num_steps} snapshots, the model was made for "
                f"{self.steps}; use the graph that it was trained on"
            )

    def _check_resident(self, graph: TemporalGraph, seen: Array | None) -> None:
        """Raise ModelError unless the model can be laid out on this graph."""
        self.check_steps(graph)
        if self.edge_weights == "on":
            raise ModelError(BY_WEIGHT)
        if self.label_input and self.mapping != RESIDENT:
            raise ModelError(
                "the labels of sampled trees have one weight per class, those of a whole graph "
                "one per class and kind; needed a model of mapping 'resident'"
            )
        if self.label_input and (seen is None or seen.shape != (graph.num_nodes,)):
            found = "none" if seen is None else f"of shape {seen.shape}"
            raise ModelError(
                f"model {self.name} hears labels: needed one truth value for each of "
                f"{graph.num_nodes} nodes, whether its label is in; given {found}"
            )

    def _ones(self) -> Numbers:
        widths = pairwise((self.features, *self.hidden))
        return Numbers(
            layers=tuple(
                LayerNumbers(
                    self_weight=np.ones((channels, below)),
                    neighbour_weight=np.ones((channels, below)),
                    bias=np.zeros(channels),
                    neuron=self.ir_neuron(),
                )
                for below, channels in widths
            ),
            readout=np.ones((self.classes, self.steps * self.hidden[-1])),
            readout_bias=np.zeros(self.classes),
            extra={name: np.ones(shape) for name, shape in self.extra().items()},
        )

    def build(self) -> TreeModel:
        """The PyTorch module with fresh weights.

        Raises:
            ModelError: the module of a plug-in cannot be imported.
        """
        module, _, kind = self.module.partition(":")
        try:
            made: TreeModel = getattr(import_module(module), kind)(self)
        except Exception as error:
            if module.startswith(OWN) or isinstance(error, ModelError):
                raise
            raise ModelError(
                f"model {self.name}: {self.module} cannot be used "
                f"({type(error).__name__}: {error}); repair or reinstall its package"
            ) from error
        return made


def decides_network(of: Setting) -> bool:
    """Whether a setting changes the network, and not only how it is trained or fed."""
    return of.group not in (SAMPLING, TRAINING)
