"""Edges over the rows of a whole graph, whose entries are the integers of synapses."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir.rounding import Rounded
from neurograph.models.resident.edges import Pairs, by_place
from neurograph.models.resident.integer import kernels


class IntegerEdges:
    """A projection along edges between rows, in pieces of one shift each.

    Args:
        pairs: of the graph.
        rounded: the projection in integers, channel by channel.
    """

    def __init__(self, pairs: Pairs, rounded: Rounded) -> None:
        self.pairs = pairs
        weight = float(rounded.pieces[0].weight.max())  # the same in all channels, or the entry
        entries, shifts = _joined(rounded)
        self._entries = np.stack([by_place(pairs.rows, x) for x in entries], 1) * weight
        self._shifts = np.stack([by_place(pairs.rows, x) for x in shifts], 1)

    def add(self, step: int, sent: Array, sums: Array) -> None:
        """Add what the rows of a snapshot hear to `sums`, both ``(rows, channels)``."""
        lists = self.pairs.so_far, self.pairs.new
        kernels.mix(sent, *lists, self._entries[step], self._shifts[step], step, sums)


def _joined(rounded: Rounded) -> tuple[list[Array], list[Array]]:
    """Per kind of entry, float64 ``(T, N)``: the entry, and the power of two of its shift.

    Every entry is in one piece alone.
    """
    entries, shifts = [], []
    for kind in ("of_so_far", "of_new", "of_self"):
        entry = np.zeros(getattr(rounded.pieces[0].mix, kind).shape)
        shift = np.ones_like(entry)
        for piece in rounded.pieces:
            held = getattr(piece.mix, kind)
            entry += held
            shift[held != 0] = 2.0**piece.exponent
        entries.append(entry)
        shifts.append(shift)
    return entries, shifts
