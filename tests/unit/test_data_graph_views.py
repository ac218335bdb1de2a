"""G_t is a prefix and dG_t a slice of time-sorted lists: against sets built edge by edge."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.graphs.graph import TemporalGraph, TimedNeighbours
from neurograph.graphs.io import info
from neurograph.graphs.io.assemble import assemble

Edges = list[tuple[int, int, int]]


@st.composite
def temporal_edges(draw: st.DrawFn) -> tuple[int, int, Edges]:
    """Nodes, steps, and edges with repeats, both directions, self edges; some nodes isolated."""
    nodes, steps = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    node, step = st.integers(0, nodes - 1), st.integers(0, steps - 1)
    return nodes, steps, draw(st.lists(st.tuples(node, node, step), max_size=40))


def build(nodes: int, steps: int, edges: Edges) -> TemporalGraph:
    u, v, step = np.array(edges, np.int64).reshape(-1, 3).T
    return assemble(
        *(u, v, step),
        num_nodes=nodes,
        num_steps=steps,
        labels=np.full(nodes, -1),
        label_names=(),
        meta={},
    )


def naive(nodes: int, edges: Edges, first: int, last: int) -> list[set[int]]:
    """Neighbours of every node over steps first..last."""
    neighbours: list[set[int]] = [set() for _ in range(nodes)]
    for u, v, step in edges:
        if first <= step <= last and u != v:
            neighbours[u].add(v)
            neighbours[v].add(u)
    return neighbours


def view(lists: TimedNeighbours, node: int, since: int, until: int) -> list[int]:
    """Entries of `node` whose steps are in since..until - 1."""
    start = lists.indptr[node]
    return lists.indices[
        start + lists.before[since, node] : start + lists.before[until, node]
    ].tolist()


@settings(derandomize=True, max_examples=200, deadline=None)
@given(temporal_edges())
def test_prefixes_and_slices_equal_sets_built_edge_by_edge(case: tuple[int, int, Edges]) -> None:
    nodes, steps, edges = case
    graph = build(nodes, steps, edges)
    for step in range(steps):
        cumulative, fresh = naive(nodes, edges, 0, step), naive(nodes, edges, step, step)
        for node in range(nodes):
            prefix = view(graph.cumulative, node, 0, step + 1)
            assert sorted(prefix) == sorted(cumulative[node])  # and so no entry twice
            assert sorted(view(graph.fresh, node, step, step + 1)) == sorted(fresh[node])
        rows = graph.adjacency(step).toarray()
        assert [set(np.flatnonzero(row)) for row in rows] == cumulative
        assert set(np.unique(rows)) <= {0, 1}


@settings(derandomize=True, max_examples=50, deadline=None)
@given(temporal_edges(), st.randoms(use_true_random=False))
def test_order_and_direction_of_the_edges_do_not_matter(case, random) -> None:
    nodes, steps, edges = case
    shuffled = [(v, u, t) if random.random() < 0.5 else (u, v, t) for u, v, t in edges]
    random.shuffle(shuffled)
    assert build(nodes, steps, shuffled).sha256 == build(nodes, steps, edges).sha256


@settings(derandomize=True, max_examples=50, deadline=None)
@given(temporal_edges())
def test_every_row_is_kept_merged_or_dropped(case: tuple[int, int, Edges]) -> None:
    nodes, steps, edges = case
    graph = build(nodes, steps, edges)
    counts = graph.meta["counts"]
    kept = len(edges) - counts["self_edges_dropped"] - counts["repeated_edges_merged"]
    assert kept == info(graph)["edges"]
    assert counts["self_edges_dropped"] == sum(u == v for u, v, _ in edges)


def test_memory_is_edges_plus_steps_times_nodes() -> None:
    """The same pairs at every step cost the cumulative lists nothing."""
    once = build(50, 20, [(i, i + 1, 0) for i in range(49)])
    often = build(50, 20, [(i, i + 1, t) for i in range(49) for t in range(20)])
    assert len(often.cumulative.indices) == len(once.cumulative.indices) == 98
    assert len(often.fresh.indices) == 20 * 98
    assert often.cumulative.before.shape == (21, 50)
