"""Undirected edges that stand in a list in both directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurograph.core.arrays import Array


def stands_both_ways(source: Array, target: Array, same: Sequence[Array] = ()) -> bool:
    """Whether each row has its reverse as often as itself, so that an edge is two rows.

    Args:
        source, target: integers ``(E,)``.
        same: further columns in which a row and its reverse are equal: time, weight.
    """
    apart = source != target
    if not apart.any():
        return False
    there = np.lexsort((*(column[apart] for column in same), target[apart], source[apart]))
    back = np.lexsort((*(column[apart] for column in same), source[apart], target[apart]))
    pairs = [(source, target), (target, source), *((column, column) for column in same)]
    return all((a[apart][there] == b[apart][back]).all() for a, b in pairs)
