"""What is tried where a graph does not fit a chip, and how large a network of it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurograph.chip.profiles import load_profile
from neurograph.core.errors import ModelError
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.suited_whole import (
    DROPOUT,
    DROPOUT_OF_FEW,
    FEATURE_HOPS,
    FEW,
    whole_rules,
)
from neurograph.testing.graphs import random_graph
from neurograph.workflow.fixes import Candidate, suggest
from neurograph.workflow.fixes.whole_graph import labels_alone, sampled

GRAPH, STORE = random_graph()
CONFIG = SpikeNetConfig(
    features=STORE.num_features,
    classes=GRAPH.num_classes,
    steps=GRAPH.num_steps,
    mapping="resident",
    label_input=True,
    label_hops=2,
    graph_recurrence=True,
    hidden=(16, 8),
)
WHOLE = Candidate(config=CONFIG, profile=load_profile("loihi2"), graph=GRAPH)


def test_a_model_of_the_whole_graph_is_as_large_as_the_graph() -> None:
    assert WHOLE.network.nodes == GRAPH.num_nodes
    assert not WHOLE.violations()
    placed = WHOLE.placement()
    assert placed.residents is not None
    assert str(placed).startswith("60 nodes on ")
    with pytest.raises(ModelError, match="--graph FOLDER"):
        _ = replace(WHOLE, graph=None).network


def test_a_graph_is_read_where_a_network_is_built_and_not_for_integers() -> None:
    asked: list[int] = []

    def read():
        asked.append(1)
        return GRAPH

    later = replace(WHOLE, graph=read)
    exported = replace(later, quantized=WHOLE.network)
    assert exported.network is WHOLE.network
    assert not asked
    assert later.network.nodes == GRAPH.num_nodes
    assert asked == [1]


def test_labels_alone_and_trees_are_tried() -> None:
    ((change, alone),) = labels_alone(WHOLE)
    assert change.option == "--features none"
    assert [s.name for s in alone.network.streams] == ["y"]
    assert not list(labels_alone(alone))
    ((change, trees),) = sampled(WHOLE)
    assert change.option == "--mapping trees"
    assert trees.network.nodes is None
    assert not list(sampled(trees))


def test_a_chip_without_graded_spikes_gets_fixes_that_fit() -> None:
    refused = replace(WHOLE, profile=load_profile("loihi1"))
    assert any("relay" in v.where or "Relay" in v.what for v in refused.violations())
    found = suggest(refused)
    assert found.fixes
    assert any("--mapping trees" in f.options or "loihi2" in f.options for f in found.fixes)


def test_rules_of_whole_graphs_look_at_training_nodes_and_snapshots() -> None:
    def chosen(own: SpikeNetConfig, learning: int, steps: int, folds: int = 0) -> dict[str, object]:
        rules = whole_rules(
            own,
            learning=learning,
            steps=steps,
            outputs=3,
            classes=True,
            last=16,
            folds=folds,
        )
        return {n: v for names, values, _ in rules for n, v in zip(names, values, strict=True)}

    many = chosen(CONFIG, FEW, 4)
    assert (many["dropout"], many["label_hops"], many["graph_recurrence"]) == (DROPOUT, 3, True)
    few = chosen(replace(CONFIG, label_input=False), FEW - 1, 1, folds=5)
    assert (few["dropout"], few["folds"]) == (DROPOUT_OF_FEW, 5)
    assert not {"label_hops", "graph_recurrence"} & set(few)
    assert few["epochs"] < many["epochs"]
    assert "graph_recurrence" not in chosen(CONFIG, FEW, 1)
    assert "feature_hops" not in {**chosen(CONFIG, FEW, 1), **chosen(CONFIG, FEW - 1, 4)}
    without = replace(CONFIG, features=0)
    assert "feature_hops" not in chosen(without, FEW - 1, 1)
    assert (few["feature_hops"], len(few["hidden"]), len(few["fanouts"])) == (FEATURE_HOPS, 1, 1)
