"""Frames, networkx graphs and PyTorch Geometric's objects as tables."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.convert.column import objects_column, series_column
from neurograph.graphs.convert.frames import frame_table
from neurograph.graphs.convert.network_table import network_table
from neurograph.graphs.convert.once import stands_both_ways
from neurograph.graphs.convert.pyg_table import pyg_table
from neurograph.graphs.io.doubts import DoubtError


def row(number: int) -> str:
    return f"row {number}"


SERIES: list[tuple[Any, str, list[Any]]] = [
    (pd.Series([3, 1], dtype="int16"), "int64", [3, 1]),
    (pd.Series([3, 1], dtype="Int64"), "int64", [3, 1]),
    (pd.Series([3, None], dtype="Int64"), "object", ["3", None]),
    (pd.Series([2**64 - 1], dtype="uint64"), "object", ["18446744073709551615"]),
    (pd.Series([0.5, None]), "float64", [0.5, np.nan]),
    (pd.Series([0.5], dtype="Float32"), "float64", [0.5]),
    (pd.Series([True, False]), "bool", [True, False]),
    (pd.Series(["oak", None]), "object", ["oak", None]),
    (pd.Series(["oak", None], dtype="string"), "object", ["oak", None]),
    (pd.Series(["oak", "elm"], dtype="category"), "object", ["oak", "elm"]),
    (pd.Series([7, 9], dtype="category"), "int64", [7, 9]),
    (pd.Series([7, "oak", None], dtype=object), "object", ["7", "oak", None]),
    (pd.Series([10**30, 1], dtype=object), "object", [str(10**30), "1"]),
    (pd.Series([Decimal("0.5"), None], dtype=object), "float64", [0.5, np.nan]),
    (pd.to_timedelta(pd.Series(["90s"])), "float64", [90.0]),
]


@pytest.mark.parametrize(("series", "kind", "values"), SERIES)
def test_a_series_becomes_a_column(series: Any, kind: str, values: list[Any]) -> None:
    found = series_column(series, row)
    assert found.dtype.name == kind
    np.testing.assert_array_equal(found, np.array(values, found.dtype))


@pytest.mark.parametrize(
    "series",
    [
        pd.to_datetime(pd.Series(["2020-05-01 02:00+02:00"])),
        pd.to_datetime(pd.Series(["2020-05-01"])),
        pd.Series(pd.PeriodIndex(["2020-05"], freq="M")),
        pd.Series([date(2020, 5, 1)], dtype=object),
        pd.Series([datetime(2020, 5, 1, tzinfo=timezone.utc)], dtype=object),
    ],
)
def test_times_are_in_utc(series: Any) -> None:
    assert series_column(series, row) == np.array(["2020-05-01"], "datetime64[ns]")
    assert series_column(series, row).dtype == "datetime64[ns]"


def test_a_list_is_no_value() -> None:
    with pytest.raises(DataError, match=r"row 1: a list; needed a number, a text or a time"):
        objects_column([1, [2, 3]], row)


def test_a_frame_keeps_its_names_and_says_where_a_row_is() -> None:
    frame = pd.DataFrame({"from": ["a", "b"], "to": ["b", "c"], "day": [4, 9]})
    table = frame_table(frame)
    assert table.named
    assert list(table.columns) == ["from", "to", "day"]
    assert table.where(1) == "the frame of edges, row 1 (from=b, to=c, day=9)"
    assert table.notes == ()
    assert not frame_table(pd.DataFrame([[0, 1], [1, 2]])).named


def test_an_index_is_not_dropped_in_silence() -> None:
    frame = pd.DataFrame({"u": [0, 1], "v": [1, 2]}, index=[2010, 2011])
    assert "its index is not taken; frame.reset_index()" in frame_table(frame).notes[0]


def test_labels_may_be_a_frame_or_a_series() -> None:
    edges = pd.DataFrame({"u": ["a"], "v": ["b"]})
    frame = pd.DataFrame({"node": ["a", "b"], "label": ["x", "y"], "part": ["train", None]})
    nodes = frame_table(edges, nodes=frame).beside["nodes"]
    assert {name: x.tolist() for name, x in nodes.columns.items()} == {
        "node": ["a", "b"],
        "label": ["x", "y"],
        "part": ["train", None],
    }
    nodes = frame_table(edges, nodes=pd.Series({"a": 1, "b": 2})).beside["nodes"]
    assert nodes.columns["node"].tolist() == ["a", "b"]
    assert nodes.columns["label"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame([[1, 2]], columns=["u", "u"]), "two columns are called 'u'"),
        (pd.DataFrame({"u": [], "v": []}), "no rows"),
        (np.zeros((3, 2)), "is a ndarray; needed a pandas DataFrame"),
        (pd.DataFrame({"u": [1], "v": [{}]}), r"row 0 \(u=1, v={}\): a dict"),
    ],
)
def test_a_frame_that_is_none_is_refused(frame: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        frame_table(frame)


def guild() -> Any:
    nx = pytest.importorskip("networkx")
    graph = nx.Graph(name="guild")
    graph.add_node("ann", label="smith", age=40)
    graph.add_node("loner", label="miller")
    graph.add_edge("ann", "bo", time=3, weight=2.5, path=[1, 2])
    graph.add_edge("bo", "cy", time=5)
    return graph


def test_a_networkx_graph_names_its_own_columns() -> None:
    table = network_table(guild())
    assert dict(table.roles) == {"source": "u", "target": "v", "time": "time", "weight": "weight"}
    assert table.columns["u"].tolist() == ["ann", "bo"]
    assert table.columns["time"].tolist() == [3, 5]
    assert table.columns["weight"].tolist() == [2.5, 1.0]
    nodes = table.beside["nodes"]
    assert nodes.columns["node"].tolist() == ["ann", "loner", "bo", "cy"]
    assert nodes.columns["label"].tolist() == ["smith", "miller", None, None]
    assert dict(nodes.roles) == {"node": "node", "label": "label"}
    assert table.notes == (
        "networkx Graph guild: attribute 'path' of edges holds several values each: not taken",
        "networkx Graph guild: 1 edges have no 'weight': each counts 1",
        "networkx Graph guild: attributes of nodes not taken: age",
    )
    assert table.where(0).startswith("networkx Graph guild, edge 'ann' - 'bo' {'time': 3")


def test_attributes_are_chosen_by_name() -> None:
    table = network_table(guild(), time="weight", weight=None, label="age")
    assert dict(table.roles) == {"source": "u", "target": "v", "time": "weight"}
    assert table.beside["nodes"].columns.keys() == {"node", "age"}
    with pytest.raises(DataError, match="no edges have the attribute 'when'; there are: time, w"):
        network_table(guild(), time="when")
    with pytest.raises(DataError, match="no nodes have the attribute 'trade'"):
        network_table(guild(), label="trade")


def test_nodes_are_integers_or_their_texts() -> None:
    nx = pytest.importorskip("networkx")
    assert network_table(nx.path_graph(3)).columns["v"].tolist() == [1, 2]
    grid = network_table(nx.grid_2d_graph(1, 2))
    assert grid.columns["u"].tolist() == ["(0, 0)"]
    with pytest.raises(DataError, match="nodes 1 and '1' have the same text"):
        network_table(nx.Graph([(1, "1")]))
    with pytest.raises(DataError, match="4 nodes and no edge"):
        network_table(nx.empty_graph(4))


def test_directed_and_parallel_edges_are_rows() -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.MultiDiGraph()
    graph.add_edges_from([(0, 1, {"time": 1}), (0, 1, {"time": 2}), (1, 0, {"source": "log"})])
    table = network_table(graph)
    assert len(table) == 3
    assert table.columns["source (attribute)"].tolist() == [None, None, "log"]
    assert dict(table.roles) == {n: n for n in ("source", "target", "time")}


class Tensor:
    """What is asked of a tensor of PyTorch."""

    def __init__(self, values: Any, kind: str = "int64") -> None:
        self.values = np.asarray(values, kind)
        self.dtype = f"torch.{kind}"

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> np.ndarray:
        return self.values


class Data:
    """As torch_geometric's Data and TemporalData: attributes, and all of them by `to_dict`."""

    def __init__(self, **tensors: Any) -> None:
        self.__dict__ |= tensors

    def to_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


