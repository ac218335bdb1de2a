"""Columns of files that are no plain text, and of folders."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.tables import NoRowsError, Table, join_tables, read_table

PAIR = np.array([[4, 7, 9], [7, 9, 4]])


def lists(found: Table) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in found.columns.items()}


def test_arrays_of_one_length_are_columns_and_all_else_is_beside(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    days = np.array(["2020-05-01", "2020-05-02", "2020-05-03"], "datetime64[D]")
    np.savez(path, u=PAIR[0], v=PAIR[1], day=days, y=np.arange(10), num_nodes=10, w=[0.5, 1, 2])
    found = read_table(path)
    assert list(found.columns) == ["u", "v", "day", "w"]
    assert found.columns["day"].dtype == "datetime64[ns]"
    assert sorted(found.beside) == ["num_nodes", "y"]


@pytest.mark.parametrize("name", ["edge_index", "edges"])
def test_an_array_of_edges_is_two_columns_whichever_way_it_lies(tmp_path: Path, name: str) -> None:
    path = tmp_path / "g.npz"
    edges = PAIR if name == "edge_index" else PAIR.T
    np.savez(path, **{name: edges}, edge_attr=np.ones((3, 2)), x=np.ones((10, 4)))
    found = read_table(path)
    assert lists(found)["source"] == [4, 7, 9]
    assert list(found.columns) == ["source", "target", "edge_attr_0", "edge_attr_1"]
    assert found.roles == {"source": "source", "target": "target"}
    assert list(found.beside) == ["x"]


def test_an_npy_has_its_columns_in_either_direction(tmp_path: Path) -> None:
    rows = np.arange(30).reshape(10, 3)
    for array in (rows, rows.T):
        np.save(tmp_path / "g.npy", array)
        assert lists(read_table(tmp_path / "g.npy"))["1"] == rows[:, 1].tolist()
    named = np.array([(1, 2.5), (3, 4.5)], [("a", "i4"), ("b", "f4")])
    np.save(tmp_path / "g.npy", named)
    assert lists(read_table(tmp_path / "g.npy")) == {"a": [1, 3], "b": [2.5, 4.5]}


def test_objects_in_an_npz_are_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "g.npz", u=PAIR[0], v=PAIR[1], label_names=np.array(["a", None], object))
    with pytest.raises(DataError, match="label_names holds Python objects"):
        read_table(tmp_path / "g.npz")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("g.npz", b"u,v\n1,2\n", "named .npz, which is a file of numpy, but it holds text"),
        ("g.csv", b"PAR1....", "named .csv, which is text, but it holds a Parquet file"),
        ("g.npy", b"\x80\x04\x95", "but it holds a pickle"),
        ("g.csv", b"\x1f\x8b\x08\xff", "packed by gzip; call it g.csv.gz"),
        ("g.csv.gz", b"u,v\n1,2\n", "not packed by gzip; take the ending .gz off"),
        ("g.csv", b"<!DOCTYPE html><html>404", "a web page"),
        ("g.graphml", b"<?xml version='1.0'?><!DOCTYPE a><graphml/>", "XML with <!DOCTYPE"),
        ("g.xlsx", b"PK\x03\x04" + bytes(22) + b"\x08\0\0\0xl/a.xml", "save the sheet as CSV"),
    ],
)
def test_a_file_of_another_kind_is_named(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / name)


def test_parquet_columns_of_any_kind(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    path = tmp_path / "g.parquet"
    noon = 1_588_334_400
    columns = {
        "who": pa.array(["a", "b"]).dictionary_encode(),
        "n": pa.array([5, None], pa.int64()),
        "when": pa.array([noon, noon + 1], pa.timestamp("s", tz="Europe/Paris")),
        "big": pa.array([2**63, 1], pa.uint64()),
    }
    pyarrow.parquet.write_table(pa.table(columns), path)
    found = lists(read_table(path))
    assert found["who"] == ["a", "b"]
    assert found["n"] == ["5", None]
    assert found["big"] == [str(2**63), "1"]
    assert read_table(path).columns["when"][0] == np.datetime64(noon, "s")
    pyarrow.parquet.write_table(pa.table({"u": [1], "w": [[1, 2]]}), path)
    with pytest.raises(DataError, match="column 'w': list"):
        read_table(path)


def test_files_of_networkx_give_edges_attributes_and_nodes(tmp_path: Path) -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.MultiDiGraph()
    graph.add_node("n1", team="red")
    graph.add_node("n2", team="blue")
    graph.add_edge("n1", "n2", time=70, weight=0.5)
    graph.add_edge("n2", "n1", time=80, weight=1.5)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    nx.write_gexf(graph, tmp_path / "g.gexf")
    nx.write_gml(graph, tmp_path / "g.gml")
    (tmp_path / "g.json").write_text(json.dumps(nx.node_link_data(graph)))
    for ending in ("graphml", "gexf", "gml", "json"):
        found = read_table(tmp_path / f"g.{ending}")
        columns = lists(found)
        assert columns["source"] == ["n1", "n2"], ending
        assert columns["time"] == [70, 80]
        assert columns["weight"] == [0.5, 1.5]
        assert found.roles == {"source": "source", "target": "target"}
        assert found.beside["directed"]
        assert lists(found.beside["nodes"])["team"] == ["red", "blue"]


def test_lists_of_neighbours_and_edges_with_dictionaries(tmp_path: Path) -> None:
    pytest.importorskip("networkx")
    (tmp_path / "g.adjlist").write_text("4 7 9\n9 7\n7\n")
    assert lists(read_table(tmp_path / "g.adjlist")) == {"source": [4, 4, 9], "target": [7, 9, 7]}
    path = tmp_path / "g.edgelist"
    path.write_text("4 7 {'time': 3}\n7 9 {}\n4 7 {'time': 5}\n")
    found = read_table(path)
    assert lists(found) == {"source": [4, 7, 4], "target": [7, 9, 7], "time": ["3", None, "5"]}
    assert found.where(2).endswith("line 3 ('4 7 {'time': 5}')")
    path.write_text("4 7 {'time': 3}\n7 9 {'time': f(4)}\n")
    with pytest.raises(DataError, match=r"line 2 .*needed two nodes and a dictionary"):
        read_table(path)


def test_a_folder_with_a_file_per_snapshot(tmp_path: Path) -> None:
    for year, rows in {"9": "4 7\n", "10": "", "11": "7 9\n9 4\n"}.items():
        (tmp_path / f"year{year}.txt").write_text(rows)
    (tmp_path / "README").write_text("about")
    found = read_table(tmp_path)
    assert lists(found) == {"0": [4, 7, 9], "1": [7, 9, 4], "snapshot": [9, 11, 11]}
    assert found.roles == {"time": "snapshot"}
    assert found.where(2).endswith("year11.txt, line 2 ('9 4')")
    assert found.notes == ("snapshots without edges: year10.txt", "not read: README")


def test_dates_in_names_are_the_times(tmp_path: Path) -> None:
    for day in ("2020-05-01", "2020-05-09"):
        (tmp_path / f"links_{day}.csv").write_text("u,v\n4,7\n")
    assert lists(read_table(tmp_path))["snapshot"] == ["2020-05-01", "2020-05-09"]


def test_a_folder_of_edges_and_nodes(tmp_path: Path) -> None:
    (tmp_path / "meta.yaml").write_text("dataset_name: x\n")
    (tmp_path / "edges.csv").write_text("src_id,dst_id\n4,7\n7,9\n")
    (tmp_path / "nodes.csv").write_text("node_id,label\n4,a\n7,b\n9,a\n")
    found = read_table(tmp_path)
    assert list(found.columns) == ["src_id", "dst_id"]
    assert lists(found.beside["nodes"])["label"] == ["a", "b", "a"]


def test_edges_at_the_time_of_their_nodes_as_elliptic_has_them(tmp_path: Path) -> None:
    (tmp_path / "txs_edgelist.csv").write_text("txId1,txId2\n400,700\n700,900\n")
    (tmp_path / "txs_classes.csv").write_text("txId,class\n400,1\n700,2\n900,unknown\n")
    (tmp_path / "txs_features.csv").write_text("400,1,0.5\n700,1,0.7\n900,2,0.1\n")
    found = read_table(tmp_path)
    assert lists(found)["time"] == [1, 2]
    assert found.layout == "elliptic"


def test_a_folder_that_is_none_of_these_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file in this folder"):
        read_table(tmp_path)
    (tmp_path / "graph.json").write_text("{}")
    with pytest.raises(DataError, match="a graph folder of NeuroGraph already"):
        read_table(tmp_path)


def test_tables_of_the_same_columns_are_joined(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("u,v,t\n4,7,1\n")
    (tmp_path / "b.csv").write_text("t,v,u\n2,x,y\n")
    (tmp_path / "c.csv").write_text("9,4,3\n")
    (tmp_path / "d.csv").write_text("u,v,w\n9,4,3\n")
    a, b, c, d = (read_table(tmp_path / f"{name}.csv") for name in "abcd")
    found = join_tables([a, b, c])
    assert lists(found) == {"u": ["4", "y", "9"], "v": ["7", "x", "4"], "t": [1, 2, 3]}
    assert found.where(1).endswith("b.csv, line 2 ('2,x,y')")
    with pytest.raises(DataError, match=r"d.csv has columns u, v, w, .*a.csv has u, v, t"):
        join_tables([a, d])


def test_a_doubt_about_one_file_is_one_about_all(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(f"player,mate\nana{name},bo\ncy{name},dee\n")
    tables = [read_table(tmp_path / f"{name}.csv") for name in "ab"]
    assert [what.split(":")[0] for what, _, _ in join_tables(tables).doubts] == [
        str(tmp_path / "a.csv"),
        str(tmp_path / "b.csv"),
    ]


def test_files_of_pytorch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from neurograph.models.torch_file import arrays_of

    def read(content: object) -> Table:
        torch.save(content, tmp_path / "g.pt")
        return read_table(tmp_path / "g.pt", readers={"torch": arrays_of})

    pair = torch.tensor(PAIR)
    found = read({"edge_index": pair, "y": torch.zeros(10), "num_nodes": 10})
    assert lists(found) == {"source": [4, 7, 9], "target": [7, 9, 4]}
    assert sorted(found.beside) == ["num_nodes", "y"]
    found = read([{"edge_index": pair, "x": torch.zeros(10, 2)}, {"edge_index": pair[:, :1]}])
    assert lists(found)["time"] == [0, 0, 0, 1]
    with pytest.raises(DataError, match="holds weights of a network"):
        read(torch.nn.Linear(2, 2).state_dict())
    with pytest.raises(DataError, match=r"objects of Python.*to_dict\(\)"):
        read(Path("x"))
    with pytest.raises(DataError, match=r"a PyTorch file; write its columns"):
        read_table(tmp_path / "g.pt")


DAMAGED = (
    *("g.csv", "g.csv.gz", "g.csv.xz", "g.zip", "g.npz", "g.npy", "g.parquet", "g.feather"),
    *("g.graphml", "g.gexf", "g.gml", "g.net", "g.adjlist", "g.json", "g.mtx", "g.edgelist"),
)


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_bytes_give_a_table_or_one_error(tmp_path: Path, name: str) -> None:
    generator = np.random.default_rng(3)
    starts = (b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00v\x00", b"PAR1", b"<?xml?><gexf", b"graph [")
    path = tmp_path / name
    for trial in range(30):
        letters = np.frombuffer(b'0123456789 ,;\t\n"#%{}[]<>ab\r\0\xff', np.uint8)
        noise = generator.choice(letters, generator.integers(1, 200)).tobytes()
        path.write_bytes(starts[trial % len(starts)] + noise)
        try:
            read_table(path).where(0)
        except DataError as error:
            assert str(path) in str(error)  # noqa: PT017


def test_a_file_cut_anywhere_gives_one_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "whole.npz", u=PAIR[0], v=PAIR[1])
    whole = (tmp_path / "whole.npz").read_bytes()
    for size in range(1, len(whole), 37):
        (tmp_path / "cut.npz").write_bytes(whole[:size])
        with pytest.raises(DataError):
            read_table(tmp_path / "cut.npz")
    (tmp_path / "cut.npz").write_bytes(b"")
    with pytest.raises(NoRowsError):
        read_table(tmp_path / "cut.npz")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "g.json")
    with pytest.raises(DataError, match=r"g.json: a pipe, needed a file"):
        read_table(tmp_path / "g.json")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        '{"nodes": [{"id": 1, "a": ' + "[" * 50_000 + "]" * 50_000 + '}], "links": []}',
        '{"source": 1, "target": 2}\n' + "[" * 50_000,
        '[{"source": 1, "target": ' + "9" * 5_000 + "}]",
        '[{"source": "\\ud800", "target": "b"}]',
        '{"source": 1, "target": 2}\n{"source": "\\ud800", "target": "b"}',
        '{"nodes": 1000000000000, "links": [{"source": 0, "target": 1}]}',
    ],
    ids=range(7),
)
def test_json_that_would_break_what_reads_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "g.json").write_text(text)
    with pytest.raises(DataError) as refused:
        read_table(tmp_path / "g.json")
    assert len(str(refused.value)) < 1000
