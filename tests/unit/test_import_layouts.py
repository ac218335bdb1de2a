"""Files as public collections have them: which layout gives which graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import import_edges
from neurograph.graphs.io.doubts import DoubtError

ROWS = 300
DRAW = np.random.default_rng(5)
U = DRAW.integers(0, 30, ROWS)
V = (U + DRAW.integers(1, 30, ROWS)) % 30
UNIX = np.sort(DRAW.integers(1_200_000_000, 1_200_600_000, ROWS))
USER, ITEM = np.arange(ROWS) % 25, DRAW.integers(0, 15, ROWS)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(name: str, head: str, *columns: object, separator: str = ",") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        rows = [separator.join(map(str, row)) for row in zip(*columns, strict=True)]  # type: ignore[call-overload]
        path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
        return path

    return to_file


def size(graph: TemporalGraph) -> tuple[int, int, int]:
    return graph.num_nodes, graph.num_steps, graph.num_classes


def test_snap(write) -> None:
    head = "# Directed graph\n# Nodes: 30 Edges: 300\n# FromNodeId\tToNodeId\n"
    graph = import_edges(write("s.txt", head, U, V, separator="\t"))
    assert size(graph) == (30, 1, 0)
    assert graph.meta["columns"] == {"source": "FromNodeId", "target": "ToNodeId"}


def test_konect(write) -> None:
    ones = np.ones(ROWS, int)
    head = "% asym positive\n% 300 30 30\n"
    one = import_edges(write("out.mail", head, U + 1, V + 1, ones, UNIX, separator=" "), steps=3)
    assert size(one) == (30, 3, 0)
    assert one.name == "mail"
    assert one.node_ids.tolist() == list(range(1, 31))
    head = "% bip weighted\n"
    two = import_edges(
        write("out.b", head, USER + 1, ITEM + 1, ones, UNIX, separator="\t"), steps=3
    )
    assert size(two) == (40, 3, 0)


def test_jodie(write) -> None:
    head = "user_id,item_id,timestamp,state_label,comma_separated_list_of_features\n"
    zeros, feature = np.zeros(ROWS, int), DRAW.random(ROWS)
    path = write("j.csv", head, USER, ITEM, UNIX - UNIX[0], zeros, feature, feature, feature)
    graph = import_edges(path, steps=3)
    assert size(graph) == (40, 3, 0)
    assert "user:3" in graph.node_ids
    assert any(note == "column 'f2' is not taken" or "f2" in note for note in graph.meta["notes"])


def test_tgb(write) -> None:
    place = np.arange(ROWS)
    path = write("ml.csv", ",u,i,ts,label,idx\n", place, USER + 1, ITEM + 26, UNIX, 0 * U, place)
    assert size(import_edges(path, steps=3)) == (40, 3, 0)
    head = "day,src,dst,amount\n"
    coin = import_edges(write("c.csv", head, UNIX // 86400 * 86400, U, V, DRAW.random(ROWS) + 0.1))
    assert coin.num_steps == len(np.unique(UNIX // 86400))
    assert coin.weighted


def test_contacts_with_classes_in_their_rows(write) -> None:
    kind = np.array(["nurse", "doctor", "patient"])
    ticks = 20 * np.sort(DRAW.integers(7, 4_000, ROWS))
    path = write("t.dat", "", ticks, U + 1100, V + 1100, kind[U % 3], kind[V % 3], separator="\t")
    graph = import_edges(path, steps=3)
    assert size(graph) == (30, 3, 3)
    assert [graph.label_names[k] for k in graph.labels[:3]] == [kind[one % 3] for one in range(3)]
    given = path.with_name("l.csv")
    given.write_text("node,label\n1100,a\n1101,b\n")
    instead = import_edges(path, steps=3, labels=given)
    assert instead.label_names == ("a", "b")


def test_a_folder_of_edges_and_nodes(write, tmp_path: Path) -> None:
    write("d/edges.csv", "src_id,dst_id\n", U, V)
    node = np.arange(31)  # the last one has no edge
    part = node % 3
    head = "node_id,label,train_mask,val_mask,test_mask\n"
    columns = (node, node % 2, *(1 * (part == k) for k in range(3)))
    write("d/nodes.csv", head, *columns)
    graph = import_edges(tmp_path / "d")
    assert size(graph) == (31, 1, 2)
    assert graph.part is not None
    assert graph.part.tolist() == part.tolist()


def test_labels_of_one_kind_of_nodes(write) -> None:
    path = write("k.csv", "user_id,item_id\n", USER, ITEM)
    items = write("i.csv", "item,label\n", np.arange(15), np.arange(15) % 2)
    with pytest.raises(DoubtError, match="are its 15 nodes of kind user"):  # both have 0 to 14
        import_edges(path, labels=items)
    users = write("u.csv", "user,label\n", np.arange(15, 25), np.arange(10) % 2)
    graph = import_edges(path, labels=users)
    assert set(graph.node_ids[graph.labels >= 0]) == {f"user:{k}" for k in range(15, 25)}
    assert any("are of kind user: node 15 is user:15" in note for note in graph.meta["notes"])
    named = write("n.csv", "node,label\n", [f"item:{k}" for k in range(15)], np.arange(15) % 2)
    assert (import_edges(path, labels=named).labels >= 0).sum() == 15