def wanted(table: Any, *names: str) -> list[Any]:
    return [table.columns[name].tolist() for name in names]


def test_data_has_edges_once_and_its_nodes_beside() -> None:
    data = Data(
        edge_index=Tensor([[0, 1, 1, 2], [1, 0, 2, 1]]),
        edge_weight=Tensor([2, 2, 5, 5], "float32"),
        x=Tensor(np.zeros((4, 7)), "float32"),
        y=Tensor([[0], [1], [-1], [1]]),
        train_mask=Tensor([1, 0, 0, 0], "bool"),
        pos=None,
    )
    table = pyg_table(data)
    assert wanted(table, "u", "v", "weight") == [[0, 1], [1, 2], [2, 5]]
    assert dict(table.roles) == {"source": "u", "target": "v", "weight": "weight"}
    assert table.beside["y"].tolist() == [0, 1, -1, 1]
    assert table.beside["num_nodes"] == 4
    assert table.beside["train"].tolist() == [True, False, False, False]
    assert table.notes[0].startswith("Data: x (4, 7), features of nodes: not taken")


def test_temporal_data_has_events() -> None:
    data = Data(
        src=Tensor([0, 1, 0]),
        dst=Tensor([5, 5, 1]),
        t=Tensor([10, 20, 30]),
        msg=Tensor(np.ones((3, 4)), "float32"),
        y=Tensor([0, 0, 1]),
    )
    table = pyg_table(data)
    assert wanted(table, "source", "target", "time") == [[0, 1, 0], [5, 5, 1], [10, 20, 30]]
    assert dict(table.beside) == {}
    assert table.notes == (
        "Data: msg (3, 4), features of edges: not taken",
        "Data: not taken: y",
    )


