"""Which nodes a name, or a file of ids, stands for; and several draws of the trees of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import DataError, RunError
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.graphs.splits import Split
from neurograph.tasks import NodeClassification
from neurograph.testing.graphs import random_graph
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.trees import Trees

WITHOUT = [1, 5, 8, 13]  # no label


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Twenty nodes called n000, n010, ...; four of them without a label."""
    graph, features = random_graph(nodes=20, edges=60)
    labels = graph.labels.copy()
    labels[WITHOUT] = -1
    ids = np.array([f"n{10 * n:03d}" for n in range(20)])
    graph = replace(graph, labels=labels, ids=ids)
    known = np.flatnonzero(labels >= 0)
    split = Split(name="mine", train=known[:6], val=known[6:8], test=known[8:])
    meta = {**features.meta, "graph_sha256": graph.sha256}
    return Dataset(graph, replace(features, meta=meta), split, NodeClassification())


def test_all_are_all_and_unlabelled_are_the_rest(dataset: Dataset):
    assert dataset.nodes("all").tolist() == list(range(20))
    assert dataset.nodes("unlabelled").tolist() == WITHOUT
    np.testing.assert_array_equal(dataset.nodes("test"), dataset.split.test)
    assert len(dataset.nodes("all", 7)) == 7


def test_it_is_said_how_many_are_scored_and_trained_on(dataset: Dataset):
    every = dataset.nodes("all")
    told = dataset.told(every, "all")
    assert told == "16 of 20 have a label and are scored, 6 of them trained on"
    assert dataset.told(dataset.split.test, "test") == ""
    assert dataset.told(dataset.split.train, "train") == ""
    assert dataset.told(np.array(WITHOUT), "unlabelled") == "0 of 4 have a label and are scored"


def test_no_node_without_a_label(dataset: Dataset):
    labelled = replace(dataset, graph=replace(dataset.graph, labels=np.zeros(20, int)))
    with pytest.raises(
        RunError, match="every node of graph 'random' has a label; all of them: --nodes all"
    ):
        labelled.nodes("unlabelled")


def test_a_name_that_is_neither_a_set_nor_a_file(dataset: Dataset):
    with pytest.raises(RunError, match="no node set 'tset', and no such file; known: train, val"):
        dataset.nodes("tset")


@pytest.mark.parametrize(
    "text",
    ["n030\nn010\nn190\n", "node\nn030\nn010\nn190\n", "class,node\na,n030\nb,n010\nc,n190\n"],
)
def test_a_file_of_ids_in_its_own_order(dataset: Dataset, tmp_path: Path, text: str):
    path = tmp_path / "wanted.csv"
    path.write_text(text)
    assert dataset.nodes(str(path)).tolist() == [3, 1, 19]


def test_an_id_that_is_there_twice_counts_once_and_is_said(dataset: Dataset, tmp_path: Path):
    path, said = tmp_path / "wanted.txt", []
    path.write_text("n030\nn010\nn030\n")
    assert dataset.nodes(str(path), say=said.append).tolist() == [3, 1]
    assert said == [f"{path}: 1 of its 3 ids are there before; each node counts once"]


def test_unknown_ids_are_named_in_one_error(dataset: Dataset, tmp_path: Path):
    path = tmp_path / "wanted.txt"
    path.write_text("n030\n3\nN010\n3\n")
    with pytest.raises(
        DataError, match=r"2 ids are of no node .*'3', 'N010'; its ids are like 'n000', 'n010'"
    ):
        dataset.nodes(str(path))


def test_columns_of_which_none_is_of_nodes(dataset: Dataset, tmp_path: Path):
    path = tmp_path / "wanted.csv"
    path.write_text("who,score\nn030,0.5\nn010,0.25\n")
    with pytest.raises(DataError, match="which of the columns who, score holds the ids of nodes"):
        dataset.nodes(str(path))


def test_names_with_blanks_one_per_line(dataset: Dataset, tmp_path: Path):
    ids = np.array([f"Room {n}{' of wing B' * (n % 2)}" for n in range(20)])
    named = replace(dataset, graph=replace(dataset.graph, ids=ids))
    path = tmp_path / "wanted.txt"
    path.write_text("Room 3 of wing B\nRoom 18\nRoom 1 of wing B\n")
    assert named.nodes(str(path)).tolist() == [3, 18, 1]


def test_a_row_without_an_id(dataset: Dataset, tmp_path: Path):
    path = tmp_path / "wanted.csv"
    path.write_text("node,score\nn030,0.5\n,0.25\n")
    with pytest.raises(DataError, match=r"line 3.*needed the id of a node, found none"):
        dataset.nodes(str(path))


def test_ids_instead_of_a_file(dataset: Dataset):
    assert dataset.nodes(["n190", "n000"]).tolist() == [19, 0]
    with pytest.raises(DataError, match="nodes: 1 id is of no node of graph 'random': 'n005'"):
        dataset.nodes(np.array(["n190", "n005"]))
    with pytest.raises(RunError, match="nodes: no ids"):
        dataset.nodes([])


def test_ids_that_are_numbers(dataset: Dataset, tmp_path: Path):
    numbered = replace(dataset, graph=replace(dataset.graph, ids=np.arange(20) * 7 - 3))
    path = tmp_path / "wanted.txt"
    path.write_text("18\n-3\n")
    assert numbered.nodes(str(path)).tolist() == [3, 0]


def test_a_part_of_the_rows_may_be_of_several_draws(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    spec, nodes = TreeSpec(fanouts=(3, 2)), np.array([4, 17, 9])
    trees = Trees(dataset=dataset, nodes=nodes, spec=spec, draws=4, seed=8)
    drawn = [sample(dataset.graph, nodes, spec, seed=8, draw=draw) for draw in range(4)]
    assert not np.array_equal(drawn[0], drawn[1])
    assert len(trees) == 12
    assert trees.rows.tolist() == [4, 17, 9] * 4
    whole = np.concatenate(drawn)
    for size in (1, 2, 3, 5, 12, 20):
        monkeypatch.setattr("neurograph.workflow.trees.CHUNK", size)
        parts = [trees.slots(part) for part in trees.parts()]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    inputs = trees.inputs(slice(2, 10))["x"]
    wanted = dataset.inputs(nodes[1:2], spec, seed=8, draw=2)["x"]
    np.testing.assert_array_equal(inputs[5:6], wanted)
    np.testing.assert_array_equal(
        trees.inputs(slice(5, 8))["x"][:1], dataset.inputs(nodes[2:], spec, seed=8, draw=1)["x"]
    )
