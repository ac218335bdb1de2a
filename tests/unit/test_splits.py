import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph, TimedNeighbours
from neurograph.graphs.splits import Split, dealt_split, stratified_split
from neurograph.tasks import DEFAULT, find_task, split_nodes


def graph_of(labels):
    labels = np.asarray(labels)
    none = np.zeros(0, np.int64)
    lists = TimedNeighbours.from_pairs(none, none, none, len(labels), 1)
    names = tuple("abcdefghij"[: labels.max() + 1])
    return TemporalGraph(
        cumulative=lists, fresh=lists, labels=labels, label_names=names, meta={"name": "toy"}
    )


def test_dblp_split_is_the_authors(data_dir):
    """The authors' own calls on DBLP's labels, for their 40 % and 60 %."""
    labels = np.load(data_dir / "dblp" / "dblp.npz")["y"]
    for share, sizes in ((0.4, (9829, 1405, 16851)), (0.6, (15446, 1405, 11234))):
        test_size, train_size, val_size = 1 - share, share - 0.05, 0.05
        rest, test = train_test_split(
            np.arange(len(labels)),
            train_size=train_size + val_size,
            test_size=test_size,
            random_state=42,
            stratify=labels,
        )
        train, val = train_test_split(
            rest,
            train_size=train_size / (train_size + val_size),
            random_state=42,
            stratify=labels[rest],
        )
        split = stratified_split(graph_of(labels), share)
        assert (len(split.train), len(split.val), len(split.test)) == sizes
        for got, want in ((split.train, train), (split.val, val), (split.test, test)):
            np.testing.assert_array_equal(got, np.sort(want))


test_dblp_split_is_the_authors = pytest.mark.data(test_dblp_split_is_the_authors)


def test_parts_cover_the_labelled_nodes_once_and_keep_the_balance():
    labels = np.random.default_rng(0).choice([-1, 0, 1, 2], 2000, p=[0.2, 0.5, 0.2, 0.1])
    split = stratified_split(graph_of(labels), 0.3, val_share=0.1, seed=7)
    assert split.name == "stratified-30-seed7"
    together = np.concatenate([split.train, split.val, split.test])
    np.testing.assert_array_equal(np.sort(together), np.flatnonzero(labels >= 0))
    known = np.bincount(labels[labels >= 0])
    for part, share in ((split.train, 0.2), (split.val, 0.1), (split.test, 0.7)):
        np.testing.assert_allclose(np.bincount(labels[part]), share * known, atol=2)


def test_a_split_depends_on_its_seed_alone():
    graph = graph_of(np.arange(300) % 3)
    one, same, other = (stratified_split(graph, seed=s).test.tolist() for s in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([-1] * 20, "graph 'toy': no node has a label; training needs labels"),
        (
            [0] * 20 + [-1] * 5,
            "graph 'toy': all 20 labelled nodes are of class 'a'; "
            "training needs at least 2 classes",
        ),
        (
            [0] * 30 + [1],
            "graph 'toy': class 'b' is too small to stratify, 1 of its nodes is left to divide "
            "and 2 are needed; remove its labels, or train on a larger share",
        ),
        (
            [0] * 100 + [1] * 3,
            "graph 'toy': class 'b' is too small to stratify, 1 of its nodes is left to divide "
            "and 2 are needed; remove its labels, or train on a larger share",
        ),
        (
            np.arange(40) % 8,
            "graph 'toy': 16 labelled nodes of 8 classes cannot be stratified (The test_size = 2 "
            "should be greater or equal to the number of classes = 8); label more nodes, or train "
            "on a larger share",
        ),
    ],
)
def test_labels_that_cannot_be_split(labels, message):
    with pytest.raises(DataError) as error:
        stratified_split(graph_of(labels))
    assert str(error.value) == message


@pytest.mark.parametrize(("train", "val"), [(0.4, 0.4), (0.0, 0.0), (1.0, 0.05), (0.4, -0.1)])
def test_shares_out_of_range(train, val):
    with pytest.raises(DataError) as error:
        stratified_split(graph_of(np.arange(90) % 3), train, val_share=val)
    assert str(error.value) == (
        f"shares: train {train:g}, of it validation {val:g}; needed 0 < validation < train < 1"
    )


def test_a_node_in_two_parts_is_refused():
    with pytest.raises(DataError, match="split 'mine': a node is in two of its parts"):
        Split(name="mine", train=np.array([1, 2]), val=np.array([3]), test=np.array([2]))


@pytest.mark.parametrize("labels", [[0] * 30 + [1], [0] * 100 + [1] * 3, np.arange(40) % 8])
def test_classes_too_small_to_stratify_are_dealt_out(labels):
    graph = graph_of(labels)
    split = dealt_split(graph)
    everyone = np.concatenate([split.train, split.val, split.test])
    assert sorted(everyone) == list(range(graph.num_nodes))
    assert set(graph.labels[split.train]) == set(graph.labels)
    assert len(split.val) >= 1
    assert (len(split.train) + len(split.val)) / graph.num_nodes == pytest.approx(0.4, abs=0.05)
    again, other = dealt_split(graph), dealt_split(graph, seed=1)
    assert again.sha256 == split.sha256 != other.sha256


def test_dealing_needs_a_node_for_every_part():
    with pytest.raises(DataError, match="3 labelled nodes of 3 classes are too few"):
        dealt_split(graph_of([0, 1, 2]))
    with pytest.raises(DataError, match="no node has a label"):
        dealt_split(graph_of([-1] * 3))


def test_auto_deals_where_stratifying_fails_and_stratified_does_not():
    graph, shares = graph_of([0] * 30 + [1]), {"train_share": 0.4, "val_share": 0.05}
    settings = {**shares, "split_seed": 42}
    task = find_task(DEFAULT)
    assert split_nodes(task, graph, {**settings, "split": "auto"}).name == "dealt-40-seed42"
    with pytest.raises(DataError, match="too small to stratify"):
        split_nodes(task, graph, {**settings, "split": "stratified"})
    enough = graph_of(np.arange(90) % 3)
    assert split_nodes(task, enough, settings).name == "stratified-40-seed42"
