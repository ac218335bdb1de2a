"""Which class a node has, as people write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import DoubtError, Doubts
from neurograph.graphs.io.label_file import labels_of_beside, labels_of_rows, labels_of_table
from neurograph.graphs.io.label_list import LabelList
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.io.times import Times
from neurograph.graphs.tables import Table

Column = list[Any]


def table(named: bool = True, **columns: Column) -> Table:
    def array(values: Column) -> np.ndarray:
        texts = any(isinstance(value, str) or value is None for value in values)
        return np.array(values, object if texts else None)

    return Table(
        path=Path("l.csv"),
        columns={name.strip("_"): array(values) for name, values in columns.items()},
        named=named,
        where=lambda row: f"l.csv, line {row + 2}",
    )


def read(of: Table, *, settle: bool = True, **how: Any) -> LabelList:
    """Labels of a table; doubts are errors unless they are not settled."""
    doubts = Doubts(yes=not settle)
    found = labels_of_table(of, doubts=doubts, **how)
    doubts.settle()
    return found


def shown(found: LabelList) -> list[str | None]:
    return [None if k < 0 else found.names[k] for k in found.classes]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"node": [3, 1], "label": ["b", "a"]}, True),
        ({"txId": [3, 1], "class": ["b", "a"]}, True),
        ({"id": [3, 1], "dept": ["b", "a"]}, True),
        ({"anything": [3, 1], "whatever": ["b", "a"]}, True),
        ({"0": [3, 1], "1": ["b", "a"]}, False),
        ({"class": ["b", "a"], "id": [3, 1]}, True),
        ({"node": [3.0, 1.0], "label": ["b", "a"]}, True),
        ({"node": [3, 1], "label": ["b", "a"], "age": [40, 50]}, True),
    ],
)
def test_columns_are_found_by_name_or_place(columns: dict[str, Column], named: bool) -> None:
    found = read(table(named, **columns))
    assert found.ids is not None
    assert found.ids.tolist() == [3, 1]
    assert shown(found) == ["b", "a"]
    assert found.names == ("a", "b")


def test_two_named_columns_of_0_and_1_are_nodes_and_classes() -> None:
    found = read(table(node=[0, 1], label=[1, 0]))
    assert found.ids is not None
    assert found.ids.tolist() == [0, 1]
    assert shown(found) == ["1", "0"]


def test_columns_are_named_by_the_user() -> None:
    given = table(key=[3, 1], kind=["b", "a"], other=["x", "y"])
    for typed in ("node=key,label=kind", "key,kind", "node=0,label=1", "KEY,Kind", "label=kind"):
        found = read(given, columns=typed)
        assert shown(found) == ["b", "a"]
        assert found.notes[0] == "l.csv: not taken: column other"
    for typed, said in (
        ("node=key,label=sort", "l.csv: no column 'sort'; it has: key, kind, other"),
        ("node=key,class=kind", "'class' is none of node, label, time"),
        ("node=key", "--label-columns is 'node=key'; needed e.g. node=id,label=class"),
    ):
        with pytest.raises(DataError) as error:
            read(given, columns=typed)
        assert said in str(error.value)


@pytest.mark.parametrize(
    "none",
    [
        "unknown",
        "Unlabelled",
        "unlabeled",
        "nan",
        "NaN",
        "NA",
        "N/A",
        "None",
        "null",
        "-",
        "?",
        "-1",
        "-1.0",
        None,
    ],
)
def test_every_spelling_of_none_is_no_label(none: str | None) -> None:
    found = read(table(node=[1, 2, 3, 4], label=["5", none, "6", none]))
    assert shown(found) == ["5", None, "6", None]
    said = "without anything in the column of labels" if none is None else f"labelled '{none}'"
    assert f"2 rows are {said}: taken as no label" in found.notes


def test_numbers_are_classes_in_their_order_and_whole_floats_are_integers() -> None:
    assert read(table(node=[1, 2, 3], label=[10, 9, -1])).names == ("9", "10")
    floats = read(table(node=[1, 2, 3], label=[10.0, float("nan"), 9.0]))
    assert shown(floats) == ["10", None, "9"]
    texts = read(table(node=[1, 2, 3], label=["1.0", "2.0", "unknown"]))
    assert shown(texts) == ["1", "2", None]
    assert read(table(node=[1, 2], label=["1_0", "10"])).names == ("10", "1_0")
    assert read(table(node=[1, 2], label=[True, False])).names == ("False", "True")


@pytest.mark.parametrize(
    ("labels", "guess"),
    [
        (["none", "mild", "grave"], "no label"),
        (["-1", "1", "1"], "a class"),
        (["-", "+", "+"], "a class"),
        (["NA", "EU", "AS"], "a class"),
    ],
)
def test_words_that_may_be_a_class_are_asked(labels: list[str], guess: str) -> None:
    given = table(node=[1, 2, 3], label=labels)
    with pytest.raises(DoubtError, match=f"guess: it is {guess}"):
        read(given)
    kept = shown(read(given, settle=False))
    assert (kept[0] is None) == (guess == "no label")
    assert shown(read(given, unlabelled=("",)))[0] == labels[0]


def test_several_classes_in_one_cell_are_asked() -> None:
    given = table(node=[1, 2, 3, 4], label=["red|blue", "blue|green", "red", "green"])
    with pytest.raises(DoubtError, match=r"labels such as 'red\|blue', 'blue\|green' several cla"):
        read(given)
    read(table(node=[1, 2, 3], label=["Paris, north", "Paris, south", "Rome"]))


def test_the_user_says_what_no_label_is() -> None:
    given = table(node=[1, 2, 3], label=["low", "high", "unknown"])
    assert shown(read(given, unlabelled=("",))) == ["low", "high", "unknown"]
    assert shown(read(given, unlabelled=("low",))) == [None, "high", "unknown"]
    with pytest.raises(DataError, match=r"--unlabelled other: no such label; it has 'low', 'high'"):
        read(given, unlabelled=("other",))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"node": [1, 1, 2], "label": [5, 6, 6]},
            "l.csv, line 2: node 1 has class '5', and '6' in a later row; one class per node; "
            "several are not supported",
        ),
        (
            {"node": [1, 2], "c0": [0, 1], "c1": [1, 0]},
            "l.csv: 2 columns of 0 and 1 (c0, c1) are a class written one-hot; needed one column "
            "with the class; in pandas: frame.set_index('node').idxmax(axis=1)",
        ),
        (
            {"node": [1, 2], "c0": [1, 1], "c1": [1, 0]},
            "l.csv: 2 columns of 0 and 1 (c0, c1) name several classes of a node; one class per",
        ),
        ({"node": [1, 2], "label": ["x", "x"]}, "l.csv: every label is 'x'; a classifier needs"),
        ({"node": [1, 2], "label": ["?", "-1"]}, "l.csv: no node has a label; a classifier needs"),
        ({"node": [1, None], "label": ["x", "y"]}, "l.csv, line 3: no node in column 'node'"),
        ({"node": [1.0, 1.5], "label": ["x", "y"]}, "l.csv, line 3: node id '1.5' is no integer"),
        (
            {"node": list(range(30)), "label": [k / 7 for k in range(30)]},
            "l.csv: 30 different numbers with decimals as labels",
        ),
    ],
)
def test_what_is_no_class_is_refused(columns: dict[str, Column], message: str) -> None:
    with pytest.raises(DataError) as error:
        read(table(**columns), settle=False)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("named", "columns", "option"),
    [
        (True, {"node": [1, 2], "label": [0, 1], "label2": [1, 2]}, "node=node,label=label"),
        (True, {"node": [1, 2], "sort": ["a", "b"], "sex": ["F", "M"]}, "node=node,label=sort"),
        (False, {"0": [1, 2], "1": ["a", "b"], "2": ["F", "M"]}, "node=0,label=1"),
        (False, {"0": ["a", "a", "b"], "1": [7, 8, 9]}, "node=1,label=0"),
    ],
)
def test_a_class_in_one_of_several_columns_is_asked(
    named: bool, columns: dict[str, Column], option: str
) -> None:
    with pytest.raises(DoubtError, match=f"--label-columns {option}"):
        read(table(named, **columns))
    read(table(named, **columns), columns=option)  # and so it is settled


def test_labels_over_time_are_the_last_before_the_end() -> None:
    given = table(node=[1, 1, 2, 1], year=[2001, 2003, 2001, 2005], label=["a", "b", "b", "a"])
    last = read(given)
    assert last.ids is not None
    assert dict(zip(last.ids.tolist(), shown(last), strict=True)) == {1: "a", 2: "b"}
    assert last.notes[0] == "labels over time: the last one of each node until 2005 is taken"
    early = read(given, label_time="2004")
    assert shown(early) == ["b", "b"]
    assert "1 rows are later than 2004: not taken" in early.notes
    edges = Times(numbers=np.array([2000, 2003]), unit="year")
    assert shown(read(given, edge_times=edges)) == ["b", "b"]
    with pytest.raises(DataError, match="--label-time 2011-03-13: the labels have numbers"):
        read(given, label_time="2011-03-13")
    with pytest.raises(
        DataError, match=r"l.csv: no label is as early as that; the first is of 2001"
    ):
        read(given, label_time="1999")
    with pytest.raises(DataError, match="--label-time 3, but no column is a time"):
        read(table(node=[1, 2], label=["a", "b"]), label_time="3")


def test_one_label_per_row_is_of_the_nodes_in_their_order() -> None:
    found = read(table(False, _0_=["a", "b", "a", "?"]))
    assert found.ids is None
    edges = NodeNames.of(np.array([0, 2]), np.array([1, 1]))
    nodes = found.nodes_beside(edges, Doubts())
    assert nodes.tolist() == [0, 1, 2, 3]
    assert found.on(NodeNames.of(nodes)).values.tolist() == [0, 1, 0, -1]
    for ids in ([1, 4], ["x", "y"]):
        other = NodeNames.of(np.array(ids, object if isinstance(ids[0], str) else None))
        with pytest.raises(DataError, match=r"l.csv: 4 labels without ids, one per row, are of no"):
            found.nodes_beside(other, Doubts())


def test_labels_find_their_nodes() -> None:
    found = read(table(node=["30", "10.0", "50"], label=["a", "b", "a"]))
    edges = NodeNames.of(np.array([10, 20, 30]))
    nodes = found.nodes_beside(edges, Doubts())
    assert nodes.tolist() == [30, 10, 50]
    assert found.notes_beside(edges) == (
        "1 labelled node has no edge",
        "1 node with edges has no row in l.csv",
    )
    labels = found.on(NodeNames.of(edges.ids, nodes))
    assert labels.values.tolist() == [1, -1, 0, 0]


def test_labels_of_other_nodes_are_refused() -> None:
    found = read(table(node=["x1", "x2"], label=["a", "b"]))
    with pytest.raises(DataError) as error:
        found.nodes_beside(NodeNames.of(np.array([10, 20])), Doubts())
    assert str(error.value).startswith(
        "l.csv: none of its 2 nodes ('x1', 'x2') has an edge; the edges have '10', '20'"
    )
    mixed = read(table(node=["10", "total"], label=["a", "b"]))
    with pytest.raises(DataError, match=r"l.csv, line 3: node 'total' is no integer, as the ids"):
        mixed.nodes_beside(NodeNames.of(np.array([10, 20])), Doubts())
    doubts = Doubts()
    many = read(table(node=list(range(50)), label=["a", "b"] * 25))
    many.nodes_beside(NodeNames.of(np.array([3, 900])), doubts)
    assert "1 of its 50 nodes have an edge" in doubts.found[0].what


def test_ids_that_count_from_another_number_are_asked() -> None:
    doubts, edges = Doubts(), NodeNames.of(np.arange(4))
    found = read(table(node=[1, 2, 3, 4], label=["a", "b", "a", "b"]))
    found.nodes_beside(edges, doubts)
    (doubt,) = doubts.found
    assert "its nodes are 1 to 4, those of the edges 0 to 3; does one of them count" in doubt.what
    assert doubt.guess == "the ids are alike, and 4 has no edge"
    alike = Doubts()
    read(table(node=[3, 0, 1, 2], label=["a", "b", "a", "b"])).nodes_beside(edges, alike)
    assert alike.found == []


def test_classes_of_one_node_are_told() -> None:
    found = read(table(node=[1, 2, 3], label=["a", "a", "b"]))
    assert found.notes == ("class 'b' has one node only; it cannot be both learnt and scored",)


def test_classes_in_the_rows_of_edges() -> None:
    found = labels_of_rows(
        "e.txt",
        *(np.array([1, 1, 2]), np.array([2, 3, 1])),
        *(np.array(["x", "x", "y"], object), np.array(["y", "y", "y"], object)),
        where=lambda row: f"e.txt, line {row + 1}",
        doubts=Doubts(),
    )
    assert found.ids is not None
    assert dict(zip(found.ids.tolist(), shown(found), strict=True)) == {1: "x", 2: "y", 3: "y"}
    assert found.notes[0] == (
        "1 nodes have several classes in the rows of e.txt; the more frequent one is taken "
        "(node 1: 'x' 2 times, 'y' 1 times)"
    )


def test_classes_of_an_archive() -> None:
    def of(y: Any, **beside: Any) -> LabelList:
        found = labels_of_beside({"y": np.array(y), **beside}, what="g.npz", doubts=Doubts())
        assert found is not None
        return found

    assert labels_of_beside({}, what="g.npz", doubts=Doubts()) is None
    assert shown(of([0, 1, -1])) == ["0", "1", None]
    assert shown(of([2.0, np.nan, 1.0])) == ["2", None, "1"]
    assert shown(of([[0], [1]])) == ["0", "1"]
    assert shown(of(["x", "unknown", "y"])) == ["x", None, "y"]
    named = of([1, 0, -1], label_names=np.array(["b", "a", "never"]))
    assert shown(named) == ["a", "b", None]
    assert named.names == ("b", "a", "never")
    for y, said in (
        ([[0, 1], [1, 0]], "g.npz: 2 columns of 0 and 1 (y[:, 0], y[:, 1]) are a class written"),
        ([[5, 1], [1, 0]], "g.npz: y is int64(2, 2); needed one class per node"),
    ):
        with pytest.raises(DataError) as error:
            of(y)
        assert str(error.value).startswith(said)
    with pytest.raises(DataError, match=r"g.npz: y\[1\] is 7; label_names has 2"):
        of([0, 7, 1], label_names=np.array(["a", "b"]))
