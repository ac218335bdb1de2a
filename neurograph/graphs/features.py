"""Node features per snapshot, memory-mapped, with the recipe that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.counted import counted
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph

NONE = "none"  # the method of features that are not there


@dataclass(frozen=True, eq=False, kw_only=True)
class FeatureStore:
    """Features of every node at every step.

    Attributes:
        values: float32 or float16 ``(T, N, F)``, usually a read-only memory map. Walks are
            standardised with one mean and one variance per snapshot. Where one snapshot holds for
            all steps, a view of it that takes no room (`held`).
        meta: `method`, `seed`, `graph_sha256`, `sha256` of the values' bytes, settings, seconds;
            of a given file also `constants` (see `embed.standards`), `binary` and the share
            of `ones`, `notes`.
    """

    values: Array
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or self.values.dtype.name not in ("float32", "float16"):
            raise DataError(
                f"features are {self.values.dtype}{self.values.shape}; needed float32 or float16 "
                "of shape (steps, nodes, features)"
            )

    def __repr__(self) -> str:
        """One line, as a notebook shows it."""
        steps, nodes, features = self.values.shape
        sizes = [counted(steps, "step"), counted(nodes, "node"), counted(features, "feature")]
        method = str(self.meta.get("method", "given"))
        return f"FeatureStore({method!r}, {', '.join(sizes)}, {self.values.dtype})"

    @property
    def num_features(self) -> int:
        return int(self.values.shape[2])

    @property
    def binary(self) -> bool:
        """Whether every value is 0 or 1, so that features travel as plain spikes."""
        return bool(self.meta.get("binary", False))

    @property
    def input_gain(self) -> float:
        """Factor that gives features of 0 and 1 a mean square of 1; 1 for all others."""
        ones = float(self.meta.get("ones", 0.0))
        return ones**-0.5 if self.binary and 0 < ones <= 1 else 1.0

    @property
    def sha256(self) -> str:
        return str(self.meta.get("sha256", ""))

    def check_matches(self, graph: TemporalGraph) -> None:
        """Raise DataError unless these are features of `graph`."""
        wanted = (graph.num_steps, graph.num_nodes)
        if self.values.shape[:2] != wanted:
            raise DataError(
                f"features have shape {self.values.shape}, graph '{graph.name}' needs "
                f"({wanted[0]}, {wanted[1]}, F); run: neurograph features GRAPH"
            )
        if (made_for := self.meta.get("graph_sha256")) not in (None, graph.sha256):
            raise DataError(
                f"features were made for graph {str(made_for)[:12]}, this is "
                f"{graph.sha256[:12]}; run: neurograph features GRAPH"
            )


def no_features(graph: TemporalGraph) -> FeatureStore:
    """None: of a network that hears labels alone."""
    values = np.zeros((graph.num_steps, graph.num_nodes, 0), np.float32)
    return FeatureStore(values=values, meta={"method": NONE, "graph_sha256": graph.sha256})


def held(values: Array) -> bool:
    """Whether features ``(T, N, F)`` are a view of one snapshot that holds for all steps."""
    return len(values) > 1 and values.strides[0] == 0
