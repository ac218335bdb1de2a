"""What answers of yardsticks take, against counts by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.splits import Split, stratified_split
from neurograph.tasks import NodeClassification
from neurograph.tasks.yardsticks.arithmetic import (
    Arithmetic,
    of_boosting,
    of_counts,
    of_logistic_regression,
    of_propagation,
    of_vote,
)
from neurograph.tasks.yardsticks.boosting import label_count_boosting
from neurograph.tasks.yardsticks.evidence import Evidence
from neurograph.tasks.yardsticks.logistic import logistic_regression
from neurograph.tasks.yardsticks.propagation import label_propagation
from neurograph.tasks.yardsticks.votes import majority, neighbour_vote, weighted_vote
from neurograph.testing.graphs import random_graph

# 0 - 1 - 2 - 3, and 1 - 3: entries by node 1, 3, 2, 2; nodes 0 and 1 are trained on
PATH = [(0, 1, 0), (1, 2, 0), (2, 3, 0), (1, 3, 1), (0, 1, 1)]
BOUNDS = 8 + 4


def graph_of(labels=(0, 1, 2, 1)) -> TemporalGraph:
    u, v, step = np.array(PATH).T
    return assemble(
        u,
        v,
        step,
        num_nodes=4,
        num_steps=2,
        labels=np.array(labels, np.int16),
        label_names=("oak", "elm", "ash"),
        meta={"name": "trees"},
    )


def evidence() -> Evidence:
    split = Split(name="by hand", train=np.array([0, 1]), val=np.array([2]), test=np.array([3]))
    return Evidence(graph_of(), None, split)


def test_the_majority_is_known_before_a_node_is_asked_about() -> None:
    assert majority(evidence())[0].arithmetic == Arithmetic()


def test_a_vote_is_read_from_every_neighbour_and_added_where_it_is_one() -> None:
    taken = neighbour_vote(evidence())[0].arithmetic
    # 0 hears 1; 1 hears 0 (2 and 3 have no vote); 2 hears 1; 3 hears 1: four votes
    assert taken == Arithmetic(acs=4 / 4 + 2, bytes=8 * (4 + 2) / 4 + BOUNDS)
    weighed = weighted_vote(evidence())[0].arithmetic
    assert weighed == replace(taken, bytes=8 * (4 + 2 + 4) / 4 + BOUNDS)


def test_propagation_multiplies_every_entry_by_every_class_in_every_round() -> None:
    taken = label_propagation(evidence())[0].arithmetic
    each = 8 * 3 + 4 * 3  # entries by classes; nodes by classes, scaled and added to
    read = 8 * (4 + 4 + 3 * 4) + 4 * BOUNDS
    assert taken == Arithmetic(macs=30 * each / 4, acs=2, bytes=30 * read / 4)


def test_counts_of_neighbours_in_all_and_in_each_period_and_at_two_hops() -> None:
    given = evidence()
    taken = of_counts(given.votes, [given.adjacency], given.adjacency, weighed=False)
    # once: four votes, a degree per node. Twice: nodes hear classes in the counts of neighbours:
    # every node has one class around it, so 8 entries add 8 numbers; two own votes are taken out
    assert taken.acs == (4 + 4 + 8 + 2) / 4
    once = 8 * (4 + 2) + 4 * BOUNDS
    assert taken.bytes == (once + 8 * 4 + 4 * BOUNDS + 8 * 4) / 4
    weighed = of_counts(given.votes, [given.adjacency], given.adjacency, weighed=True)
    assert (weighed.acs, weighed.bytes) == (taken.acs + 4 / 4, taken.bytes + 8 * 4 / 4)


def test_trees_compare_on_every_level_and_add_a_leaf_each() -> None:
    counted = Arithmetic(acs=5.0, bytes=70.0)
    taken = of_boosting(counted, trees=6, comparisons=14.5, classes=3)
    assert taken == Arithmetic(acs=5 + 14.5 + 6 + 2, bytes=70.0)
    assert of_boosting(counted, trees=2, comparisons=4, classes=2).acs == 5 + 4 + 2 + 1


def drifting() -> Evidence:
    graph, features = random_graph(nodes=90, edges=400, steps=8)
    return Evidence(graph, features, stratified_split(graph, 0.5, val_share=0.1))


def test_the_way_down_a_tree_is_what_walking_it_takes() -> None:
    """Every training node is led down every tree by hand."""
    from neurograph.tasks.yardsticks import boosting

    given, kept = drifting(), []
    real = boosting._arithmetic

    def seen(evidence, model, classes):
        kept.append(model)
        return real(evidence, model, classes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "_arithmetic", seen)
        taken = label_count_boosting(given)[0].arithmetic
    (model,) = kept
    inputs = sp.hstack(list(boosting.counts(given))).toarray()[given.split.train]
    comparisons = trees = 0
    for together in model._predictors:
        for tree in together:
            trees += 1
            for row in inputs:
                at = tree.nodes[0]
                while not at["is_leaf"]:
                    left = row[at["feature_idx"]] <= at["num_threshold"]
                    at = tree.nodes[at["left"] if left else at["right"]]
                    comparisons += 1
    assert comparisons > trees * len(inputs), "trees of one leaf prove nothing"
    periods = list(boosting._periods(given.graph))
    assert len(periods) == 3
    counted = of_counts(given.votes, [given.adjacency, *periods], given.adjacency, weighed=True)
    wanted = of_boosting(counted, trees=trees, comparisons=comparisons / len(inputs), classes=3)
    assert taken.acs == pytest.approx(wanted.acs)
    assert taken.bytes == wanted.bytes


def test_logistic_regression_by_its_own_weights() -> None:
    given = drifting()
    assert given.features is not None
    width, steps = given.features.num_features, len(given.features.values)
    taken = logistic_regression(given)[0].arithmetic
    # mean and last of each feature, standardised, times three classes
    assert taken.macs == 2 * width * 3 + 2 * width
    assert taken.acs == (steps - 1) * width + 2
    assert taken.bytes == steps * width * 4


def test_of_binary_features_ones_alone_are_added() -> None:
    given = drifting()
    ones = (np.array(given.features.values[-1:]) > 0).astype(np.float32)
    binary = replace(given.features, values=ones, meta={**given.features.meta, "binary": True})
    taken = logistic_regression(replace(given, features=binary))[0].arithmetic
    width = binary.num_features
    assert taken.macs == 0
    assert taken.acs == pytest.approx(3 * ones.sum() / 90 + 2)
    assert taken.bytes == -(-width // 8)


def test_two_classes_have_one_output() -> None:
    given = drifting()
    both = np.flatnonzero(given.graph.labels < 2)
    split = replace(given.split, train=np.intersect1d(given.split.train, both))
    width = given.features.num_features
    taken = logistic_regression(replace(given, split=split))[0].arithmetic
    assert taken.macs == 2 * width + 2 * width
    assert of_logistic_regression(given.features, width, width, 1).acs == 1


def test_a_yardstick_says_what_it_takes_and_whether_it_hears_labels() -> None:
    given = drifting()
    found = NodeClassification().yardsticks(given.graph, given.features, given.split)
    hears = {one.name: one.hears_labels for one in found}
    assert [n for n, labels in hears.items() if not labels] == ["majority", "logistic-regression"]


def test_pairs_without_edges_take_the_look_up_alone() -> None:
    nobody = sp.csr_array((5, 5), dtype=np.float32)
    votes = sp.csr_array(np.eye(5, 2, dtype=np.float32))
    assert of_vote(nobody, votes) == Arithmetic(acs=1, bytes=BOUNDS)
    assert of_propagation(nobody, 2, 7) == Arithmetic(macs=14, acs=1, bytes=7 * BOUNDS)