def test_a_dictionary_does_as_well() -> None:
    given = {"edge_index": np.array([[0, 2], [1, 0]]), "t": [5, 6], "node_id": ["a", "b", "c"]}
    table = pyg_table(given | {"num_nodes": 3})
    assert wanted(table, "source", "target", "time") == [[0, 2], [1, 0], [5, 6]]
    assert table.beside["node_id"].tolist() == ["a", "b", "c"]


def test_snapshots_follow_each_other() -> None:
    months = [
        Data(edge_index=Tensor([[0, 1], [1, 2]]), num_nodes=4, y=Tensor([0, 0, 1, -1])),
        Data(edge_index=Tensor(np.zeros((2, 0))), num_nodes=4),
        Data(edge_index=Tensor([[3], [0]]), num_nodes=4, y=Tensor([1, -1, 1, 0])),
    ]
    table = pyg_table(months)
    assert wanted(table, "source", "target", "time") == [[0, 1, 3], [1, 2, 0], [0, 0, 2]]
    assert table.beside["y"].tolist() == [1, 0, 1, 0]
    assert table.beside["num_nodes"] == 4
    assert table.notes == (
        "snapshots without edges: 1",
        "1 nodes change their class: the last is taken",
    )


def test_snapshots_may_number_their_nodes_anew() -> None:
    weeks = [
        Data(edge_index=Tensor([[0], [1]]), node_id=["b", "d"], y=Tensor([1, 0]), t=Tensor(7)),
        Data(
            edge_index=Tensor([[0, 1], [2, 2]]),
            node_id=["d", "a", "c"],
            y=Tensor([0, 1, 1]),
            t=Tensor([9]),
        ),
    ]
    table = pyg_table(weeks)
    assert table.beside["node_id"].tolist() == ["a", "b", "c", "d"]
    assert wanted(table, "source", "target", "time") == [[1, 3, 0], [3, 2, 2], [7, 9, 9]]
    assert table.beside["y"].tolist() == [1, 1, 1, 0]


