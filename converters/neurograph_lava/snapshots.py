"""Who hears whom in one snapshot after the other, ready to be multiplied."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import Meetings, Schedule


class Snapshots:
    """The mixes of a schedule, the last one that was asked for at hand.

    A mix is made in a few passes over its entries, without sorting: `Schedule.at` takes longer
    than a product with a hundred channels. What is in two lists has two entries, to be added.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.step = -1
        self.by_dtype: dict[type[np.generic], sp.csr_array] = {}

    def at(self, step: int, dtype: type[np.generic]) -> sp.csr_array:
        """The mix ``(N, N)`` of a snapshot; the last one stays for ever."""
        step = min(step, self.schedule.steps - 1)
        if step != self.step:
            self.step, self.by_dtype = step, {}
        if dtype not in self.by_dtype:
            parts = self.by_dtype or {dtype: mix_of(self.schedule, step)}
            self.by_dtype[dtype] = next(iter(parts.values())).astype(dtype)
        return self.by_dtype[dtype]

    def row_total(self, step: int) -> float:
        """The largest sum of a row of a snapshot."""
        return float(self.schedule.row_sums[min(step, self.schedule.steps - 1)].max())


def mix_of(schedule: Schedule, step: int) -> sp.csr_array:
    """The mix of a snapshot, as `Schedule.at` gives it once its duplicates are summed."""
    parts = list(_parts(schedule, step))
    counts = [counted for *_, counted, _ in parts]
    pointers = _ends(np.sum(counts, axis=0))
    indices = np.zeros(pointers[-1], np.int32)
    entries = np.zeros(pointers[-1], schedule.of_self.dtype)
    begin = pointers[:-1].copy()
    for neighbours, first, counted, values in parts:
        place = _runs(begin, counted)
        indices[place] = neighbours[_runs(first, counted)]
        entries[place] = np.repeat(values, counted)
        begin += counted
    return sp.csr_array((entries, indices, pointers), shape=schedule.shape)


def _parts(schedule: Schedule, step: int) -> Iterator[tuple[Array, Array, Array, Array]]:
    """Neighbours of all nodes; of each node its first one, how many are heard, and how loud."""
    lists: tuple[tuple[Meetings, Array, int], ...] = (
        (schedule.so_far, schedule.of_so_far[step], 0),
        (schedule.new, schedule.of_new[step], step),
    )
    for of, values, since in lists:
        first = (of.indptr[:-1] + of.before[since]).astype(np.int32)
        counted = (of.before[step + 1] - of.before[since]) * (values != 0)
        yield of.indices, first, counted, values
    itself = np.arange(schedule.nodes, dtype=np.int32)
    values = schedule.of_self[step]
    yield itself, itself, (values != 0).astype(np.int32), values


def _ends(counts: Array) -> Array:
    """Int32 ``(N + 1,)``: where runs of so many begin and end."""
    ends = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=ends[1:])
    return ends


def _runs(first: Array, counts: Array) -> Array:
    """``first[0], first[0] + 1, ...`` so many times as `counts` says, then those of `first[1]`."""
    ends = _ends(counts)
    found: Array = np.repeat(first - ends[:-1], counts)
    found += np.arange(ends[-1], dtype=np.int32)
    return found
