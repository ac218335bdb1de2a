"""Yardsticks: what each answers, what none of them may see, and the file that keeps them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from neurograph.core.errors import DataError, StoreError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.splits import Split, stratified_split
from neurograph.tasks import NodeClassification
from neurograph.tasks.yardsticks import Yardstick
from neurograph.tasks.yardsticks.boosting import counts
from neurograph.tasks.yardsticks.drawn import drawn, told
from neurograph.tasks.yardsticks.evidence import Evidence
from neurograph.tasks.yardsticks.logistic import Inputs, logistic_regression
from neurograph.tasks.yardsticks.measure import measure
from neurograph.tasks.yardsticks.measured import load_yardsticks
from neurograph.tasks.yardsticks.packed import pack, unpack
from neurograph.tasks.yardsticks.propagation import label_propagation, spread
from neurograph.tasks.yardsticks.votes import majority, neighbour_vote, weighted_vote
from neurograph.testing.graphs import random_graph

TASK = NodeClassification()


def graph_of(edges, labels, *, steps: int = 1, weight=None) -> TemporalGraph:
    """Edges as (u, v, step)."""
    u, v, step = np.array(edges).T
    return assemble(
        u,
        v,
        step,
        num_nodes=len(labels),
        num_steps=steps,
        labels=np.array(labels, np.int16),
        label_names=("oak", "elm", "ash"),
        meta={"name": "trees"},
        weight=None if weight is None else np.array(weight, np.float64),
    )


def parts(train, val, test) -> Split:
    return Split(name="by hand", train=np.array(train), val=np.array(val), test=np.array(test))


def answer(method, evidence: Evidence):
    """The classes ``(N,)`` by the first of its settings."""
    return method(evidence)[0].classes


# nodes 0, 1, 2 are trained on: oak, elm, elm
STAR = [(3, 0, 0), (3, 1, 0), (3, 0, 1), (4, 3, 1), (5, 2, 0)]


def test_votes_by_hand() -> None:
    graph = graph_of(STAR, [0, 1, 1, 0, 0, 2, 1], steps=2)
    evidence = Evidence(graph, None, parts([0, 1, 2], [3], [4, 5, 6]))
    assert answer(majority, evidence).tolist() == [1] * 7
    # 3: one oak, one elm, a tie for the majority; 4: no known neighbour; 6: none at all
    assert answer(neighbour_vote, evidence)[3:].tolist() == [1, 1, 1, 1]
    # the pair (3, 0) met in two snapshots
    assert answer(weighted_vote, evidence)[3:].tolist() == [0, 1, 1, 1]


def test_edge_weights_decide_a_weighted_vote() -> None:
    edges = [(3, 0, 0), (3, 1, 0), (3, 2, 0)]
    graph = graph_of(edges, [0, 1, 1, 0], weight=[5, 2, 2])
    evidence = Evidence(graph, None, parts([0, 1, 2], [3], []))
    assert answer(neighbour_vote, evidence)[3] == 1
    assert answer(weighted_vote, evidence)[3] == 0


def test_pairs_that_weigh_the_same_are_voted_on_once() -> None:
    graph = graph_of([(0, 1, 0), (1, 2, 1)], [0, 1, 2], steps=2)
    assert weighted_vote(Evidence(graph, None, parts([0], [1], [2]))) == []
    names = [of.name for of in TASK.yardsticks(graph, None, parts([0, 1], [], [2]))]
    assert names == [
        "majority",
        "neighbour-vote",
        "label-propagation",
        "boosting-on-label-counts",
    ]


def test_propagation_reaches_further_than_a_vote() -> None:
    path = [(n, n + 1, 0) for n in range(5)] + [(6, 7, 0)]
    graph = graph_of(path, [0, 0, 0, 1, 1, 1, 1, 1])
    evidence = Evidence(graph, None, parts([0, 5, 6], [1], [2, 3, 4, 7]))
    assert answer(neighbour_vote, evidence)[2] == 1  # the majority
    assert answer(label_propagation, evidence).tolist() == [0, 0, 0, 1, 1, 1, 1, 1]


def test_spreading_is_the_series_that_it_is_said_to_be() -> None:
    graph, _ = random_graph()
    evidence = Evidence(graph, None, stratified_split(graph))
    near, votes = evidence.adjacency, evidence.votes.toarray()
    dense, expected = near.toarray() / 9, votes
    for _ in range(4):
        expected = 0.7 * dense @ expected + 0.3 * votes
    found = spread(near * np.float32(1 / 9), votes, 0.7, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def drifting() -> tuple[TemporalGraph, object, Split]:
    graph, features = random_graph(nodes=90, edges=400, steps=8)
    return graph, features, stratified_split(graph, 0.5, val_share=0.1)


def test_classes_of_test_nodes_are_looked_at_by_none() -> None:
    graph, features, split = drifting()
    labels = graph.labels.copy()
    labels[split.test] = (labels[split.test] + 1) % 3
    other = replace(graph, labels=labels)
    before = list(TASK.yardsticks(graph, features, split))
    after = list(TASK.yardsticks(other, features, split))
    assert len(before) == 7
    for one, same in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.outputs, same.outputs, err_msg=one.name)
        assert one.chosen == same.chosen


def test_classes_of_validation_nodes_are_no_votes() -> None:
    graph, _, split = drifting()
    labels = graph.labels.copy()
    labels[split.val] = (labels[split.val] + 1) % 3
    for method in (majority, neighbour_vote, weighted_vote):
        found = answer(method, Evidence(graph, None, split))
        changed = answer(method, Evidence(replace(graph, labels=labels), None, split))
        np.testing.assert_array_equal(found, changed)


def test_a_training_nodes_own_class_is_not_in_its_counts() -> None:
    graph, _, split = drifting()
    labels, node = graph.labels.copy(), split.train[0]
    labels[node] = (labels[node] + 1) % 3
    found = []
    for of in (graph, replace(graph, labels=labels)):
        evidence = Evidence(of, None, split)
        vars(evidence)["ranked"] = np.arange(3)  # so that columns are in one order
        found.append(np.hstack([x.toarray() for x in counts(evidence)]))
    before, after = found
    np.testing.assert_array_equal(before[node], after[node])
    assert (before != after).any(), "its neighbours see it"


def test_counts_of_two_steps_by_hand() -> None:
    # 0 - 1 - 2, and 0 - 3 - 2: from 0 two ways to 2, two ways back
    graph = graph_of([(0, 1, 0), (1, 2, 0), (0, 3, 0), (3, 2, 0)], [0, 1, 1, 2])
    evidence = Evidence(graph, None, parts([0, 1, 2], [3], []))
    once, degree, twice = (x.toarray() for x in counts(evidence))
    assert evidence.ranked.tolist() == [1, 0, 2]
    assert once[0].tolist() == [1, 0, 0]
    assert degree.ravel().tolist() == [2, 2, 2, 2]
    assert twice[0].tolist() == [2, 0, 0]


def test_logistic_regression_reads_features_and_boosting_edges() -> None:
    graph, features, split = drifting()
    score = {
        of.name: TASK.score(of.outputs[split.test], graph.labels[split.test])["micro_f1"]
        for of in TASK.yardsticks(graph, features, split)
    }
    assert score["logistic-regression"] > 0.9, "features reveal the classes"
    assert score["boosting-on-label-counts"] < 0.6, "edges are drawn by lot"


def test_features_of_one_constant_column_and_of_huge_values() -> None:
    graph, features, split = drifting()
    values = np.array(features.values)
    values[..., 0], values[..., 1] = 3.0, values[..., 1] * 1e25
    found = {o.name: o for o in TASK.yardsticks(graph, replace(features, values=values), split)}
    assert found["logistic-regression"].chosen.startswith("C ")


def test_features_that_hold_for_all_steps_are_read_once() -> None:
    graph, features, split = drifting()
    last = np.array(features.values[-1:])
    view = replace(features, values=np.broadcast_to(last, features.values.shape))
    once, held = (
        logistic_regression(Evidence(graph, replace(features, values=values), split))
        for values in (last, view.values)
    )
    for one, same in zip(once, held, strict=True):
        np.testing.assert_array_equal(one.classes, same.classes)


def test_binary_features_are_read_as_they_are() -> None:
    _, features, split = drifting()
    ones = (np.array(features.values[-1:]) > 0).astype(np.float32)
    binary = replace(features, values=ones, meta={**features.meta, "binary": True})
    np.testing.assert_array_equal(
        Inputs.of(binary, split.train).read(split.test), ones[0, split.test]
    )
    standardised = Inputs.of(replace(binary, meta={}), split.train).read(split.train)
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-6)


def test_training_nodes_of_one_class_leave_out_what_has_to_be_fitted() -> None:
    graph, features, _ = drifting()
    ones = np.flatnonzero(graph.labels == 1)
    split = parts(ones[:9], [0, 2], np.flatnonzero(graph.labels == 0)[3:])
    names = [of.name for of in TASK.yardsticks(graph, features, split)]
    assert "logistic-regression" not in names
    assert "boosting-on-label-counts" not in names
    assert "label-propagation" in names


def test_a_class_that_no_training_node_has_is_never_an_answer() -> None:
    graph, features, split = drifting()
    some = split.train[graph.labels[split.train] != 2]
    for of in TASK.yardsticks(graph, features, replace(split, train=some)):
        assert not of.outputs[:, 2].any()
        assert of.outputs.sum(axis=1).tolist() == [1] * 90


def test_scores_are_those_of_scikit_learn_and_come_out_again_the_same() -> None:
    graph, features, split = drifting()
    found, again = (measure(TASK, graph, features, split) for _ in range(2))
    for one, same in zip(found.measured, again.measured, strict=True):
        assert one.packed == same.packed
        for part in ("val", "test"):
            nodes = getattr(split, part)
            answers = one.outputs[nodes].argmax(axis=1)
            for average in ("micro", "macro"):
                expected = f1_score(graph.labels[nodes], answers, average=average)
                assert one.scores[part][f"{average}_f1"] == pytest.approx(expected, abs=1e-12)
    assert found.count == {"train": 36, "val": 9, "test": 45}


class TestFolds:
    """Training and validation nodes, left out in turn, choose where validation nodes are few."""

    @pytest.fixture
    def folded(self):
        graph, features, split = drifting()
        nodes = np.sort(np.concatenate([split.train, split.val]))
        part = np.arange(len(nodes)) % 3
        folds = [replace(split, train=nodes[part != n], val=nodes[part == n]) for n in (2, 0, 1)]
        return graph, features, split, nodes, folds

    def test_each_node_is_answered_by_what_was_fitted_without_it(self, folded) -> None:
        graph, features, split, nodes, folds = folded
        whole = replace(split, train=nodes, val=nodes[:0])
        voted = {of.name: of for of in TASK.yardsticks(graph, features, whole, folds)}
        assert len(voted) == 7
        found = voted["neighbour-vote"].val_outputs
        for fold in folds:
            of = next(o for o in TASK.yardsticks(graph, None, fold) if o.name == "neighbour-vote")
            np.testing.assert_array_equal(found[np.isin(nodes, fold.val)], of.outputs[fold.val])

    def test_all_of_them_are_fitted_on_in_the_end(self, folded) -> None:
        graph, features, split, nodes, folds = folded
        found = measure(TASK, graph, features, split, folds=folds)
        assert found.count == {"train": 45, "val": 45, "test": 45}
        assert found.folds == 3
        vote = answer(neighbour_vote, Evidence(graph, None, replace(split, train=nodes, val=[])))
        by_name = {one.name: one for one in found.measured}
        np.testing.assert_array_equal(by_name["neighbour-vote"].outputs.argmax(axis=1), vote)
        right = 0
        for fold in folds:
            best = answer(majority, Evidence(graph, None, fold))[0]
            right += np.count_nonzero(graph.labels[fold.val] == best)
        assert by_name["majority"].scores["val"]["micro_f1"] == pytest.approx(right / 45)

    def test_the_setting_is_right_about_most_nodes_of_all_folds(self, folded) -> None:
        graph, features, split, _, folds = folded
        right = np.zeros(4)
        for fold in folds:
            found = logistic_regression(Evidence(graph, features, fold))
            right += [(of.classes[fold.val] == graph.labels[fold.val]).sum() for of in found]
        measured = measure(TASK, graph, features, split, folds=folds).measured
        (one,) = (of for of in measured if of.name == "logistic-regression")
        assert one.chosen == found[right.argmax()].setting
        assert one.scores["val"]["micro_f1"] == pytest.approx(right.max() / 45)


def test_the_better_ones_come_best_first() -> None:
    graph, features, split = drifting()
    found = measure(TASK, graph, features, split)
    score = {one.name: one.scores["test"]["micro_f1"] for one in found.measured}
    middle = sorted(score.values())[3]
    better = [score[one.name] for one in found.above(middle, "test")]
    assert better == sorted((s for s in score.values() if s > middle), reverse=True)
    assert found.above(1.0, "test") == []


def test_many_nodes_are_drawn_from_and_few_are_not() -> None:
    nodes = np.arange(0, 9000, 3)
    assert drawn(nodes, 1e9) is nodes
    some = drawn(nodes, 5)
    assert len(np.unique(some)) == 1000
    assert set(some) <= set(nodes)
    np.testing.assert_array_equal(some, drawn(nodes, 5))
    assert told(some, nodes) == "1,000 of 3,000 training nodes"
    assert told(nodes, nodes) == ""


@pytest.fixture(scope="module")
def written() -> str:
    return json.dumps(measure(TASK, *drifting()).to_dict())


@pytest.fixture
def path(written: str, tmp_path: Path) -> Path:
    path = tmp_path / "yardsticks.json"
    path.write_text(written)
    return path


class TestFile:
    def test_it_comes_back(self, path: Path) -> None:
        found, made = load_yardsticks(path), measure(TASK, *drifting())
        assert [one.scores for one in found.measured] == [one.scores for one in made.measured]
        for one, same in zip(found.measured, made.measured, strict=True):
            np.testing.assert_array_equal(one.outputs, same.outputs)

    def test_what_it_takes_comes_back(self, path: Path) -> None:
        found, made = load_yardsticks(path), measure(TASK, *drifting())
        assert [x.arithmetic for x in found.measured] == [x.arithmetic for x in made.measured]
        assert [x.hears_labels for x in found.measured] == [x.hears_labels for x in made.measured]

    def test_one_of_the_first_schema_does_not_know_what_it_takes(self, path: Path) -> None:
        tree = json.loads(path.read_text())
        tree["schema_version"] = 1
        for one in tree["measured"]:
            del one["arithmetic"], one["hears_labels"]
        path.write_text(json.dumps(tree))
        assert {x.arithmetic for x in load_yardsticks(path).measured} == {None}

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda tree: tree["measured"][1].update(arithmetic={"macs": 1, "x": 2}), "damaged"),
            (lambda tree: tree["measured"][1]["arithmetic"].update(macs=-1), "macs"),
            (lambda tree: tree["measured"][1]["arithmetic"].update(acs="7"), "damaged"),
            (lambda tree: tree.pop("kind"), "not neurograph yardsticks"),
            (lambda tree: tree.update(schema_version=9), "schema 9, this neurograph reads 1 to 2"),
            (lambda tree: tree.pop("split"), "split"),
            (lambda tree: tree.update(task="juggling"), "no task 'juggling'"),
            (lambda tree: tree.update(measured=7), "damaged"),
            (lambda tree: tree["measured"][0].pop("title"), "title"),
            (lambda tree: tree["measured"][0].update(scores={}), "damaged"),
            (lambda tree: tree["measured"][0]["scores"]["val"].update(micro_f1=1.5), "1.5"),
            (lambda tree: tree["measured"][0]["scores"]["val"].update(micro_f1="a"), "damaged"),
            (lambda tree: tree["measured"][0]["scores"]["val"].pop("macro_f1"), "has others"),
            (lambda tree: tree["measured"][0]["packed"].update(dtype="object"), "dtype"),
            (lambda tree: tree["measured"][0]["packed"].update(shape=[2, 2]), "bytes"),
            (lambda tree: tree["measured"][0]["packed"].update(shape=[-1, 3]), "shape"),
            (lambda tree: tree["measured"][0]["packed"].update(shape=[10**12, 3]), "bytes"),
            (lambda tree: tree["measured"][0]["packed"].update(deflated="AAAA"), "damaged"),
            (lambda tree: tree["measured"][0]["packed"].update(deflated="*"), "damaged"),
            (lambda tree: tree["measured"][0]["packed"].update(deflated=5), "damaged"),
        ],
    )
    def test_a_damaged_one_is_refused(self, path: Path, change, said: str) -> None:
        tree = json.loads(path.read_text())
        change(tree)
        path.write_text(json.dumps(tree))
        with pytest.raises(StoreError, match="run: neurograph baseline runs/x") as refused:
            load_yardsticks(path, "neurograph baseline runs/x")
        assert said in str(refused.value)

    @pytest.mark.parametrize("text", ["", "[]", "{", "null", '"\udcff"'])
    def test_another_file_is_refused(self, path: Path, text: str) -> None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(StoreError, match="run: neurograph baseline"):
            load_yardsticks(path)

    def test_none_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="no such file"):
            load_yardsticks(tmp_path / "yardsticks.json")


@pytest.mark.parametrize(
    "array",
    [
        np.eye(3, dtype=np.int8),
        np.arange(6, dtype=np.float32).reshape(3, 2) / 7,
        np.zeros((0, 4), np.int64),
        np.arange(6, dtype=">i4").reshape(2, 3).T,
    ],
)
def test_an_array_comes_back_from_json(array) -> None:
    found = unpack(json.loads(json.dumps(pack(array))))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")


@pytest.mark.parametrize("outputs", [np.zeros(3), np.array([["a"]]), np.array([[np.nan]])])
def test_outputs_are_finite_numbers_a_row_per_node(outputs) -> None:
    with pytest.raises(DataError, match="yardstick guess"):
        Yardstick(name="guess", title="a guess", outputs=outputs, val_outputs=np.eye(2))
