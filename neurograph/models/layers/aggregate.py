"""Aggregation over the sampled tree: from nodes to slots, and from each layer's rows to the next.

Computed by the compiled loops where these take a tensor, else by plain PyTorch: see `device`.
"""

from __future__ import annotations

from torch import Tensor

from neurograph.models.layers import compiled, plain
from neurograph.models.layers.device import in_compiled_loops
from neurograph.models.layers.dropout import Dropout, no_dropout
from neurograph.models.layers.neighbour_groups import NeighbourGroups

__all__ = [
    "Dropout",
    "NeighbourGroups",
    "no_dropout",
    "self_and_mean",
    "self_and_sum",
    "slot_currents",
]


def slot_currents(products: Tensor, where: Tensor, groups: NeighbourGroups) -> Tensor:
    """A row's product by the self weights plus the mean of its neighbours' by theirs.

    Args:
        products: ``(M, 2 H)`` of every node in use: by the self weights, then the neighbours'.
        where: int32 ``(nodes, T, slots)``, row of `products` of each slot.
        groups: the neighbours of every row.

    Returns:
        ``(nodes, T, rows, H)``.
    """
    compute = compiled.slot_currents if in_compiled_loops(products) else plain.slot_currents
    return compute(products, where, groups)


def self_and_mean(spikes: Tensor, groups: NeighbourGroups, dropout: Dropout) -> Tensor:
    """Each row's own spikes beside the mean of its neighbours', after dropout.

    Args:
        spikes: ``(nodes, T, rows below, C)``.
        groups: the neighbours of every row.
        dropout: of these spikes.

    Returns:
        ``(nodes, T, rows, 2, C)``.
    """
    compute = compiled.self_and_mean if in_compiled_loops(spikes) else plain.self_and_mean
    return compute(spikes, groups, dropout)


def self_and_sum(spikes: Tensor, groups: NeighbourGroups, dropout: Dropout) -> Tensor:
    """As `self_and_mean`, with the sum of the neighbours' spikes in place of their mean."""
    compute = compiled.self_and_sum if in_compiled_loops(spikes) else plain.self_and_sum
    return compute(spikes, groups, dropout)
