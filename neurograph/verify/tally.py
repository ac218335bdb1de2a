"""One pass over the spikes of two runs: what differs, and who fires how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.threads import each

_BLOCK_BYTES = 1 << 24  # spikes of one run looked at once; one block per core


@dataclass(frozen=True, eq=False, kw_only=True)
class Tally:
    """Counts of one population in two runs.

    Attributes:
        differing: int32 ``(nodes, updates)``, neurons that fire in one run only.
        first: int64 ``(rows, channels)``, spikes of the first run over all nodes and updates.
        second: the same of the second run.
    """

    differing: Array
    first: Array
    second: Array


def tally(first: Array, second: Array) -> Tally:
    """Count; both are bool ``(nodes, updates, rows, channels)``, and stay where they are."""
    nodes, updates, rows, channels = first.shape
    differing = np.empty((nodes, updates), np.int32)

    def count(part: slice) -> tuple[Array, Array]:
        (first[part] ^ second[part]).sum(axis=(2, 3), dtype=np.int32, out=differing[part])
        one, other = (s[part].sum(axis=(0, 1), dtype=np.int64) for s in (first, second))
        return one, other

    fired = np.zeros((2, rows, channels), np.int64)
    for counted in each(count, _blocks(nodes, updates * rows * channels)):
        fired += counted
    return Tally(differing=differing, first=fired[0], second=fired[1])


def _blocks(nodes: int, bytes_each: int) -> Iterator[slice]:
    size = max(1, _BLOCK_BYTES // bytes_each)
    for start in range(0, nodes, size):
        yield slice(start, start + size)
