"""Schedules of a few edges, written by hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from neurograph.core.arrays import Array
from neurograph.ir import Meetings, Schedule

Meeting = tuple[int, int, int]  # who hears, whom, from which snapshot on


def integer_schedule(
    nodes: int,
    steps: int,
    meetings: Iterable[Meeting],
    *,
    so_far: npt.ArrayLike = 1,
    new: npt.ArrayLike = 0,
    itself: npt.ArrayLike = 0,
) -> Schedule:
    """Who hears whom: a pair that meets in several snapshots is new in each of them.

    Args:
        nodes: of the graph.
        steps: snapshots.
        meetings: in any order; of one direction each.
        so_far: entries of all pairs so far, broadcast to ``(steps, nodes)``, as are the others.
        new: entries of a snapshot's own pairs.
        itself: what a node hears itself by.
    """
    given = np.array(sorted(set(meetings)), np.int64).reshape(-1, 3)
    hears, heard, when = given.T
    _, first = np.unique(given[:, :2], axis=0, return_index=True)  # sorted: the first snapshot
    values = (np.broadcast_to(np.asarray(x), (steps, nodes)) for x in (so_far, new, itself))
    of_so_far, of_new, of_self = (x.astype(np.int16) for x in values)
    return Schedule(
        so_far=_lists(hears[first], heard[first], when[first], nodes, steps),
        new=_lists(hears, heard, when, nodes, steps),
        of_so_far=of_so_far,
        of_new=of_new,
        of_self=of_self,
    )


def _lists(hears: Array, heard: Array, when: Array, nodes: int, steps: int) -> Meetings:
    order = np.lexsort((heard, when, hears))
    before = np.zeros((steps + 1, nodes), np.int32)
    for step in range(steps):
        before[step + 1] = np.bincount(hears[when <= step], minlength=nodes)
    indptr = np.concatenate([[0], np.cumsum(before[-1])])
    return Meetings(indptr=indptr, indices=heard[order], before=before)
