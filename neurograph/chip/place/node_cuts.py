"""Where a node's neurons are cut into sections that a core can hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurograph.chip.place.demand import UNLIMITED, Room
from neurograph.chip.residents.demand import NodeDemand
from neurograph.core.arrays import Array

Cuts = list[tuple[int, int]]  # first neuron and end of each section
MORE = 3  # sections beyond the fewest that are tried, since fuller cores may share worse
WORTH = 1.05  # times fewer cores that a section more is worth: it sends every spike once more


class TooLarge(Exception):  # noqa: N818  (an answer, not an error)
    """One neuron is more than a core can hold: which."""

    def __init__(self, neuron: int) -> None:
        super().__init__(neuron)
        self.neuron = neuron


def common_cuts(wanted: NodeDemand, room: Room) -> Cuts:
    """Sections in which all nodes are cut, of which a core holds each of the node that needs least.

    As many, about equally large, as need fewest cores for all nodes; one more must be worth it.

    Raises:
        TooLarge: a neuron of any node.
    """

    def fits(first: int, end: int) -> bool:
        common, own = wanted.common_memory(first, end), wanted.own_memory(first, end)
        return (
            end - first <= room.neurons
            and common + own.min() <= room.memory
            and (room.axons_in == UNLIMITED or wanted.axons_in(first, end).min() <= room.axons_in)
        )

    fewest = greedy_cuts(wanted.neurons, fits)
    tried = [fewest]
    for sections in range(len(fewest), len(fewest) + 1 + MORE):
        cuts = equal_cuts(wanted, room, sections)
        if all(fits(*cut) for cut in cuts):
            tried.append(cuts)
    return min(tried, key=lambda cuts: _cores(wanted, room, cuts) * WORTH ** len(cuts))


def greedy_cuts(neurons: int, fits: Callable[[int, int], bool], begin: int = 0) -> Cuts:
    """Sections, each as large as fits.

    Args:
        fits: whether a core holds a range; if so, it holds every range within.

    Raises:
        TooLarge: a neuron that no core holds.
    """
    cuts: Cuts = []
    first = begin
    while first < neurons:
        if not fits(first, first + 1):
            raise TooLarge(first)
        low, high = first + 1, neurons
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(first, middle) else (low, middle - 1)
        cuts.append((first, low))
        first = low
    return cuts


def equal_cuts(wanted: NodeDemand, room: Room, sections: int, nodes: Array | None = None) -> Cuts:
    """So many sections, with about the same share of a core's neurons and memory each.

    Args:
        nodes: int64, of which on average; default all.
    """
    ends = range(1, wanted.neurons + 1)
    memory = np.array(
        [wanted.common_memory(0, e) + wanted.own_memory(0, e, nodes).mean() for e in ends]
    )
    share = np.array(ends) / room.neurons + memory / room.memory
    inner = np.searchsorted(share, share[-1] * np.arange(1, sections) / sections) + 1
    at: Array = np.unique(np.concatenate([[0], inner, [wanted.neurons]]))
    return list(zip(at[:-1].tolist(), at[1:].tolist(), strict=True))


def _cores(wanted: NodeDemand, room: Room, cuts: Cuts) -> float:
    """How many cores all nodes take, about: together by the fullest section, large ones alone."""
    own = np.stack([wanted.own_memory(*cut) for cut in cuts], axis=1)
    free = room.memory - np.array([wanted.common_memory(*cut) for cut in cuts])
    large = (own > free).any(axis=1)
    alone = np.maximum(own[large].sum(axis=1) / room.memory, len(cuts) + 1).sum()
    small = own[~large]
    if not len(small):
        return float(alone)
    most = np.minimum(
        free // np.maximum(small.mean(axis=0), 1.0), [room.neurons // (b - a) for a, b in cuts]
    )
    return float(alone + len(cuts) * len(small) / max(most.min(), 1.0))
