"""A graph for other tools: CSV tables, GraphML, node-link JSON, a file of tensors."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import neurograph
from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.convert import pyg_arrays, to_networkx, to_pandas, write_graphml
from neurograph.graphs.convert.step_times import step_times
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import save_graph
from neurograph.graphs.io.assemble import assemble
from tests.command import in_this_process


def tea_house(**changes: Any) -> TemporalGraph:
    """Five guests at three years, named, weighted, with classes and a split."""
    given: dict[str, Any] = {
        "u": np.array([0, 0, 1, 3, 0, 2]),
        "v": np.array([1, 2, 2, 4, 1, 3]),
        "step": np.array([0, 0, 1, 1, 2, 2]),
        "num_nodes": 5,
        "num_steps": 3,
        "labels": np.array([0, 1, 1, -1, 0]),
        "label_names": ("green", "black, smoked"),
        "meta": {
            "name": "teahouse",
            "time_rule": {"kind": "distinct", "times": [1998, 2001, 2003], "unit": "year"},
        },
        "weight": np.array([1, 2, 3, 0.25, 5, 1]),
        "ids": np.array(["ann", "bo", "chloé", "d'arcy", "e 5"]),
        "part": np.array([0, 0, 1, -1, 2]),
    } | changes
    return assemble(given.pop("u"), given.pop("v"), given.pop("step"), **given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_graph(tea_house(), tmp_path / "g")
    return tmp_path


def test_frames_speak_in_the_words_of_the_source() -> None:
    edges, nodes = to_pandas(tea_house())
    assert edges.columns.tolist() == ["source", "target", "time", "weight"]
    assert edges.iloc[0].tolist() == ["ann", "bo", 1998, 1.0]
    assert edges["time"].tolist() == [1998, 1998, 2001, 2001, 2003, 2003]
    assert edges["weight"].tolist() == [1, 2, 3, 0.25, 5, 1]
    assert nodes["node"].tolist() == ["ann", "bo", "chloé", "d'arcy", "e 5"]
    assert nodes["label"].fillna("").tolist() == [
        *("green", "black, smoked", "black, smoked", "", "green")
    ]
    assert nodes["part"].fillna("").tolist() == ["train", "train", "val", "", "test"]


def test_what_a_graph_has_not_is_no_column() -> None:
    bare = tea_house(
        step=np.zeros(6, int),
        num_steps=1,
        labels=np.full(5, -1),
        label_names=(),
        meta={},
        weight=None,
        ids=None,
        part=None,
    )
    edges, nodes = to_pandas(bare)
    assert edges.columns.tolist() == ["source", "target"]
    assert nodes.columns.tolist() == ["node"]
    assert sorted(pyg_arrays(bare)) == ["edge_index", "num_nodes"]


def test_whole_weights_are_integers() -> None:
    edges, _ = to_pandas(tea_house(weight=np.array([1, 2, 3, 4, 5, 6])))
    assert edges["weight"].dtype == np.int64


def test_networkx_has_an_edge_per_pair_and_step() -> None:
    pytest.importorskip("networkx")
    found = to_networkx(tea_house())
    assert found.graph == {"name": "teahouse"}
    assert found.number_of_edges() == 6
    assert found.number_of_edges("ann", "bo") == 2
    assert found.nodes["chloé"] == {"label": "black, smoked", "part": "val"}
    assert found.nodes["d'arcy"] == {}
    assert found["ann"]["bo"][1] == {"time": 2003, "weight": 5.0}


def test_arrays_for_pyg_have_every_edge_in_both_directions() -> None:
    found = pyg_arrays(tea_house())
    ends = found["edge_index"]
    assert (ends.dtype, ends.shape) == (np.int64, (2, 12))
    assert sorted(zip(*ends, found["t"], strict=True)) == sorted(
        zip(*ends[::-1], found["t"], strict=True)
    )
    assert found["edge_weight"].dtype == np.float32
    assert found["y"].tolist() == [0, 1, 1, -1, 0]
    assert found["train_mask"].tolist() == [True, True, False, False, False]
    assert found["node_id"] == ["ann", "bo", "chloé", "d'arcy", "e 5"]
    assert found["num_nodes"] == 5


RULES = [
    ({"kind": "distinct", "times": [4, 7, 9]}, [4, 7, 9]),
    ({"kind": "distinct", "times": [4, 7]}, None),  # not of this graph
    ({"kind": "distinct", "times": [4, 7], "slots": [0, 2]}, None),
    ({"kind": "count", "first_times": [0.5, 8, 9]}, [0.5, 8, 9]),
    ({"kind": "steps", "first_time": 10, "width": 5.0}, [10, 15, 20]),
    ({"kind": "window", "first_time": 11, "start": 10, "width": 2.5}, [10, 12.5, 15]),
    (
        {
            "kind": "window",
            "first_time": 1300000017,
            "start": 1299974400,
            "width": 1,
            "width_unit": "d",
            "unit": "s",
            "first_time_shown": "2011-03-13 07:06:57",
        },
        ["2011-03-13", "2011-03-14", "2011-03-15"],
    ),
    (
        {
            "kind": "distinct",
            "times": [1299974400, 1299978000, 1299981600.5],
            "first_time_shown": "2011-03-13",
        },
        ["2011-03-13T00:00:00.000000", "2011-03-13T01:00:00.000000", "2011-03-13T02:00:00.500000"],
    ),
    ({"kind": "window", "first_time": 3, "width": 1, "width_unit": "M"}, None),
    ({"kind": "static"}, None),
    ("by hand", None),
]


@pytest.mark.parametrize(("rule", "times"), RULES)
def test_the_rule_of_the_steps_says_when_they_were(rule: object, times: list[Any] | None) -> None:
    graph = replace(tea_house(), meta={"time_rule": rule})
    found = step_times(graph)
    assert (None if found is None else found.tolist()) == times


def test_steps_without_times_are_numbered() -> None:
    edges, _ = to_pandas(replace(tea_house(), meta={}))
    assert edges["time"].tolist() == [0, 0, 1, 1, 2, 2]


def test_dates_go_to_pyg_as_steps() -> None:
    rule = {"kind": "distinct", "times": [0, 86400, 172800], "first_time_shown": "1970-01-01"}
    found = pyg_arrays(replace(tea_house(), meta={"time_rule": rule}))
    assert sorted(set(found["t"].tolist())) == [0, 1, 2]
    assert found["step_times"] == ["1970-01-01", "1970-01-02", "1970-01-03"]


def test_csv_is_two_tables(folder: Path) -> None:
    done = in_this_process(folder, "data", "export", "g", "--to", "csv", "-o", "out")
    assert done.returncode == 0
    assert "5 nodes, 3 steps" in done.stdout
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["edges.csv", "nodes.csv"]
    assert (folder / "out/edges.csv").read_text(encoding="utf-8").splitlines()[:2] == [
        "source,target,time,weight",
        "ann,bo,1998,1.0",
    ]
    assert (folder / "out/nodes.csv").read_text(encoding="utf-8") == (
        'node,label,part\nann,green,train\nbo,"black, smoked",train\n'
        'chloé,"black, smoked",val\nd\'arcy,,\ne 5,green,test\n'
    )


def test_networkx_reads_its_own_files(folder: Path) -> None:
    nx = pytest.importorskip("networkx")
    for form, name in (("graphml", "g.graphml"), ("networkx", "g.json")):
        done = in_this_process(folder, "data", "export", "g", "--to", form, "-o", name)
        assert done.returncode == 0, done.stderr
    plain = to_networkx(tea_house())
    tree = json.loads((folder / "g.json").read_text(encoding="utf-8"))
    links = "edges" if "edges" in tree else "links"
    again = nx.node_link_graph(tree, **({"edges": "edges"} if links == "edges" else {}))
    for found in (nx.read_graphml(folder / "g.graphml"), again):
        assert found.nodes(data=True) == plain.nodes(data=True)
        assert list(found.edges(data=True)) == list(plain.edges(data=True))


def test_a_static_graph_is_no_multigraph() -> None:
    pytest.importorskip("networkx")
    found = to_networkx(tea_house(step=np.zeros(6, int), num_steps=1, meta={}))
    assert not found.is_multigraph()
    assert found["ann"]["bo"] == {"weight": 6.0}


def test_graphml_cannot_hold_every_name(tmp_path: Path) -> None:
    odd = replace(tea_house(), ids=np.array(["a", "b", "c", "d\x07", "e"]))
    with pytest.raises(DataError, match="XML, and so GraphML, cannot hold"):
        write_graphml(odd, tmp_path / "g.graphml")
    assert not list(tmp_path.iterdir())


def test_tensors_are_read_without_pickle(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    done = in_this_process(folder, "data", "export", "g", "--to", "pyg", "-o", "g.pt")
    assert 'torch.load("g.pt", weights_only=True)' in done.stdout
    found = torch.load(folder / "g.pt", weights_only=True)
    wanted = pyg_arrays(tea_house())
    assert sorted(found) == sorted(wanted)
    for name, value in wanted.items():
        if isinstance(value, np.ndarray):
            given: Array = found[name].numpy()
            np.testing.assert_array_equal(given, value)
            assert given.dtype == value.dtype
        else:
            assert found[name] == value


@pytest.mark.parametrize("form", ["csv", "graphml", "networkx", "pyg"])
def test_nothing_is_replaced_unless_that_is_said(folder: Path, form: str) -> None:
    pytest.importorskip({"pyg": "torch", "csv": "pandas"}.get(form, "networkx"))
    words = ("data", "export", "g", "--to", form, "-o", "out")
    assert in_this_process(folder, *words).returncode == 0
    again = in_this_process(folder, *words)
    assert again.returncode == 2
    assert "there already: a file; write elsewhere (-o), or replace what" in again.stderr
    assert in_this_process(folder, *words, "--overwrite").returncode == 0
    assert in_this_process(folder, *words, "--force").returncode == 0  # its earlier name


def test_a_folder_is_no_file_and_a_file_no_folder(folder: Path) -> None:
    (folder / "taken").mkdir()
    (folder / "note").write_text("x")
    for form, out in (("graphml", "taken"), ("pyg", "taken"), ("csv", "note")):
        done = in_this_process(
            folder, "data", "export", "g", "--to", form, "-o", out, "--overwrite"
        )
        assert done.returncode == 2
        assert "choose another -o" in done.stderr
    assert (folder / "note").read_text() == "x"


def test_an_unknown_form_or_graph_is_said(folder: Path) -> None:
    done = in_this_process(folder, "data", "export", "g", "--to", "gexf", "-o", "out")
    assert done.returncode == 2
    assert "csv" in done.stderr
    done = in_this_process(folder, "data", "export", "nowhere", "--to", "csv", "-o", "out")
    assert done.returncode == 2
    assert "no graph here" in done.stderr
    assert not (folder / "out").exists()


def test_without_torch_geometric_a_file_is_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setitem(sys.modules, "torch_geometric", None)
    monkeypatch.setitem(sys.modules, "torch_geometric.data", None)
    with pytest.raises(DataError, match="pip install torch_geometric, or write a file"):
        neurograph.to_pyg(tea_house())


class Holder:
    """As torch_geometric's Data and TemporalData hold tensors."""

    def __init__(self, **tensors: Any) -> None:
        self.__dict__ |= tensors

    @classmethod
    def from_dict(cls, tensors: dict[str, Any]) -> Holder:
        return cls(**tensors)


def test_objects_of_torch_geometric_are_made_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    library = ModuleType("torch_geometric.data")
    library.__dict__.update(Data=Holder, TemporalData=Holder)
    monkeypatch.setitem(sys.modules, "torch_geometric", ModuleType("torch_geometric"))
    monkeypatch.setitem(sys.modules, "torch_geometric.data", library)
    data, events = neurograph.to_pyg(tea_house()), neurograph.to_pyg(tea_house(), temporal=True)
    assert tuple(data.edge_index.shape) == (2, 12)
    assert data.num_nodes == 5
    assert sorted(vars(events)) == ["dst", "msg", "src", "t"]
    assert events.t.tolist() == [1998, 1998, 2001, 2001, 2003, 2003]
    assert tuple(events.msg.shape) == (6, 1)
