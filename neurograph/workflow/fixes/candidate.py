"""A model on a chip, as it could be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from neurograph.chip.fit import Fit
from neurograph.chip.footprint import AnyNetwork
from neurograph.core.errors import ModelError
from neurograph.graphs.graph import TemporalGraph
from neurograph.models.config import RESIDENT, ModelConfig


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate(Fit):
    """A model that is to run on a chip.

    Attributes:
        config: of the model.
        quantized: its integers where it was exported already; a change of the model makes them
            void.
        graph: whose nodes run at once, of a model of the whole graph; None: not read yet.
        folder: where that graph lies.
    """

    config: ModelConfig
    quantized: AnyNetwork | None = None
    graph: TemporalGraph | None = None
    folder: Path | None = None

    @cached_property
    def whole(self) -> TemporalGraph:
        """That graph, which integers that are there do not need.

        Raises:
            ModelError: there is none.
        """
        if self.graph is not None:
            return self.graph
        if self.folder is None:
            raise ModelError(
                "a network of the whole graph is as large as the graph; say which: --graph FOLDER"
            )
        from neurograph.graphs.io import load_graph  # a check without a graph needs no pandas

        return load_graph(self.folder)

    def with_graph(self) -> Candidate:
        """The same with the graph that its changes are made of, read once."""
        resident = self.config.mapping == RESIDENT
        return replace(self, graph=self.whole) if resident else self

    @cached_property
    def network(self) -> AnyNetwork:
        """The integers, or the model before training; every label of the graph is in.

        Raises:
            ModelError: a model without spikes, or of the whole graph without its graph.
        """
        if self.quantized is not None:
            return self.quantized
        if self.config.mapping != RESIDENT:
            return self.config.network()
        seen = self.whole.labels >= 0 if self.config.label_input else None
        return self.config.resident_network(self.whole, seen=seen)

    def with_model(self, config: ModelConfig) -> Candidate:
        """Another model, whose integers nobody has yet."""
        return replace(self, config=config, quantized=None)
