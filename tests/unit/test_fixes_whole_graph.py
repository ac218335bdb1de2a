"""What is tried where a graph does not fit a chip, and how large a network of it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DataError, ModelError
from neurograph.graphs.io import save_graph
from neurograph.graphs.part import part_of
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.suited_whole import (
    DROPOUT,
    DROPOUT_OF_FEW,
    FEATURE_HOPS,
    FEW,
    whole_rules,
)
from neurograph.testing.chips import with_limits
from neurograph.testing.graphs import random_graph
from neurograph.workflow.fixes import Candidate, suggest
from neurograph.workflow.fixes.whole_graph import labels_alone, part, sampled
from neurograph.workflow.part import pieces_of

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


def test_a_graph_is_read_where_a_network_is_built_and_not_for_integers(tmp_path) -> None:
    missing = replace(WHOLE, graph=None, folder=tmp_path / "g")
    assert replace(missing, quantized=WHOLE.network).network is WHOLE.network
    with pytest.raises(DataError, match="no graph here"):
        _ = missing.network
    save_graph(GRAPH, tmp_path / "g")
    later = replace(missing)
    assert later.network.nodes == GRAPH.num_nodes
    assert later.with_graph().graph is later.whole


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


def small_system(cores: int, nodes: int) -> HardwareProfile:
    """One Loihi 2 of so many cores, each of which holds so many nodes."""
    limits = {"chips_per_system": 1, "cores_per_chip": cores}
    tiny = with_limits(WHOLE.profile, **limits, neurons_per_core=1)
    needed = next(v.needed for v in replace(WHOLE, profile=tiny).violations() if "graph" in v.what)
    return with_limits(tiny, neurons_per_core=nodes * needed / GRAPH.num_nodes)


def test_the_fewest_pieces_that_fit_are_found_by_placing_them() -> None:
    large = replace(WHOLE, profile=small_system(7, 3), folder=Path("graphs/mine"))
    assert large.violations(), "60 nodes, three on a core, seven cores"
    ((change, piece),) = part(large)
    assert not piece.violations()
    assert piece.network.nodes == 20
    assert "in 3 pieces" in change.what
    assert "20 of 60 nodes" in change.what
    number = int(change.option.split("--piece ")[1].split()[0])
    assert change.option == (
        f"neurograph data part graphs/mine --pieces 3 --piece {number} -o PART"
    )
    nodes = pieces_of(GRAPH, 3)
    pairs = [len(part_of(GRAPH, of).cumulative.indices) for of in nodes]
    assert pairs[number - 1] == max(pairs)
    assert any("data part" in fix.options for fix in suggest(large).fixes)


def test_no_piece_helps_where_one_neuron_is_too_large_or_trees_are_sampled() -> None:
    assert not list(part(replace(WHOLE, profile=load_profile("loihi1"))))
    assert not list(part(WHOLE.with_model(CONFIG.over_trees())))
    assert not list(part(WHOLE)), "the graph fits as it is"
