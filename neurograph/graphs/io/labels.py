"""The classes of the nodes of a graph, however they were listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array


@dataclass(frozen=True, eq=False)
class Labels:
    """int16 ``(N,)`` class of every node, -1 where it has none, and the classes' names."""

    values: Array
    names: tuple[str, ...]


def no_labels(num_nodes: int) -> Labels:
    return Labels(np.full(num_nodes, -1, np.int16), ())
