"""The whole graph as one part: every node runs and is heard, whoever is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.runtime.record import RunRecord
from neurograph.workflow.layout import GraphLayout, Place


@dataclass(frozen=True, eq=False, kw_only=True)
class WholeGraph(GraphLayout):
    """All nodes in the order of the graph."""

    @property
    def unit(self) -> str:
        return "nodes"

    @property
    def size(self) -> int:
        return self.dataset.graph.num_nodes

    @property
    def rows(self) -> Array:
        return np.arange(self.size)

    def inputs(self, part: slice) -> dict[str, Array]:
        """See `Layout.inputs`; there is but one part."""
        assert part == slice(0, self.size), part
        return self.dataset.whole_inputs()

    def places(self, part: slice) -> Iterator[tuple[Place, Place]]:  # noqa: ARG002
        """See `Layout.places`."""
        yield slice(0, len(self.nodes)), self.nodes

    def asked(self, record: RunRecord) -> RunRecord:
        """See `Layout.asked`."""
        return record.of(self.nodes)
