"""Edge lists and labels from files: what is read, what is counted, what is refused."""

from __future__ import annotations

import builtins
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import import_edges, info

EDGES = "0 1 0\n1 2 0\n2 0 1\n3 1 2\n"


@pytest.fixture
def write(tmp_path: Path):
    def to_file(name: str, contents: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
        return path

    return to_file


def archive(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def edges_of(graph: TemporalGraph) -> set[tuple[int, int, int]]:
    lists = graph.fresh
    return {
        (min(v, int(u)), max(v, int(u)), int(t))
        for v in range(graph.num_nodes)
        for u, t in zip(
            lists.indices[lists.indptr[v] : lists.indptr[v + 1]],
            lists.step[lists.indptr[v] : lists.indptr[v + 1]],
            strict=True,
        )
    }


def test_text_as_spikenet_writes_it(write) -> None:
    labels = write("labels.txt", "0 10\n1 9\n2 10\n")
    graph = import_edges(write("e.txt", EDGES), labels=labels)
    assert edges_of(graph) == {(0, 1, 0), (1, 2, 0), (0, 2, 1), (1, 3, 2)}
    assert (graph.num_nodes, graph.num_steps, graph.label_names) == (4, 3, ("9", "10"))
    assert graph.labels.tolist() == [1, 0, 1, -1]  # in the order of the numbers; 3 has none
    assert graph.name == "e"
    assert not graph.generated


@pytest.mark.parametrize(
    "text",
    [
        EDGES.replace("\n", "\r\n"),
        EDGES.replace(" ", "\t"),
        "# u v t\n\n" + EDGES.replace("\n", "  # why\n"),
        "\ufeff" + EDGES.rstrip("\n"),
    ],
    ids=["crlf", "tabs", "comments", "byte order mark"],
)
def test_text_in_other_clothes_is_the_same_graph(write, text: str) -> None:
    want = import_edges(write("plain.txt", EDGES))
    assert import_edges(write("other.txt", text)).sha256 == want.sha256


def test_every_format_gives_the_same_graph(write, tmp_path: Path) -> None:
    u, v, t = np.loadtxt(io.StringIO(EDGES), dtype=int).T
    frame = pd.DataFrame({"when": t, "other": ["a, b", 'say "c"', "d", ""], "from": u, "to": v})
    frame.to_parquet(tmp_path / "e.parquet")
    label_frame = pd.DataFrame({"label": ["x", "y"], "node": [3, 0]})
    label_frame.to_parquet(tmp_path / "l.parquet")
    label_file = write("l.txt", "3 x\n0 y\n")
    y = np.array([1, -1, -1, 0])
    columns = ("from", "to", "when")
    graphs = [
        import_edges(write("e.txt", EDGES), labels=label_file),
        import_edges(write("e.txt.gz", gzip.compress(EDGES.encode())), labels=label_file),
        import_edges(
            write("e.csv", frame.to_csv(index=False)),
            labels=write("l.csv", label_frame.to_csv(index=False)),
            columns=columns,
        ),
        import_edges(tmp_path / "e.parquet", labels=tmp_path / "l.parquet", columns=columns),
        import_edges(
            write("e.npz", archive(u=u, v=v, t=t, y=y, label_names=["x", "y"], num_nodes=4))
        ),
    ]
    assert len({graph.sha256 for graph in graphs}) == 1
    assert graphs[0].label_names == ("x", "y")


def test_unsorted_repeated_and_self_edges_are_accepted_and_counted(write) -> None:
    text = "u v t\n0 1 2\n1 0 2\n2 2 0\n0 1 1\n0 1 2\n1 2 0\n"
    graph = import_edges(write("e.txt", text))
    assert edges_of(graph) == {(0, 1, 1), (0, 1, 2), (1, 2, 0)}
    assert graph.meta["counts"] == {
        "rows": 6,
        "rows_before_an_earlier_one": 2,
        "self_edges_dropped": 1,
        "repeated_edges_merged": 2,
    }
    ordered = import_edges(write("f.txt", "2 2 0\n1 2 0\n1 2 0\n0 1 1\n0 1 2\n0 1 2\n0 1 2\n"))
    assert edges_of(ordered) == edges_of(graph)
    assert graph.weights(2).toarray().tolist() == [[0, 4, 0], [4, 0, 1], [0, 1, 0]]


def test_the_source_is_recorded(write) -> None:
    path = write("e.txt", EDGES)
    graph = import_edges(path, name="n", source="s", licence="l")
    assert (graph.name, graph.meta["source"], graph.meta["licence"]) == ("n", "s", "l")
    (file,) = graph.meta["files"]
    assert file["name"] == "e.txt"
    assert len(file["sha256"]) == 64


def test_one_step_is_enough(write) -> None:
    graph = import_edges(write("e.txt", "0 1 7\n1 2 7\n"))
    assert graph.num_steps == 1
    assert graph.adjacency(0).nnz == 4


def test_an_isolated_node_is_a_node(write) -> None:
    inside = import_edges(write("e.txt", "0 1 0\n3 1 0\n"), labels=write("l.txt", "2 a\n0 b\n"))
    assert info(inside)["isolated_nodes"] == 1
    last = import_edges(write("e.txt", EDGES), labels=write("l.txt", "5 a\n0 b\n"), nodes=6)
    assert last.num_nodes == 6
    assert last.labels[5] == 0
    assert info(last)["isolated_nodes"] == 2


def test_without_labels_no_node_has_one(write) -> None:
    graph = import_edges(write("e.txt", EDGES))
    assert graph.labels.tolist() == [-1] * 4
    assert graph.num_classes == 0


def test_classes_of_an_archive_without_names(write) -> None:
    graph = import_edges(write("e.npz", archive(u=[0, 1], v=[1, 2], t=[0, 0], y=[7, -1, 5])))
    assert graph.labels.tolist() == [1, -1, 0]
    assert graph.label_names == ("5", "7")


BAD_EDGES = {
    "empty": ("", "{}: the file is empty"),
    "only comments": ("# u v t\n\n", "{}: no rows, only comments or a header"),
    "one column": (
        "0\n1\n2\n",
        "{}: found no two columns with ids of nodes, whole numbers or names (the first column: "
        "whole numbers 0 to 2, 3 different); name them: --columns source=0,target=1,time=2",
    ),
    "two columns first": (
        "# c\n0 1\n1 2 3\n2 3 3\n",
        "{}, line 2 ('0 1'): needed 3 fields between blanks, found 2; if each line is a node and "
        "its neighbours, give it the ending .adjlist",
    ),
    "four columns": (
        "0 1 0\n\n1 2 0 1\n2 3 0\n",
        "{}, line 3 ('1 2 0 1'): needed 3 fields between blanks, found 4; if each line is a node "
        "and its neighbours, give it the ending .adjlist",
    ),
    "float id": (
        "u v t\n0 1 0\n0 1.5 0\n",
        "{}, line 3 ('0 1.5 0'): node id '1.5' in column 'v' is neither a whole number nor a "
        "name; which columns hold ids say: --columns source=0,target=1",
    ),
    "word time": ("0 1 0\n0 1 x\n", "{}, line 2 ('0 1 x'): time 'x' is not a finite number"),
    "no number": ("0 1 0\n0 1 nan\n", "{}, line 2 ('0 1 nan'): time 'nan' is not a finite number"),
    "infinite": ("0 1 0\n0 1 inf\n", "{}, line 2 ('0 1 inf'): time 'inf' is not a finite number"),
    "self edges only": ("3 3 0\n", "{}: no edge between two different nodes"),
}


@pytest.mark.parametrize("case", BAD_EDGES)
def test_bad_edges(write, case: str) -> None:
    text, message = BAD_EDGES[case]
    path = write("e.txt", text)
    with pytest.raises(DataError) as error:
        import_edges(path)
    assert str(error.value) == message.format(path)


def test_bytes_that_are_no_text(write) -> None:
    with pytest.raises(DataError, match=r"e.txt: not UTF-8 text \(.*--encoding latin-1"):
        import_edges(write("e.txt", b"0 1 0\n\xff\xfe 1 0\n"))


BAD_CSV = {
    "short row": (
        "u,v,t\n0,1,0\n0,1\n",
        "{}, line 3 ('0,1'): needed 3 fields between commas as the header names, found 2",
    ),
    "no value": (
        "u,v,t\n0,1,0\n0,1,\n",
        "{}, line 3 ('0,1,'): no time in this row; needed a number, or a date such as 2011-03-13, "
        "2011-03-13 07:36:17, 2011-03-13T07:36Z, 2011-03, 2011-Q1, 13/03/2011 (with --day-first)",
    ),
    "no id": (
        "u,v,t\n0,1,0\n,1,1\n",
        "{}, line 3 (',1,1'): no node id in column 'u'; needed one per row",
    ),
    "header only": ("u,v,t\n", "{}: no rows, only comments or a header"),
    "ids that become one": (
        "u,v,t\nab,c,0\nx,28,1\ny,28.0,1\n",
        "{}: ids '28' and '28.0' would become one node (column 'v'); write them alike if they "
        "are one, and differently if not",
    ),
}


@pytest.mark.parametrize("case", BAD_CSV)
def test_bad_csv(write, case: str) -> None:
    text, message = BAD_CSV[case]
    path = write("e.csv", text)
    with pytest.raises(DataError) as error:
        import_edges(path)
    assert str(error.value) == message.format(path)


BAD_ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "two lengths": (
        {"t": [0]},
        "{}: t has 1 times, and there are 2 edges; needed arrays of one length (--static: without "
        "times)",
    ),
    "no rows": ({"u": [], "v": [], "t": []}, "{}: no rows, only comments or a header"),
    "float ids": (
        {"v": [1.0, 2.5]},
        "{}, row 1: node id '2.5' in column 'v' is neither a whole number nor a name; which "
        "columns hold ids say: --columns source=0,target=1",
    ),
    "no number": (
        {"t": [0.0, float("nan")]},
        "{}, row 1: time 'nan' is not a finite number",
    ),
    "too few nodes": (
        {"num_nodes": 2},
        "{}, row 1: node 2, but the number of nodes is given as 2; needed at least 3, or a file "
        "that lists them: --nodes FILE",
    ),
    "labels of unknown nodes": (
        {"num_nodes": 3, "y": [0, 1, 0, 1]},
        "{}: y has 4 labels, some for unknown nodes; nodes are 0 to 2",
    ),
    "one class only": (
        {"y": [1, 1, -1], "label_names": ["a", "b"]},
        "{}: y has fewer than 2 classes; a classifier needs at least 2",
    ),
    "class without a name": (
        {"y": [1, 2, 0], "label_names": ["a", "b"]},
        "{}: y[1] is 2; label_names has 2, needed a class from 0 to 1, or -1",
    ),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_archives(write, case: str) -> None:
    changes, message = BAD_ARRAYS[case]
    arrays = {"u": [0, 1], "v": [1, 2], "t": [0, 1], **changes}
    path = write("e.npz", archive(**{k: v for k, v in arrays.items() if v is not None}))
    with pytest.raises(DataError) as error:
        import_edges(path)
    assert str(error.value) == message.format(path)


def test_no_python_objects_are_loaded(write) -> None:
    path = write("e.npz", archive(u=np.array([0, {}], object), v=[1, 2], t=[0, 1]))
    with pytest.raises(DataError, match=r"e.npz: u holds Python objects, which are not read"):
        import_edges(path)


@pytest.mark.parametrize("name", ["e.txt", "e.txt.gz", "e.npz", "e.csv", "e.parquet"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=f"{name}: no such file"):
        import_edges(tmp_path / name)


@pytest.mark.parametrize("name", ["e.txt.gz", "e.npz", "e.parquet"])
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_truncated_file(write, tmp_path: Path, name: str, keep: float) -> None:
    u = np.random.default_rng(0).integers(0, 1000, 3000)
    frame = pd.DataFrame({"u": u, "v": u + 1, "t": u % 5})
    whole = {
        "e.txt.gz": lambda: gzip.compress(frame.to_csv(sep=" ", index=False).encode()),
        "e.npz": lambda: archive(**frame),
        "e.parquet": lambda: frame.to_parquet(),
    }[name]()
    assert import_edges(write(name, whole)).num_steps == 5
    with pytest.raises(DataError, match=f"{name}: (truncated|the file is empty)"):
        import_edges(write(name, whole[: int(len(whole) * keep)]))


def test_parquet_rows_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    pd.DataFrame({"u": [0, None], "v": [1, 2], "t": [0, 1]}).to_parquet(path)
    with pytest.raises(DataError, match=r"row 1: no node id in column 'u'"):
        import_edges(path)


def test_parquet_without_pyarrow(write, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r"needs pyarrow; pip install 'neurograph\[parquet\]'"):
        import_edges(write("e.parquet", b"PAR1"))


BAD_LABELS = {
    "empty": ("", "{}: the file is empty"),
    "one class only": (
        "0 a\n1 a\n2 unknown\n",
        "{}: every label is 'a'; a classifier needs at least 2 classes",
    ),
    "no class": ("0 -1\n", "{}: no node has a label; a classifier needs at least 2 classes"),
    "two labels": (
        "0 a\n1 b\n0 b\n",
        "{}, line 1 ('0 a'): node 0 has class 'a', and 'b' in a later row; one class per node; "
        "several are not supported",
    ),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels(write, case: str) -> None:
    text, message = BAD_LABELS[case]
    path = write("l.txt", text)
    with pytest.raises(DataError) as error:
        import_edges(write("e.txt", EDGES), labels=path)
    assert str(error.value) == message.format(path)


def test_arguments_that_contradict(write) -> None:
    text, labels = write("e.txt", EDGES), write("l.txt", "0 a\n1 b\n")
    with pytest.raises(DataError, match="the columns have no names, only places: 0, 1, 2"):
        import_edges(text, columns=("a", "b", "c"))
    with pytest.raises(DataError, match="needed different columns"):
        import_edges(write("e.csv", "u,v,t\n0,1,0\n"), columns=("u", "u", "t"))
    with pytest.raises(DataError, match=r"has labels \(y\), and .* is given too; choose one"):
        import_edges(write("e.npz", archive(u=[0], v=[1], t=[0], y=[0, 1])), labels=labels)
    with pytest.raises(DataError, match=r"line 4 .'3 1 2'.: node 3, but .* given as 2"):
        import_edges(text, nodes=2)


@pytest.mark.data
def test_dblp_from_both_of_its_forms(data_dir: Path) -> None:
    folder = data_dir / "dblp"
    archived = import_edges(folder / "dblp.npz")
    text = import_edges(folder / "dblp_unique.txt.gz", labels=folder / "node2label.txt.gz")
    assert text.sha256 == archived.sha256
    assert (text.num_nodes, text.num_steps, text.num_classes) == (28085, 27, 10)
    assert len(text.cumulative.indices) == 2 * 150_568
    assert len(text.fresh.indices) == 2 * 207_194
    assert (text.labels >= 0).all()
    assert text.meta["counts"]["rows"] == 207_194
    assert text.meta["counts"]["repeated_edges_merged"] == 0


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "nodes", "rows", "pairs", "classes"),
    [("highschool2013", 327, 188_508, 5_818, 9), ("invs13", 92, 9_827, 755, 5)],
)
def test_contacts_by_the_second(
    data_dir: Path, name: str, nodes: int, rows: int, pairs: int, classes: int
) -> None:
    path = data_dir / name / f"{name}.npz"
    with pytest.raises(DataError, match="group them with --steps K or --window WIDTH"):
        import_edges(path)
    graph = import_edges(path, steps=12)
    assert (graph.num_nodes, graph.num_steps, graph.num_classes) == (nodes, 12, classes)
    assert graph.meta["counts"]["rows"] == rows
    assert len(graph.cumulative.indices) == 2 * pairs
    with np.load(path) as raw:
        u, v, t = (raw[name].astype(np.int64) for name in "uvt")
    step = np.minimum((t - t.min()) * 12 // (t.max() - t.min()), 11)
    want = {(min(a, b), max(a, b), s) for a, b, s in zip(u, v, step, strict=True)}
    assert edges_of(graph) == want