def test_unlike_snapshots_are_doubted() -> None:
    grown = [Data(edge_index=Tensor([[0], [1]]), num_nodes=n) for n in (2, 5)]
    with pytest.raises(DoubtError, match="snapshots have 2 to 5 nodes; is node 3 the same in all"):
        pyg_table(grown)
    table = pyg_table(grown, yes=True)
    assert table.beside["num_nodes"] == 5
    assert "the same number is the same node" in table.notes[0]


EDGE = Tensor([[0, 1], [1, 2]])
BAD: list[tuple[Any, str]] = [
    (Data(x=Tensor([[1.0]], "float32")), "no edges; needed edge_index"),
    (Data(adj_t="sparse", edge_index=None), r"data.edge_index = torch.stack\(data.adj_t.coo"),
    (Data(edge_index=Tensor([0, 1])), r"edge_index \(2,\); needed \(2, E\)"),
    (Data(edge_index=Tensor([[0.5], [1]], "float32")), "edges of float32; needed integers"),
    (Data(edge_index=Tensor([[-1], [1]])), "node -1; nodes count from 0"),
    (Data(edge_index=Tensor(np.zeros((2, 0)))), r"no edges, edge_index is \(2, 0\)"),
    (Data(edge_index=EDGE, num_nodes=2), "an edge of node 2, and 2 nodes"),
    (Data(edge_index=EDGE, t=Tensor([1, 2, 3])), r"t int64\(3,\); needed \(2,\)"),
    (Data(edge_index=EDGE, y=Tensor([[0, 1], [1, 0], [1, 1]])), "one class per node"),
    (Data(edge_index=EDGE, y=Tensor([0.5, 1, 2], "float32")), r"y\[0\] is 0.5; needed classes"),
    (Data(edge_index=EDGE, num_nodes=5, y=Tensor([0, 1, 2])), r"y \(3,\); needed \(5,\)"),
    (Data(edge_index=EDGE, train_mask=Tensor(np.ones((3, 10)), "bool")), "10 splits; choose one"),
    (Data(edge_index=EDGE, num_nodes=3, train_mask=Tensor([0, 1])), "needed bool"),
    (Data(edge_index=EDGE, node_id=["a", "a", "b"]), "an id twice"),
    (Data(edge_index={"a": EDGE}), r"several kinds of nodes or edges; .*to_homogeneous"),
    ([], "a list without snapshots"),
    (7, "int: needed a Data"),
    ([Data(edge_index=EDGE), Data(edge_index=EDGE, t=Tensor([1, 1]))], "some snapshots have a ti"),
    ([Data(edge_index=EDGE), Data(edge_index=EDGE, node_id=["a", "b", "c"])], "have node_id"),
]


@pytest.mark.parametrize(("data", "said"), BAD)
def test_what_cannot_be_a_graph_is_refused(data: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        pyg_table(data)


def test_one_of_several_splits_is_chosen() -> None:
    masks = Tensor([[1, 0], [0, 1], [0, 0]], "bool")
    data = Data(edge_index=EDGE, train_mask=masks)
    assert pyg_table(data, split=1).beside["train"].tolist() == [False, True, False]
    with pytest.raises(DataError, match="split is 2; train_mask has 0 to 1"):
        pyg_table(data, split=2)


@pytest.mark.parametrize(
    ("source", "target", "time", "both"),
    [
        ([0, 1, 1, 2], [1, 0, 2, 1], [5, 5, 6, 6], True),
        ([0, 1, 1, 2], [1, 0, 2, 1], [5, 4, 6, 6], False),
        ([0, 1, 1, 2, 2], [1, 0, 2, 1, 2], [5, 5, 6, 6, 7], True),  # a self loop beside
        ([0, 1, 1], [1, 0, 2], [5, 5, 6], False),
        ([0, 0, 1], [1, 1, 0], [5, 5, 5], False),
        ([3], [3], [1], False),
    ],
)
def test_an_edge_may_stand_there_both_ways(
    source: list[int], target: list[int], time: list[int], both: bool
) -> None:
    columns = (np.array(values) for values in (source, target, time))
    u, v, t = columns
    assert stands_both_ways(u, v, [t]) is both
