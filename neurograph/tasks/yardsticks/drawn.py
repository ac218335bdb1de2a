"""Training nodes of which there are too many to fit all in seconds: some, drawn by a fixed seed."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array

SEED = 0
MOST, FEWEST = 20_000, 1000


def drawn(nodes: Array, most: float) -> Array:
    """As many of the nodes as are affordable, at least 1,000 and at most 20,000; ascending."""
    count = int(np.clip(most, FEWEST, MOST))
    if len(nodes) <= count:
        return nodes
    return np.sort(np.random.default_rng(SEED).choice(nodes, count, replace=False))


def told(fit: Array, nodes: Array) -> str:
    """What `chosen` says of it; nothing where all nodes were drawn."""
    return "" if len(fit) == len(nodes) else f"{len(fit):,} of {len(nodes):,} training nodes"
