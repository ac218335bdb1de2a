"""A temporal graph as schedules: means over neighbours, and what their labels say.

The mean is what a sampled tree estimates::

    M_t = p D(G_t)^-1 A(G_t) + (1 - p) D(dG_t)^-1 A(dG_t)        self loops in both

with p the share of a node's draws that are from all edges so far. Labels are heard of others alone:
their schedules have no self loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.graph import TemporalGraph, TimedNeighbours
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Meetings, Schedule


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelSchedules:
    """How a node hears the labels of its neighbours: kind -> schedule.

    Attributes:
        share: each labelled neighbour in G_t weighs one part of as many as there are.
        so_far: each in G_t weighs 1.
        new: each in dG_t weighs 1.
        onward: how nodes hear what their neighbours have heard: each neighbour in G_t, labelled or
            not, weighs one part of as many as there are.
    """

    share: Schedule
    so_far: Schedule
    new: Schedule
    onward: Schedule

    def items(self) -> Iterator[tuple[str, Schedule]]:
        """Kind and schedule, in the order of the channels that hear them."""
        for kind in LABEL_KINDS:
            yield kind, getattr(self, kind)


LABEL_KINDS = ("share", "so_far", "new")


def label_kinds(hops: int) -> tuple[str, ...]:
    """What the first layer hears of labels that travel so many hops: a number per class each."""
    return (*LABEL_KINDS, *(f"share{hop}" for hop in range(2, hops + 1)))


def drawn_from_all(tree: TreeSpec) -> float:
    """p: the share of the nearest neighbours' draws that are from all edges so far."""
    draws = tree.fanouts[0]
    return max(int(draws * tree.cumulative_share), 1) / draws


def mean_schedule(graph: TemporalGraph, p: float) -> Schedule:
    """M_t of `graph`, in floats."""
    so_far, new = meetings(graph)
    of_so_far = p / (1.0 + so_far.before[1:])
    of_new = (1.0 - p) / (1.0 + np.diff(new.before, axis=0))
    return Schedule(
        so_far=so_far, new=new, of_so_far=of_so_far, of_new=of_new, of_self=of_so_far + of_new
    )


def label_schedules(graph: TemporalGraph, seen: Array) -> LabelSchedules:
    """How nodes hear the labels of those of their neighbours whose label is in.

    Args:
        seen: bool ``(N,)``: nodes that send their label.
    """
    so_far, new = meetings(graph)
    nothing = np.zeros((graph.num_steps, graph.num_nodes))
    ones = np.ones_like(nothing)
    share = 1.0 / np.maximum(labelled_so_far(so_far, seen), 1)

    def schedule(of_so_far: Array, of_new: Array) -> Schedule:
        return Schedule(so_far=so_far, new=new, of_so_far=of_so_far, of_new=of_new, of_self=nothing)

    return LabelSchedules(
        share=schedule(share, nothing),
        so_far=schedule(ones, nothing),
        new=schedule(nothing, ones),
        onward=onward_schedule(graph),
    )


def onward_schedule(graph: TemporalGraph) -> Schedule:
    """How nodes hear what their neighbours have heard; see `LabelSchedules`."""
    so_far, new = meetings(graph)
    part = 1.0 / np.maximum(so_far.before[1:], 1)
    nothing = np.zeros_like(part)
    return Schedule(so_far=so_far, new=new, of_so_far=part, of_new=nothing, of_self=nothing)


def labelled_so_far(so_far: Meetings, seen: Array) -> Array:
    """int64 ``(T, N)``: how many neighbours in G_t send their label."""
    met = np.concatenate([[0], np.cumsum(seen[so_far.indices], dtype=np.int64)])
    start = so_far.indptr[:-1]
    counted: Array = met[start + so_far.before[1:]] - met[start]
    return counted


def meetings(graph: TemporalGraph) -> tuple[Meetings, Meetings]:
    """The pairs so far and the new ones of each snapshot."""
    return _meetings(graph.cumulative), _meetings(graph.fresh)


def _meetings(lists: TimedNeighbours) -> Meetings:
    return Meetings(indptr=lists.indptr, indices=lists.indices, before=lists.before)
