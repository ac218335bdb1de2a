"""Settings by rule: from sizes, degrees and known labels alone, each with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.sets import synth
from neurograph.graphs.splits import Split, stratified_split
from neurograph.models.settings import TrainSettings
from neurograph.models.suited import edge_weights, suited
from neurograph.tasks import DEFAULT, find_task

TASK = find_task(DEFAULT)


def chosen(nodes: int, **given: object) -> tuple[dict[str, object], Split]:
    graph = synth(nodes=nodes, classes=6, steps=4)
    split = stratified_split(graph)
    return dict(suited(graph, split, TASK, given=given).settings), split


def test_a_large_graph_is_validated_and_a_small_one_folded() -> None:
    large, split = chosen(3000)
    assert (large["batch"], large["patience"], large["folds"]) == (len(split.train) // 20, 30, 0)
    small, split = chosen(200)
    known = len(split.train) + len(split.val)
    assert (small["batch"], small["patience"], small["folds"]) == (known // 20, 0, 5)


def test_the_last_layer_has_room_for_the_classes() -> None:
    assert chosen(200)[0]["hidden"] == (128, 24)


def test_what_is_given_stays_and_fanouts_bring_their_layers() -> None:
    left, _ = chosen(200, epochs=3, fanouts=(3,))
    assert set(left) == {"batch"}


def test_every_rule_is_a_setting_and_has_a_reason() -> None:
    graph = synth(nodes=300, classes=4, steps=3)
    found = suited(graph, stratified_split(graph), TASK)
    assert TrainSettings(**found.settings).batch == found.settings["batch"]
    assert all(found.reasons)


def communities(*, heavy_inside: bool) -> TemporalGraph:
    """Two classes; a node meets two of its own and three others, one kind ten times as often."""
    rng = np.random.default_rng(5)
    label = np.arange(80) % 2
    rows = []
    for node in range(80):
        for same, many in ((True, 2), (False, 3)):
            others = np.flatnonzero((label == label[node]) == same)
            weight = 10.0 if same == heavy_inside else 1.0
            rows += [(node, other, weight) for other in rng.choice(others, many) if other != node]
    u, v, weight = np.array(rows).T
    return assemble(
        u.astype(int),
        v.astype(int),
        np.zeros(len(u), int),
        num_nodes=80,
        num_steps=1,
        labels=label,
        label_names=("a", "b"),
        meta={},
        weight=weight,
    )


@pytest.mark.parametrize(("heavy_inside", "choice"), [(True, "on"), (False, "off")])
def test_weights_are_used_where_known_nodes_say_so(heavy_inside: bool, choice: str) -> None:
    graph = communities(heavy_inside=heavy_inside)
    assert edge_weights(graph, np.arange(60)) == choice


def test_labels_of_test_nodes_decide_nothing() -> None:
    graph = communities(heavy_inside=True)
    split = Split(name="s", train=np.arange(40), val=np.arange(40, 50), test=np.arange(50, 80))
    other = graph.labels.copy()
    other[50:] = 1 - other[50:]
    changed = replace(graph, labels=other)
    assert suited(graph, split, TASK) == suited(changed, split, TASK)
