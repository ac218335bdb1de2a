"""Files as other programs and sites write them: read, asked about, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import neurograph
from neurograph.core.errors import DataError
from neurograph.graphs.io import import_edges
from neurograph.graphs.io.doubts import DoubtError

DRAW = np.random.default_rng(29)
A, B = DRAW.integers(1, 30, (2, 240))
DAY = np.sort(DRAW.integers(0, 5, 240))


def text(*columns: object, separator: str = ",", header: str = "") -> str:
    rows = [separator.join(map(str, row)) for row in zip(*columns, strict=True)]
    return "\n".join([header] * bool(header) + rows) + "\n"


def write(path: Path, content: str | bytes) -> Path:
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(data)
    return path


SPELLS = """<?xml version="1.0"?><gexf xmlns="http://www.gexf.net/1.3" version="1.3">
<graph mode="dynamic" defaultedgetype="undirected" timeformat="date"><nodes>
<node id="p"/><node id="q"/><node id="r"/></nodes><edges><edge source="p" target="q">
<spells><spell start="2012-05-01" end="2012-05-02"/><spell start="2012-06-01"/></spells></edge>
<edge source="q" target="r" start="2012-07-01"/></edges></graph></gexf>"""
PAJEK = '*Vertices 4\n1 "oak" 0.1 0.2\n2 "elm"\n3 "fir"\n4 "yew"\n*Arcslist\n1 2 3\n2 4\n'
ELEMENTS = {
    "nodes": [{"data": {"id": one, "value": one, "name": one, "kind": "x"}} for one in "kmn"],
    "edges": [{"data": {"source": a, "target": b}} for a, b in ("km", "mn")],
}
READ = {  # what it is: name of the file, content, nodes, steps, pairs
    "colons": ("r.dat", text(A, B, DAY, separator="::"), 29, 5, None),
    "separators behind rows": ("e.csv", "from,to,year\n1,2,2001,\n2,3,2002,\n", 3, 2, 2),
    "quarters": ("q.csv", "a,b,quarter\n1,2,2019-Q4\n2,3,2020-Q1\n3,1,Q2 2020\n", 3, 3, 3),
    "weeks": ("w.csv", "src,dst,week\n1,2,2019-W52\n2,3,2020-W01\n", 3, 2, 2),
    "neighbours of Pajek": ("g.net", PAJEK, 4, 1, 3),
    "vis.js": (
        "v.json",
        json.dumps({"edges": [{"from": 5, "to": 6}, {"from": 6, "to": 7}]}),
        3,
        1,
        2,
    ),
    "Cytoscape": ("c.json", json.dumps({"elements": ELEMENTS}), 3, 1, 2),
    "a number of each row": (
        "i.csv",
        text(range(500, 740), A, B, header="edge_id,n1,n2"),
        29,
        1,
        None,
    ),
    "a line for Excel": ("x.csv", "sep=;\nsrc;dst\n1;2\n2;3\n", 3, 1, 2),
    "one weight": ("k.txt", "1 2 1.5\n2 3 1.5\n3 4 1.5\n", 4, 1, 3),
}


@pytest.mark.parametrize("case", READ)
def test_it_is_read(tmp_path: Path, case: str) -> None:
    name, content, nodes, steps, pairs = READ[case]
    graph = import_edges(write(tmp_path / name, content))
    assert (graph.num_nodes, graph.num_steps) == (nodes, steps)
    assert pairs is None or len(graph.cumulative.indices) == 2 * pairs
    assert graph.num_classes == 0


RELATION = DRAW.choice(["sold", "lent"], 240)
CODES = np.array([f"c{one}" for one in range(40)])
STAMPS = 1_389_241_911 + 3600 * DAY
ASKED = {  # what it is: content, the option of the guess
    "a relation, then a date": (
        text(CODES[A], RELATION, CODES[B], [f"2012-03-0{day + 1}" for day in DAY]),
        "--columns source=0,target=2,time=3",
    ),
    "a relation in numbers": (text(A, A % 3, B + 1, DAY), "--columns source=0,target=2,time=3"),
    "two nouns": (
        text(A, B % 9 + 1, header="teacher,course_nr"),
        "--bipartite; else --no-bipartite",
    ),
    "decimals that rise": ("ann bob 0.5\nbob cy 1.5\ncy dan 2\n", "time=2; else, e.g., --columns"),
    "seconds, but one": (
        text(A, B, np.where(np.arange(240) == 7, 0, STAMPS), header="u,v,ts"),
        "--yes; else write such times as the others",
    ),
    "milliseconds and seconds": (
        text(A, B, STAMPS * np.where(A > 9, 1000, 1), header="u,v,ts"),
        "--yes; else write such times as the others",
    ),
    "zones of some": (
        "u,v,t\n1,2,2012-03-01T10:00\n2,3,2012-03-02T10:00Z\n",
        "--yes; else write a zone",
    ),
}


@pytest.mark.parametrize("case", ASKED)
def test_it_is_asked(tmp_path: Path, case: str) -> None:
    content, option = ASKED[case]
    path = write(tmp_path / "e.csv", content)
    with pytest.raises(DoubtError) as error:
        import_edges(path)
    assert option in str(error.value)
    assert any(option in guess for guess in import_edges(path, yes=True).meta["guesses"])


MATRIX = text(*DRAW.integers(0, 2, (6, 6)))
NAMED_MATRIX = ",n,s,e\nn,0,1,0\ns,1,0,1\ne,0,1,0\n"
TWICE = "sender,receiver\nann,bob\nbob,cy\nsender,receiver\ncy,ann\n"
COMPLEX = "%%MatrixMarket matrix coordinate complex general\n3 3 2\n1 2 0.5 1\n2 3 1 0\n"
REFUSED = {  # what it is: name of the file, content, what is said
    "a matrix": ("m.csv", MATRIX, "an adjacency matrix, 6 by 6; needed a row per edge"),
    "a matrix with names": ("m.csv", NAMED_MATRIX, "an adjacency matrix, 3 by 3"),
    "a header again": ("h.csv", TWICE, "line 4 ('sender,receiver'): the header again"),
    "complex numbers": ("m.mtx", COMPLEX, "complex numbers, which are no weights"),
    "zstd": ("e.csv.zst", b"\x28\xb5\x2f\xfd" + bytes(40), "an archive; unpack it and name"),
    "a tar": ("e.tgz", b"\x1f\x8b\x08" + bytes(range(256)), "an archive; unpack it and name"),
    "a picture": ("e.csv", b"\x89PNG\r\n\x1a\n" + bytes(40), "it holds a picture"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(tmp_path: Path, case: str) -> None:
    name, content, reason = REFUSED[case]
    with pytest.raises(DataError) as error:
        import_edges(write(tmp_path / name, content))
    assert reason in str(error.value)


def test_every_spell_is_an_edge(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gexf", SPELLS)
    graph = import_edges(path, columns="source,target,start")
    assert (graph.num_nodes, graph.num_steps, graph.meta["counts"]["rows"]) == (3, 3, 3)


def test_arrays_of_unequal_length(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", src=A, dst=B[:-1], t=DAY)
    with pytest.raises(DataError, match="dst has 239 values, and src, t 240; needed arrays of one"):
        import_edges(tmp_path / "e.npz")


def test_an_encoding_is_of_every_text(tmp_path: Path) -> None:
    path = write(
        tmp_path / "g.net", '*Vertices 2\n1 "Zoë"\n2 "Bo"\n*Edges\n1 2\n'.encode("latin-1")
    )
    with pytest.raises(DataError, match="--encoding latin-1"):
        import_edges(path)
    assert import_edges(path, encoding="latin-1").node_ids.tolist() == ["Bo", "Zoë"]


def test_classes_in_the_rows_may_be_numbers(tmp_path: Path) -> None:
    tick = 20 * np.arange(1500, 1740)
    path = write(tmp_path / "t.dat", text(tick, A, B, A % 3, B % 3, separator="\t"))
    graph = import_edges(path, steps=4)
    assert graph.meta["columns"] == {
        **{"source": "1", "target": "2", "time": "0"},
        **{"source_class": "3", "target_class": "4"},
    }
    assert graph.labels[graph.node_ids == 5].tolist() == [2]
    ratings = write(
        tmp_path / "r.dat",
        text(tick, A, B, DRAW.permutation(A % 3), DRAW.permutation(B % 3), separator="\t"),
    )
    assert import_edges(ratings, steps=4).num_classes == 0


def test_a_quantity_is_no_node_and_a_named_time_is_in_the_question(tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.csv", text(DAY, CODES[A], CODES[B], DAY, header="ts,src,forum,num_words")
    )
    assert import_edges(path).meta["columns"] == {"source": "src", "target": "forum", "time": "ts"}
    path = write(tmp_path / "f.csv", text(DAY, A, B, A, header="ts,src,forum,kind"))
    with pytest.raises(DoubtError, match="'ts' is the time"):
        import_edges(path)


def test_dates_in_digits_go_to_the_minute(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "u,v,time\n1,2,201903012359\n2,3,201903020000\n")
    rule = import_edges(path, window="1d").meta["time_rule"]
    assert (rule["first_time_shown"], rule["unit"]) == ("2019-03-01 23:59", "s")


def test_roles_that_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", text(A, B, header="from,to"))
    with pytest.raises(DataError, match="'src=from'; needed source, target, time, weight"):
        import_edges(path, columns="src=from,dst=to")


def test_one_number_is_no_list_of_nodes(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", text(A, B))
    with pytest.raises(
        DataError, match="one number; if it says how many nodes there are: --nodes 40"
    ):
        import_edges(path, nodes=write(tmp_path / "count.csv", "40\n"))


def test_names_of_nodes_are_no_classes(tmp_path: Path) -> None:
    path, nodes = write(tmp_path / "e.csv", text(A, B, header="Source,Target")), np.arange(30)
    names = [f"House {one}" for one in nodes]
    labels = write(
        tmp_path / "n.csv", text(nodes, names, nodes % 4, header="Id,Label,modularity_class")
    )
    graph = import_edges(path, labels=labels)
    assert (graph.num_classes, graph.num_nodes) == (4, 30)
    labels = write(tmp_path / "n.csv", text(nodes, names, header="Id,Label"))
    with pytest.raises(DataError, match=r"another text for each of 30 nodes .*: names, no classes"):
        import_edges(path, labels=labels)


def test_labels_of_the_nodes_of_a_graphs_file(tmp_path: Path) -> None:
    links = {"nodes": [{"id": one, "team": "ab"[one % 2], "age": one % 7} for one in range(31)]}
    links["links"] = [{"source": int(a), "target": int(b)} for a, b in zip(A, B, strict=True)]
    path = write(tmp_path / "g.json", json.dumps(links))
    without = import_edges(path)
    assert without.num_classes == 0
    assert any("--label-columns label=team" in note for note in without.meta["notes"])
    assert import_edges(path, label_columns="label=team").label_names == ("a", "b")
    edges = write(tmp_path / "e.csv", text(A, B))
    named = import_edges(edges, labels=path, label_columns="label=team")
    assert named.label_names == ("a", "b")
    path = write(tmp_path / "p.json", json.dumps({"links": links["links"]}))
    with pytest.raises(DataError, match="its nodes have no attributes"):
        import_edges(edges, labels=path)


def test_the_python_api_reads_files_of_pytorch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save(
        {"edge_index": torch.tensor(np.stack([A, B])), "t": torch.tensor(DAY)}, tmp_path / "g.pt"
    )
    graph = neurograph.import_edges(tmp_path / "g.pt")
    assert (graph.num_nodes, graph.num_steps) == (29, 5)


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_a_sparse_matrix_of_scipy(tmp_path: Path, form: str) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.coo_matrix((DAY + 0.5, (A, B)), shape=(31, 31))
    sparse.save_npz(tmp_path / "a.npz", matrix.asformat(form))
    graph = import_edges(tmp_path / "a.npz")
    assert graph.meta["columns"]["weight"] in ("weight", "data")
    both = (matrix + matrix.T).toarray()
    np.fill_diagonal(both, 0)
    assert graph.weights(0).sum() == pytest.approx(both.sum())


def test_a_sparse_matrix_beside_labels(tmp_path: Path) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_matrix((np.ones(240), (A, B)), shape=(31, 31))
    matrix.data[:] = 1
    parts = {name: getattr(matrix, name) for name in ("data", "indices", "indptr", "shape")}
    named = {f"adj_{name}": value for name, value in parts.items()}
    np.savez(tmp_path / "g.npz", **named, labels=np.arange(31) % 4)
    graph = import_edges(tmp_path / "g.npz")
    assert (graph.num_nodes, graph.num_classes) == (31, 4)
    np.savez(tmp_path / "g.npz", **(named | {"adj_shape": (31, 40)}))
    with pytest.raises(DataError, match="a sparse matrix of 31 by 40"):
        import_edges(tmp_path / "g.npz")
    np.savez(tmp_path / "g.npz", **(named | {"adj_indices": matrix.indices[1:]}))
    with pytest.raises(DataError, match="damaged: indptr, indices and data"):
        import_edges(tmp_path / "g.npz")
