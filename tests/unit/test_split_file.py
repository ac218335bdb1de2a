"""Splits that come with a graph or in a file, and splits by time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, StoreError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.io.doubts import DoubtError, Doubts
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.io.split_file import Parts, named_parts, part_of_arrays, read_split
from neurograph.graphs.io.split_folder import load_split, save_split
from neurograph.graphs.splits import source_split, stratified_split, time_split
from neurograph.tasks import find_task, split_nodes

TEXT = NodeNames(np.array(["ant", "bee", "cow", "dog", "elk"]))
NUMBERS = NodeNames(np.array([10, 20, 30, 40, 50]))
SETTINGS = {"train_share": 0.4, "val_share": 0.1, "split_seed": 7}


def graph(nodes: int = 40, part: Array | None = None, steps: int = 8) -> TemporalGraph:
    """A path whose nodes appear in their order, the last one with no edge."""
    u = np.arange(nodes - 2)
    return assemble(
        *(u, u + 1, u * steps // nodes),
        num_nodes=nodes,
        num_steps=steps,
        labels=(np.arange(nodes) // 2 % 2).astype(np.int16),
        label_names=("a", "b"),
        meta={"name": "path", "split": "planet"},
        part=part,
    )


def read(path: Path, text: str, names: NodeNames = TEXT, *, yes: bool = False) -> Parts:
    path.write_text(text)
    doubts = Doubts(yes=yes)
    found = read_split(path, names, doubts=doubts)
    doubts.settle()
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("node,part\nant,train\nbee,train\ncow,val\ndog,test\n", TEXT),
        ("id,split\nant,Train\nbee,training\ncow,dev\ndog,TEST\nelk,none\n", TEXT),
        ("ant train\nbee train\ncow valid\ndog test\n", TEXT),
        ("part,node\ntrain,10\ntrain,20\nvalidation,30\ntest,40\n", NUMBERS),
        ("10\ttrain\n20\ttrain\n30\tval\n40\ttest\n", NUMBERS),
        ("node,train,val,test\n10,1,0,0\n20,1,0,0\n30,0,1,0\n40,0,0,1\n50,0,0,0\n", NUMBERS),
        ("train_mask,val_mask,test_mask\n1,0,0\n1,0,0\n0,1,0\n0,0,1\n0,0,0\n", NUMBERS),
        ("part\ntrain\ntrain\nval\ntest\nunused\n", TEXT),
    ],
)
def test_tables_of_parts(tmp_path: Path, text: str, names: NodeNames) -> None:
    found = read(tmp_path / "s.csv", text, names)
    assert found.part.tolist() == [0, 0, 1, 2, -1]
    assert found.name.startswith("s.csv-")
    assert found.notes[-1] == f"{tmp_path / 's.csv'}: 1 of 5 nodes are in no part"


@pytest.mark.parametrize(
    "arrays",
    [
        {"train": [10, 20], "val": [30], "test": [40]},
        {"train_idx": [0, 1], "valid_idx": [2], "test_idx": [3]},
        {
            f"{name}_mask": (np.array([0, 0, 1, 2, 3]) == number).tolist()
            for number, name in enumerate(("train", "val", "test"))
        },
        {"idx_train": [1, 1, 0, 0, 0], "idx_val": [0, 0, 1, 0, 0], "idx_test": [0, 0, 0, 1, 0]},
    ],
)
def test_archives_of_parts(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "s.npz", other=np.zeros(3), **{k: np.array(v) for k, v in arrays.items()})
    found = read_split(tmp_path / "s.npz", NUMBERS, doubts=Doubts())
    assert found.part.tolist() == [0, 0, 1, 2, -1]


def test_arrays_that_are_no_split() -> None:
    arrays = {"u": np.arange(3), "test_index_order": np.arange(3)}
    assert part_of_arrays(arrays, NUMBERS, what="g.npz", doubts=Doubts()) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("node,part\nant,train\ncat,test\n", "line 3 ('cat,test'): node 'cat' is not in the graph"),
        ("node,part\nant,train\nbee,tset\n", "line 3 ('bee,tset'): 'tset' is no part; needed a t"),
        ("node,part\nant,train\nbee,val\n", "s.csv: part test is empty (train 1, val 1, test 0);"),
        ("node,part\nant,train\nant,test\n", "line 2 ('ant,train'): node ant is in another part"),
        ("part\ntrain\ntest\n", "s.csv: 2 rows without ids, one per node, and the graph has 5"),
        ("node,train,test\nant,1,0\nbee,1,1\n", "s.csv: node bee is in train and in test"),
        ("node,train,test\nant,3,0\nbee,1,1\n", "s.csv: column train is a part, and has more than"),
    ],
)
def test_bad_tables_of_parts(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path / "s.csv", text)
    assert message in str(error.value)


def test_bad_archives_of_parts(tmp_path: Path) -> None:
    for arrays, message in (
        ({"train": [10], "test": [10]}, "node 10 is in train and in test"),
        ({"train": [10], "test": [70]}, "s.npz, test: node '70' is not in the graph"),
        ({"train": [True], "test": [False]}, "s.npz, train: a mask of 1 nodes, the graph has 5"),
        ({"train": [10], "train_idx": [20], "test": [30]}, "arrays train and train_idx are of one"),
        ({"a": [10]}, "s.npz: it holds a; needed a table of node,part"),
    ):
        np.savez(tmp_path / "s.npz", **{k: np.array(v) for k, v in arrays.items()})
        with pytest.raises(DataError) as error:
            read_split(tmp_path / "s.npz", NUMBERS, doubts=Doubts())
        assert message in str(error.value)


def test_parts_as_numbers_are_asked(tmp_path: Path) -> None:
    text = "node,part\nant,0\nbee,0\ncow,1\ndog,2\n"
    with pytest.raises(DoubtError, match="0 is train, 1 is val, 2 is test"):
        read(tmp_path / "s.csv", text)
    assert read(tmp_path / "s.csv", text, yes=True).part.tolist() == [0, 0, 1, 2, -1]


def test_validation_is_taken_from_train_where_there_is_none() -> None:
    part = np.repeat(np.array([0, 2], np.int8), 20)
    notes = named_parts(part, "s.csv", "s.csv").notes
    assert notes == ("s.csv: no part val; validation nodes are taken from train",)
    split = source_split(graph(part=part), val_share=0.1, seed=7)
    assert split.name == "planet, validation taken from train (seed 7)"
    assert len(split.val) == 4
    assert np.union1d(split.train, split.val).tolist() == list(range(20))
    assert split.test.tolist() == list(range(20, 40))
    assert set(graph().labels[split.val].tolist()) == {0, 1}


def test_a_graph_with_a_split_is_split_so_unless_asked_otherwise() -> None:
    task, part = find_task("node-classification"), np.arange(40) % 3
    bare, brought = graph(), graph(part=part)
    stratified = stratified_split(bare, 0.4, val_share=0.1, seed=7)
    for of, settings in (
        (bare, SETTINGS),  # as manifests of 0.1 are
        (bare, {**SETTINGS, "split": "auto"}),
        (brought, {**SETTINGS, "split": "stratified"}),
    ):
        found = split_nodes(task, of, settings)
        assert (found.name, found.sha256) == (stratified.name, stratified.sha256)
    for kind in ("auto", "source"):
        found = split_nodes(task, brought, {**SETTINGS, "split": kind})
        assert found.name == "planet"
        assert found.test.tolist() == np.flatnonzero(part == 2).tolist()
    with pytest.raises(DataError, match="graph 'path' brings no split; give one with --split FILE"):
        split_nodes(task, bare, {**SETTINGS, "split": "source"})


def test_a_split_by_time_tests_on_nodes_that_come_later() -> None:
    of = graph()
    split = split_nodes(find_task("node-classification"), of, {**SETTINGS, "split": "time"})
    assert split.name == "time-40-seed7"
    first = (of.cumulative.before[1:] > 0).argmax(axis=0)
    assert first[split.train].max() <= first[split.val].min()
    assert first[split.val].max() <= first[split.test].min()
    together = np.concatenate([split.train, split.val, split.test])
    assert sorted(together.tolist()) == list(range(39))  # the last one has no edge
    with pytest.raises(DataError, match="all have their first edge in one step"):
        time_split(graph(steps=1), of.labels >= 0, 0.4, val_share=0.1, seed=7)


def test_a_kept_split_is_read_back_and_checked(tmp_path: Path) -> None:
    split = stratified_split(graph(), 0.4, val_share=0.1)
    save_split(split, tmp_path)
    found = load_split(tmp_path, split.sha256)
    assert (found.name, found.sha256) == (split.name, split.sha256)
    for spoil in (lambda path: path.write_bytes(b"PK"), lambda path: path.unlink()):
        spoil(tmp_path / "split.npz")
        with pytest.raises(StoreError, match="damaged"):
            load_split(tmp_path, split.sha256)
    save_split(stratified_split(graph(), 0.5, val_share=0.1), tmp_path)
    with pytest.raises(StoreError, match="not the split of this training any more"):
        load_split(tmp_path, split.sha256)


@pytest.mark.parametrize(
    "content",
    [
        {"train": ["ant", "bee"], "valid": ["cow"], "test": ["dog"]},
        {"ant": "train", "bee": "train", "cow": "val", "dog": "test"},
    ],
)
def test_a_split_may_be_an_object_of_json(tmp_path: Path, content: Any) -> None:
    (tmp_path / "s.json").write_text(json.dumps(content))
    found = read_split(tmp_path / "s.json", TEXT, doubts=Doubts())
    assert found.part.tolist() == [0, 0, 1, 2, -1]


def test_a_first_line_without_a_node_is_a_header(tmp_path: Path) -> None:
    found = read(tmp_path / "s.csv", "Tier;Teil\nant;train\nbee;train\ncow;val\ndog;test\n")
    assert found.part.tolist() == [0, 0, 1, 2, -1]
    assert read(tmp_path / "s.csv", "ant,train\nbee,val\ncow,test\n").part[:3].tolist() == [0, 1, 2]


def test_folds_are_no_parts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="4 different numbers; folds say no part"):
        read(tmp_path / "s.csv", "node,fold\nant,0\nbee,1\ncow,2\ndog,3\n")


@pytest.mark.parametrize("names", [TEXT, NUMBERS])
def test_rows_without_ids_are_said_to_be_in_the_order_of_the_ids(
    tmp_path: Path, names: NodeNames
) -> None:
    masks = {"train_mask": [1, 1, 0, 0, 0], "test_mask": [0, 0, 0, 1, 1]}
    np.savez(tmp_path / "s.npz", **{key: np.array(x, bool) for key, x in masks.items()})
    told = f"in the order of the nodes' own: {names.ids[0]}, {names.ids[1]}, ..."
    assert told in read_split(tmp_path / "s.npz", names, doubts=Doubts()).notes[0]
    found = read(tmp_path / "s.csv", "part\ntrain\ntrain\nval\ntest\ntest\n", names)
    assert told in found.notes[0]
    plain = read(tmp_path / "s.csv", "part\ntrain\ntest\n", NodeNames(np.arange(2)))
    assert not any("order" in note for note in plain.notes)
