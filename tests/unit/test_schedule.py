"""Schedules of edges: entries snapshot by snapshot, what they bound, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import Meetings, QProjection, Schedule
from neurograph.ir.schedule import row_totals, still
from neurograph.models.schedules import label_schedules, mean_schedule, meetings
from neurograph.testing.graphs import random_graph

GRAPH, _ = random_graph(nodes=24, edges=60)
NODES, STEPS = GRAPH.num_nodes, GRAPH.num_steps


def whole(seed: int = 0, *, most: int = 60) -> Schedule:
    """Random integer entries, some of them 0, over the pairs of the graph."""
    rng = np.random.default_rng(seed)
    so_far, new = meetings(GRAPH)

    def entries() -> np.ndarray:
        return (rng.integers(0, most, (STEPS, NODES)) * (rng.random((STEPS, NODES)) < 0.8)).astype(
            np.int16
        )

    return Schedule(
        so_far=so_far, new=new, of_so_far=entries(), of_new=entries(), of_self=entries()
    )


def by_hand(schedule: Schedule, step: int) -> np.ndarray:
    """The mix of a snapshot from the graph's own lists, entry by entry."""
    mix = np.zeros((NODES, NODES), np.int64)
    for lists, first, values in (
        (GRAPH.cumulative, 0, schedule.of_so_far),
        (GRAPH.fresh, step, schedule.of_new),
    ):
        owner = np.repeat(np.arange(NODES), np.diff(lists.indptr))
        for v, u, when in zip(owner, lists.indices, lists.step, strict=True):
            if first <= when <= step:
                mix[v, u] += values[step, v]
    mix[np.arange(NODES), np.arange(NODES)] += schedule.of_self[step]
    return mix


def test_entries_are_those_of_the_graphs_lists() -> None:
    schedule = whole()
    mixes = [schedule.at(step).toarray() for step in range(STEPS)]
    for step, mix in enumerate(mixes):
        assert np.array_equal(mix, by_hand(schedule, step))
        assert np.array_equal(schedule.present().at(step).toarray(), mix != 0)
    assert np.array_equal(schedule.union().toarray() != 0, np.any(mixes, axis=0))
    assert schedule.largest == max(mix.max() for mix in mixes)
    assert schedule.row_total == max(mix.sum(axis=1).max() for mix in mixes)
    assert row_totals(schedule).tolist() == [schedule.row_total]


def test_the_mean_is_one_part_of_old_and_one_of_new_neighbours() -> None:
    p = 0.4
    mean = mean_schedule(GRAPH, p)
    for step in range(STEPS):
        parts = []
        for lists, first in ((GRAPH.cumulative, 0), (GRAPH.fresh, step)):
            a = np.eye(NODES)
            owner = np.repeat(np.arange(NODES), np.diff(lists.indptr))
            live = (lists.step >= first) & (lists.step <= step)
            a[owner[live], lists.indices[live]] = 1
            parts.append(a / a.sum(axis=1, keepdims=True))
        want = p * parts[0] + (1 - p) * parts[1]
        np.testing.assert_allclose(mean.at(step).toarray(), want, atol=1e-15)


def test_labels_are_heard_of_others_alone_and_of_those_that_send_them() -> None:
    seen = np.arange(NODES) % 3 == 0
    labels = label_schedules(GRAPH, seen)
    one_hot = np.zeros((NODES, GRAPH.num_classes))
    one_hot[seen, GRAPH.labels[seen]] = 1
    for step in range(STEPS):
        for schedule in (labels.share, labels.so_far, labels.new, labels.onward):
            assert not schedule.at(step).diagonal().any()
        counts = GRAPH.adjacency(step) @ one_hot
        assert np.array_equal(labels.so_far.at(step) @ one_hot, counts)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        np.testing.assert_allclose(labels.share.at(step) @ one_hot, shares, atol=1e-15)


def test_what_no_schedule_holds_is_refused() -> None:
    schedule = whole()
    with pytest.raises(NetworkError, match="negative or infinite"):
        schedule.with_values(-schedule.of_so_far, schedule.of_new, schedule.of_self)
    with pytest.raises(NetworkError, match=r"of_new \(3, 24\), needed \(4, 24\)"):
        schedule.with_values(schedule.of_so_far, schedule.of_new[1:], schedule.of_self)
    lists = schedule.so_far
    with pytest.raises(NetworkError, match="do not count their entries"):
        replace(lists, before=lists.before * 2)
    with pytest.raises(NetworkError, match="entries of 24 nodes"):
        replace(lists, indices=lists.indices + NODES)
    with pytest.raises(NetworkError, match="meetings of 24 nodes"):
        Meetings(indptr=lists.indptr, indices=lists.indices, before=lists.before[:, 1:])
    with pytest.raises(NetworkError, match="a schedule of edges, needed a mix that never changes"):
        still("h->h", schedule)


@pytest.mark.parametrize(
    ("weight", "most", "message"),
    [
        (np.eye(2, dtype=int), 60, ""),
        (np.full((2, 2), 200), 2, ""),
        (np.full((2, 2), 200), 60, "a synapse holds at most 255"),
        (np.eye(2, dtype=int), 400, "a synapse holds at most 255"),
    ],
)
def test_a_synapse_along_edges_holds_a_product(weight, most: int, message: str) -> None:
    mix = whole(most=most)
    if most == 2:
        mix = mix.with_values(mix.of_so_far, 0 * mix.of_new, mix.of_self)

    def made() -> QProjection:
        return QProjection(name="a->b", source="a", target="b", mix=mix, weight=weight)

    if not message:
        assert made().mix is mix
        return
    with pytest.raises(NetworkError, match=message):
        made()
