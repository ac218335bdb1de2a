"""The neighbour sampler: never from the future, from the right graph, uniform, repeatable."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.stats import chi2

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.graphs.sets import synth


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    """300 nodes, sparse enough that some have no edge in some steps; 30 more are isolated."""
    made = synth(nodes=300, classes=2, steps=6, contacts=0.7)
    source = np.repeat(np.arange(300), np.diff(made.fresh.indptr))
    return assemble(
        *(source, made.fresh.indices, made.fresh.step),
        num_nodes=330,
        num_steps=6,
        labels=np.full(330, -1),
        label_names=(),
        meta={},
    )


def allowed(graph: TemporalGraph, step: int, *, cumulative: bool) -> Array:
    """bool ``(N, N)``: who may be drawn by whom: neighbours and oneself."""
    may = np.eye(graph.num_nodes, dtype=bool)
    lists = graph.fresh
    source = np.repeat(np.arange(graph.num_nodes), np.diff(lists.indptr))
    now = lists.step <= step if cumulative else lists.step == step
    may[source[now], lists.indices[now]] = True
    return may


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("fanouts", [(5, 2), (1,), (3, 2, 2)])
def test_draws_come_from_the_right_graph_and_never_from_later(
    graph: TemporalGraph, fanouts: tuple[int, ...], share: float
) -> None:
    spec = TreeSpec(fanouts=fanouts, cumulative_share=share)
    slots = sample(graph, np.arange(graph.num_nodes), spec, seed=1)
    for step in range(graph.num_steps):
        old, new = (allowed(graph, step, cumulative=which) for which in (True, False))
        slot, parents = 1, [0]
        for k in fanouts:
            children = []
            for parent in parents:
                for draw in range(k):
                    may = old if draw < max(int(k * share), 1) else new
                    assert may[slots[:, step, parent], slots[:, step, slot]].all()
                    children.append(slot)
                    slot += 1
            parents = children
        assert slot == spec.slots


def test_an_isolated_node_draws_itself(graph: TemporalGraph) -> None:
    slots = sample(graph, np.array([310]), TreeSpec(), seed=1)
    assert (slots == 310).all()


HUBS = 10_000


@pytest.fixture(scope="module")
def hubs() -> TemporalGraph:
    """Many stars: hub 8 h has neighbours 8 h + 1 to 8 h + 7, the last 4 only from step 1 on."""
    hub = np.repeat(np.arange(HUBS) * 8, 7)
    leaf = np.tile(np.arange(1, 8), HUBS)
    return assemble(
        *(hub, hub + leaf, leaf > 3),
        num_nodes=8 * HUBS,
        num_steps=2,
        labels=np.full(8 * HUBS, -1),
        label_names=(),
        meta={},
    )


def draws_of_hubs(hubs: TemporalGraph, share: float) -> Array:
    """``(HUBS, 4)``: the four draws of every hub at step 1, as 0 (itself) to 7."""
    spec = TreeSpec(fanouts=(4,), cumulative_share=share)
    nodes = np.arange(HUBS) * 8
    draws: Array = sample(hubs, nodes, spec, seed=7)[:, 1, 1:] - nodes[:, None]
    return draws


@pytest.mark.parametrize(
    ("share", "slots", "choices"),
    [(1.0, slice(0, 4), [0, 1, 2, 3, 4, 5, 6, 7]), (0.0, slice(1, 4), [0, 4, 5, 6, 7])],
    ids=["cumulative", "fresh"],
)
def test_draws_are_uniform(
    hubs: TemporalGraph, share: float, slots: slice, choices: list[int]
) -> None:
    """Chi-square against equal shares; a node is its own neighbour."""
    counts = np.bincount(draws_of_hubs(hubs, share)[:, slots].ravel(), minlength=8)
    assert counts.sum() == counts[choices].sum()
    expected = counts.sum() / len(choices)
    statistic = float(((counts[choices] - expected) ** 2 / expected).sum())
    assert statistic < chi2.ppf(0.999, len(choices) - 1)


def test_every_set_of_neighbours_is_as_likely(hubs: TemporalGraph) -> None:
    """Four different ones of eight, and each of the 70 sets equally often (chi-square)."""
    draws = np.sort(draws_of_hubs(hubs, 1.0), axis=1)
    assert (np.diff(draws, axis=1) > 0).all()
    _, counts = np.unique(draws, axis=0, return_counts=True)
    assert len(counts) == 70
    expected = HUBS / 70
    assert float(((counts - expected) ** 2 / expected).sum()) < chi2.ppf(0.999, 69)


def test_too_few_neighbours_are_drawn_once_each_and_then_again_at_random(
    hubs: TemporalGraph,
) -> None:
    """At step 0 a hub has 3 neighbours and itself for 7 draws."""
    spec = TreeSpec(fanouts=(7,), cumulative_share=1.0)
    nodes = np.arange(HUBS) * 8
    draws = sample(hubs, nodes, spec, seed=7)[:, 0, 1:] - nodes[:, None]
    assert (np.sort(draws[:, :4]) == [0, 1, 2, 3]).all()
    counts = np.bincount(draws[:, 4:].ravel(), minlength=8)
    expected = 3 * HUBS / 4
    statistic = float(((counts[:4] - expected) ** 2 / expected).sum())
    assert statistic < chi2.ppf(0.999, 3)
    assert not counts[4:].any()


def test_a_draw_does_not_depend_on_its_batch(graph: TemporalGraph) -> None:
    everyone = sample(graph, np.arange(graph.num_nodes), TreeSpec(), seed=3, draw=2)
    some = np.array([200, 5, 5, 17, 310])
    np.testing.assert_array_equal(sample(graph, some, TreeSpec(), seed=3, draw=2), everyone[some])


def test_a_draw_does_not_depend_on_the_number_of_threads(graph: TemporalGraph) -> None:
    nodes, before = np.arange(graph.num_nodes), numba.get_num_threads()
    many = sample(graph, nodes, TreeSpec(), seed=3)
    try:
        numba.set_num_threads(1)
        one = sample(graph, nodes, TreeSpec(), seed=3)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(one, many)


def test_seed_and_draw_both_matter(graph: TemporalGraph) -> None:
    nodes = np.arange(graph.num_nodes)
    first = sample(graph, nodes, TreeSpec(), seed=3)
    assert (first != sample(graph, nodes, TreeSpec(), seed=4)).any()
    assert (first != sample(graph, nodes, TreeSpec(), seed=3, draw=1)).any()
    np.testing.assert_array_equal(first, sample(graph, nodes, TreeSpec(), seed=3))


def heavy_graph() -> TemporalGraph:
    """Node 0 meets 1 nine times as often as 2 in step 0, and only 3 in step 1."""
    return assemble(
        np.array([0, 0, 0]),
        np.array([1, 2, 3]),
        np.array([0, 0, 1]),
        num_nodes=4,
        num_steps=2,
        labels=np.full(4, -1),
        label_names=(),
        meta={},
        weight=np.array([9.0, 1.0, 10.0]),
    )


def shares(slots: np.ndarray) -> list[float]:
    """How often each of four nodes was drawn."""
    counts = np.bincount(slots.ravel(), minlength=4)
    return (counts / counts.sum()).tolist()


def test_draws_follow_the_weights_up_to_each_step() -> None:
    graph = heavy_graph()
    both = TreeSpec(fanouts=(4000,), cumulative_share=0.5, weighted=True)
    drawn = sample(graph, np.array([0]), both, seed=3)[0, :, 1:]
    early, late = drawn[0, :2000], drawn[1, :2000]
    # the node itself as often as its average neighbour, the rest by weight
    assert shares(early) == pytest.approx([1 / 3, 0.6, 1 / 15, 0], abs=0.03)
    assert shares(late) == pytest.approx([1 / 4, 0.3375, 0.0375, 0.375], abs=0.03)
    fresh = drawn[1, 2000:]
    assert shares(fresh) == pytest.approx([1 / 2, 0, 0, 1 / 2], abs=0.03)


def test_a_graph_without_weights_has_none_to_draw_by() -> None:
    plain = assemble(
        np.array([0]),
        np.array([1]),
        np.array([0]),
        num_nodes=2,
        num_steps=1,
        labels=np.full(2, -1),
        label_names=(),
        meta={},
    )
    with pytest.raises(ModelError, match="no edge weights to draw by; use --edge-weights off"):
        sample(plain, np.array([0]), TreeSpec(fanouts=(2,), weighted=True), seed=0)
