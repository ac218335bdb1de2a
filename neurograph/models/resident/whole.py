"""A graph and its features, laid out for the forward pass over all nodes at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.graphs.graph import TemporalGraph
from neurograph.models.neurons import layer_class
from neurograph.models.resident.edges import Edges, Pairs
from neurograph.models.resident.labels import Labels
from neurograph.models.resident.rows import Rows
from neurograph.models.schedules import drawn_from_all, mean_schedule, onward_schedule
from neurograph.models.spikenet.config import SpikeNetConfig


@dataclass(frozen=True, eq=False)
class Whole:
    """What the forward pass reads.

    Attributes:
        mean: of the neighbours.
        features: float32 ``(rows, F)``; None of a model that has none.
        labels: None of a model that hears none.
    """

    rows: Rows
    mean: Edges
    features: Tensor | None
    labels: Labels | None

    @classmethod
    def of(cls, config: SpikeNetConfig, graph: TemporalGraph, features: Array) -> Whole:
        """Lay out `graph` for a model.

        Args:
            features: float32 or float16 ``(T, N, F)``.

        Raises:
            ModelError: a graph with another number of snapshots, or a neuron with a step of its
                own.
        """
        check_cell(config)
        config.check_steps(graph)
        mean = mean_schedule(graph, drawn_from_all(config.tree))
        given = features if config.features else None
        rows = Rows.of(mean.so_far, given)
        pairs = Pairs.of(rows, mean.so_far, mean.new)
        labels = None
        if config.label_input:
            onward = Edges(pairs, onward_schedule(graph))
            labels = Labels(pairs, config.classes, config.label_hops, onward)
        held = None if given is None else torch.from_numpy(rows.gathered(given))
        return cls(rows, Edges(pairs, mean), held, labels)

    def with_features(self, features: Tensor | None) -> Whole:
        """The same with other features of the rows."""
        return replace(self, features=features)


def check_cell(config: SpikeNetConfig) -> None:
    """Raise ModelError unless the compiled loops do what a neuron of this model does."""
    if not config.cell.compiled or not layer_class(config.neuron).cell_type().compiled:
        raise ModelError(
            f"neuron {config.neuron} has a step of its own, which is trained over sampled trees "
            "alone; use mapping 'trees'"
        )
