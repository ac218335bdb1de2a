"""Layers over sampled trees as populations and projections: names, rows, mixes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Projection

STREAM = "x"  # every slot's features


def layer_names(layers: int) -> list[str]:
    """The stream, then a population per layer."""
    return [STREAM, *(f"h{n}" for n in range(1, layers + 1))]


def of_itself(source: str, target: str) -> str:
    """Name of the projection by which each row reads itself."""
    return f"{source}->{target}.self"


def of_neighbours(source: str, target: str, fanout: int) -> str:
    """Name of the projection by which the rows with so many draws read them."""
    return f"{source}->{target}.neighbours{fanout}"


def projections(
    names: Sequence[str], number: int, own: Array, neighbours: Array, tree: TreeSpec
) -> Iterator[Projection]:
    """What layer `number` (1-based) hears of the layer below.

    A mean over k draws is a sum with 1/k in the weight, so rows with different fan-outs get a
    projection each.

    Args:
        own, neighbours: ``(channels, channels below)``.
    """
    source, target = names[number - 1], names[number]

    def projection(name: str, mix: sp.csr_array, weight: Array) -> Projection:
        return Projection(name=name, source=source, target=target, mix=mix, weight=weight)

    yield projection(of_itself(source, target), tree.self_mix(number), own)
    fanout = tree.fanout(number)
    for k in np.unique(fanout).tolist():
        mix = sp.csr_array(tree.neighbour_mix(number).multiply((fanout == k)[:, None]))
        yield projection(of_neighbours(source, target, k), mix, neighbours / k)


def feedback(names: Sequence[str], tree: TreeSpec, weight: Array) -> Projection:
    """From the last layer back to the target's own row of the first.

    Args:
        weight: ``(channels of the first layer, channels of the last)``.
    """
    first, last = names[1], names[-1]
    return Projection(
        name=f"{last}->{first}.feedback",
        source=last,
        target=first,
        mix=_of_target(tree.rows(1), tree.rows(tree.layers)),
        weight=weight,
    )


def compensation(names: Sequence[str], tree: TreeSpec, weight: Array) -> Projection:
    """From the target's own features straight to the last layer, when the layers below arrive.

    Args:
        weight: ``(channels of the last layer, features)``.
    """
    source, last = names[0], names[-1]
    return Projection(
        name=f"{source}->{last}.compensation",
        source=source,
        target=last,
        mix=_of_target(tree.rows(tree.layers), tree.slots),
        weight=weight,
        delay=tree.layers - 1,
    )


def _of_target(rows: int, sources: int) -> sp.csr_array:
    """Row 0 reads row 0."""
    return sp.csr_array(([1], ([0], [0])), shape=(rows, sources), dtype=np.int16)
