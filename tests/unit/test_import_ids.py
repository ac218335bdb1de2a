"""A node is a name: ids of any kind, gaps, two kinds of nodes, nodes without edges, weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.io import import_edges, info, load_graph, save_graph

NAMED = "source,target,time\nada,bob,0\nbob,cleo,0\ncleo,ada,1\n"


@pytest.fixture
def write(tmp_path: Path):
    def to_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (NAMED, ["ada", "bob", "cleo"]),
        ("u,v,t\n7,900,0\n900,-3,0\n", [-3, 7, 900]),
        ("u,v,t\n7.0,900.0,0\n900.0,3.0,0\n", [3, 7, 900]),
        ("u,v,t\n9007199254740993,1,0\n9007199254740992,1,0\n", None),
        ("u,v,t\n99999999999999999999,b,0\nb,c,0\n", ["99999999999999999999", "b", "c"]),
        ("u,v,t\n1,x,0\n2,y,0\n", ["1", "2", "x", "y"]),
        ("u,v,t\n007,7,0\n7,08,0\n", ["007", "08", "7"]),
    ],
)
def test_ids_stay_what_they_are(write, text: str, ids: list[object] | None) -> None:
    graph = import_edges(write("e.csv", text))
    if ids is None:
        ids = [1, 9007199254740992, 9007199254740993]
    assert graph.node_ids.tolist() == ids


def test_ids_go_with_the_graph_and_labels_find_them(write, tmp_path: Path) -> None:
    labels = write("l.csv", "node,label\ncleo,x\nada,y\nzoe,x\n")
    graph = import_edges(str(write("e.csv", NAMED)), labels=str(labels))
    save_graph(graph, str(tmp_path / "g"))
    again = load_graph(str(tmp_path / "g"))
    assert again.node_ids.tolist() == ["ada", "bob", "cleo", "zoe"]  # zoe has a label, no edge
    assert [again.label_names[k] if k >= 0 else None for k in again.labels] == ["y", None, "x", "x"]
    assert info(again)["ids"] == {"kind": "text", "examples": ["ada", "bob", "cleo"]}
    assert info(again)["isolated_nodes"] == 1


def test_gaps_make_no_ghosts(write) -> None:
    sparse = import_edges(write("a.txt", "10 30 0\n30 70 0\n70 10 1\n"))
    dense = import_edges(write("b.txt", "0 1 0\n1 2 0\n2 0 1\n"))
    assert (sparse.num_nodes, dense.ids) == (3, None)
    assert (sparse.adjacency(1) != dense.adjacency(1)).nnz == 0


def test_two_kinds_of_nodes_stay_apart(write) -> None:
    rows = "user_id,item_id,timestamp\n0,0,1\n1,0,2\n1,1,3\n"
    graph = import_edges(write("e.csv", rows), static=True)
    assert graph.node_ids.tolist() == ["item:0", "item:1", "user:0", "user:1"]
    assert graph.meta["two_kinds"] == ["user", "item"]
    assert any("--no-bipartite" in note for note in graph.meta["notes"])
    one = import_edges(write("e.csv", rows), static=True, bipartite=False)
    assert one.num_nodes == 2
    plain = import_edges(write("f.csv", "u,v\n0,0\n1,0\n1,1\n"), bipartite=True)
    assert plain.node_ids.tolist() == ["u:0", "u:1", "v:0", "v:1"]
    apart = import_edges(write("g.csv", "user_id,item_id\n0,10\n1,10\n"))
    assert apart.node_ids.tolist() == [0, 1, 10]  # no id is of both kinds: they stay as they are


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('u,v,t\na,b,0\n a,b ,1\n"a ",c,1\n', None),
        ("u,v,t\nx,28,0\ny,28.0,0\nz,c,0\n", "ids '28' and '28.0'"),
        ("u,v,t\n28.0,7,0\nx,28,0\n", "ids '28' and '28.0'"),
        ("u,v,t\nx,caf\u00e9,0\ny,cafe\u0301,0\n", "would become one node"),
        ("u,v,t\na,,0\na,b,0\n", "line 2 ('a,,0'): no node id in column 'v'"),
    ],
)
def test_ids_that_would_become_one(write, text: str, reason: str | None) -> None:
    path = write("e.csv", text)
    if reason is None:  # blanks around a name are the file's, not the node's
        assert import_edges(path).node_ids.tolist() == ["a", "b", "c"]
        return
    with pytest.raises(DataError) as error:
        import_edges(path)
    assert reason in str(error.value)


def test_nodes_without_edges(write) -> None:
    edges = write("e.csv", NAMED)
    listed = import_edges(edges, nodes=write("n.csv", "age,node\n3,dora\n4,ada\n"))
    assert listed.node_ids.tolist() == ["ada", "bob", "cleo", "dora"]
    lines = import_edges(edges, nodes=str(write("n.txt", "dora\nemil\n")))
    assert lines.node_ids.tolist() == ["ada", "bob", "cleo", "dora", "emil"]
    counted = import_edges(write("p.txt", "0 1 0\n1 2 1\n"), nodes="5")
    assert (counted.num_nodes, counted.ids) == (5, None)
    with pytest.raises(DataError, match=r"5 nodes are given by number, and ids are names"):
        import_edges(edges, nodes=5)
    with pytest.raises(DataError, match=r"node -1, but .*needed ids that count from 0"):
        import_edges(write("q.txt", "0 -1 0\n1 2 1\n"), nodes=5)


def test_archives_number_their_nodes_and_name_them(tmp_path: Path) -> None:
    u, v, t = [0, 1, 1], [1, 3, 0], [0, 0, 1]
    y, ids = [0, 1, -1, 1, 0], np.array([50, 10, 40, 20, 30])
    path = tmp_path / "g.npz"
    np.savez(path, u=u, v=v, t=t, y=y, node_id=ids, train=[0], val=[1], test=[3, 4])
    graph = import_edges(path)
    assert graph.node_ids.tolist() == ids.tolist()  # in the order of the arrays, isolated ones too
    assert graph.labels.tolist() == y
    assert graph.part is not None
    assert graph.part.tolist() == [0, 1, -1, 2, 2]
    assert info(graph)["parts"] == {"train": 1, "val": 1, "test": 2}
    np.savez(path, u=u, v=v, t=t, y=y, node_id=ids[:3])
    with pytest.raises(DataError, match=r"node_id \(3,\), needed one id per node \(5,\)"):
        import_edges(path)


def test_weights_are_kept_and_repeats_count(write) -> None:
    repeats = import_edges(write("a.txt", "0 1 0\n1 0 0\n0 1 1\n1 2 1\n"))
    assert repeats.weights(1).toarray().tolist() == [[0, 3, 0], [3, 0, 1], [0, 1, 0]]
    both = import_edges(write("b.txt", "0 1\n1 0\n1 2\n2 1\n"))
    assert not both.weighted  # each edge stands in both directions, and counts once
    weighted = import_edges(write("c.csv", "src,dst,weight\n0,1,0.5\n1,2,2\n0,1,0.5\n"))
    assert weighted.weights(0).toarray().tolist() == [[0, 1, 0], [1, 0, 2], [0, 2, 0]]
    assert info(weighted)["weights"] == {"min": 1.0, "median": 1.5, "max": 2.0}
    counted = import_edges(write("c.csv", "src,dst,weight\n0,1,0.5\n1,2,2\n"), weight="none")
    assert not counted.weighted
    signed = import_edges(write("d.csv", "src,dst,weight\n0,1,-1\n1,2,1\n"))
    assert not signed.weighted
    assert any(
        "line 2 ('0,1,-1') has '-1', no number above 0" in note for note in signed.meta["notes"]
    )
