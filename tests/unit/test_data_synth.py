"""The generated graph: seeded, labelled as generated, and solvable only over time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import info
from neurograph.graphs.sets import synth


def test_a_seed_is_a_graph() -> None:
    assert synth(seed=3).sha256 == synth(seed=3).sha256
    assert synth(seed=3).sha256 != synth(seed=4).sha256


def test_it_says_that_it_is_generated() -> None:
    graph = synth(nodes=100, classes=4, steps=6, seed=5, contacts=2.0, noise=0.1, travellers=0.5)
    assert graph.generated
    assert graph.name == "synthetic"
    assert "not measured" in graph.meta["source"]
    assert synth(**graph.meta["generator"]).sha256 == graph.sha256


def test_sizes_and_labels() -> None:
    graph = synth(nodes=500, classes=6, steps=8)
    assert (graph.num_nodes, graph.num_steps, graph.num_classes) == (500, 8, 6)
    assert graph.label_names[:2] == ("A then B", "B then A")
    described = info(graph)
    assert described["unlabelled_nodes"] == 200
    assert {row["nodes"] for row in described["classes"]} == {50}
    assert all(row["edges"] > 1000 for row in described["per_step"])


def test_early_contacts_show_the_first_community_and_late_ones_the_second() -> None:
    graph = synth(noise=0.0)
    resident_of = communities(graph)
    for label, (first, last) in {0: (0, 1), 1: (1, 0)}.items():
        for node in np.flatnonzero(graph.labels == label)[:20]:
            begin, end = graph.fresh.indptr[node : node + 2]
            met = resident_of[graph.fresh.indices[begin:end]]
            step = graph.fresh.step[begin:end]
            known = met >= 0
            assert set(met[known & (step < 3)]) <= {first}
            assert set(met[known & (step >= 7)]) <= {last}


def communities(graph: TemporalGraph) -> Array:
    """-1 for travellers; for residents of a graph without noise, their component, in order of
    the itineraries that reach it."""
    whole = graph.adjacency(graph.num_steps - 1)
    resident = np.flatnonzero(graph.labels < 0)
    group = np.full(graph.num_nodes, -1)
    seeds = [  # a resident that class (a, b) meets in its first steps lives in a
        next(
            u
            for node in np.flatnonzero(graph.labels == label)
            for u, t in zip(*_contacts(graph, node), strict=True)
            if t == 0 and graph.labels[u] < 0
        )
        for label in (0, 1, 3)
    ]
    among = whole[resident][:, resident]
    for name, seed in enumerate(seeds):
        reached = np.zeros(len(resident), bool)
        reached[np.searchsorted(resident, seed)] = True
        for _ in range(10):
            reached |= (among @ reached) > 0
        group[resident[reached]] = name
    return group


def _contacts(graph: TemporalGraph, node: int) -> tuple[Array, Array]:
    begin, end = graph.fresh.indptr[node : node + 2]
    return graph.fresh.indices[begin:end], graph.fresh.step[begin:end]


def spectral(graph: TemporalGraph, step: int, size: int = 8) -> Array:
    """Leading eigenvectors of the normalised cumulative graph, rows scaled by degree."""
    whole = graph.adjacency(step).toarray() + np.eye(graph.num_nodes)
    scale = 1 / np.sqrt(whole.sum(axis=1))
    values, vectors = np.linalg.eigh(whole * scale[:, None] * scale)
    return vectors[:, -size:] * values[-size:] * scale[:, None]


@pytest.mark.slow
def test_a_static_model_scores_clearly_below_a_dynamic_one() -> None:
    """Chance is 1/6; the last cumulative graph cannot tell a class from its opposite: 1/2."""
    graph = synth()
    nodes = np.flatnonzero(graph.labels >= 0)
    labels = graph.labels[nodes]
    split = StratifiedShuffleSplit(1, train_size=0.4, random_state=0)
    train, test = next(split.split(nodes, labels))

    def score(features: Array) -> float:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
        model.fit(features[nodes][train], labels[train])
        return model.score(features[nodes][test], labels[test])

    per_step = [spectral(graph, step) for step in range(graph.num_steps)]
    static, dynamic = score(per_step[-1]), score(np.hstack(per_step))
    assert 0.35 < static < 0.6
    assert dynamic > 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": 5}, "synthetic graph: nodes is 5; needed 10 to 10,000,000"),
        ({"steps": 1}, "synthetic graph: steps is 1; needed 2 to 10,000"),
        ({"noise": 1.5}, "synthetic graph: noise is 1.5; needed 0 to 1"),
        ({"contacts": float("nan")}, "synthetic graph: contacts is nan; needed 0.01 to 1,000"),
        ({"seed": -1}, "synthetic graph: seed is -1; needed 0 to inf"),
        (
            {"classes": 5},
            "synthetic graph: classes is 5; needed an even number, classes come in pairs of "
            "opposite itineraries",
        ),
        (
            {"nodes": 10, "classes": 12},
            "synthetic graph: 4 residents for 4 communities and 6 travellers for 12 classes; "
            "use more nodes",
        ),
    ],
)
def test_bad_settings(change: dict, message: str) -> None:
    with pytest.raises(DataError) as error:
        synth(**change)
    assert str(error.value) == message


@pytest.mark.parametrize(("classes", "steps"), [(2, 2), (4, 3), (12, 5)])
def test_other_sizes_work(classes: int, steps: int) -> None:
    graph = synth(nodes=200, classes=classes, steps=steps)
    assert set(graph.labels[graph.labels >= 0].tolist()) == set(range(classes))
