"""What goes out to another library or file comes in again as the same graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import neurograph
from neurograph.core.errors import DataError
from neurograph.graphs.convert import pyg_arrays
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.io.doubts import DoubtError
from neurograph.graphs.sets import synth
from tests.command import in_this_process


def orchard() -> TemporalGraph:
    """Named trees with weights, classes and a split; one has no edge, one no class."""
    return assemble(
        *(np.array([0, 0, 1, 3, 0, 2]), np.array([1, 2, 2, 4, 1, 3]), np.array([0, 0, 1, 1, 2, 2])),
        num_nodes=6,
        num_steps=3,
        labels=np.array([0, 1, 1, -1, 0, -1]),
        label_names=("apple, red", "pear"),
        meta={
            "name": "orchard",
            "time_rule": {"kind": "distinct", "times": [1998, 2001, 2003], "unit": "year"},
        },
        weight=np.array([1, 2, 3, 0.25, 5, 1]),
        ids=np.array(["am hang", "brunnen", "chloé", "d'or", "ecke 5", "zaun"]),
        part=np.array([0, 0, 1, -1, 2, -1]),
    )


def dated() -> TemporalGraph:
    """Sparse numbers for ids, and days for times."""
    days = [1299974400 + 86400 * day for day in range(4)]
    rng = np.random.default_rng(5)
    ends = rng.integers(0, 30, (200, 2))
    ends = np.vstack([ends, [(i, (i + 1) % 30) for i in range(30)]])
    return assemble(
        *(ends[:, 0], ends[:, 1], np.arange(230) % 4),
        num_nodes=30,
        num_steps=4,
        labels=np.full(30, -1),
        label_names=(),
        meta={"time_rule": {"kind": "distinct", "times": days, "first_time_shown": "2011-03-13"}},
        ids=np.arange(30) * 1000 - 7,
    )


GRAPHS = {
    "orchard": orchard,
    "dated": dated,
    "plain": lambda: synth(nodes=60, classes=2, steps=4),
}


@pytest.fixture(params=GRAPHS)
def graph(request: pytest.FixtureRequest) -> TemporalGraph:
    return GRAPHS[request.param]()


def test_frames_come_back(graph: TemporalGraph) -> None:
    edges, nodes = neurograph.to_pandas(graph)
    assert neurograph.from_pandas(edges, nodes=nodes).sha256 == graph.sha256


def test_a_networkx_graph_comes_back(graph: TemporalGraph) -> None:
    pytest.importorskip("networkx")
    again = neurograph.from_networkx(neurograph.to_networkx(graph))
    assert again.sha256 == graph.sha256
    assert again.name == graph.name


def test_tensors_come_back(graph: TemporalGraph) -> None:
    assert neurograph.from_pyg(pyg_arrays(graph)).sha256 == graph.sha256


@pytest.mark.parametrize("form", ["csv", "graphml", "networkx", "pyg"])
def test_a_file_comes_back(graph: TemporalGraph, form: str, tmp_path: Path) -> None:
    pytest.importorskip({"csv": "pandas", "pyg": "torch"}.get(form, "networkx"))
    neurograph.save_graph(graph, tmp_path / "g")
    out = {"csv": "out", "networkx": "g.json", "pyg": "g.pt", "graphml": "g.graphml"}[form]
    done = in_this_process(tmp_path, "data", "export", "g", "--to", form, "-o", out)
    assert done.returncode == 0, done.stderr
    done = in_this_process(tmp_path, "data", "import", "--edges", out, "-o", "again")
    assert done.returncode == 0, done.stderr
    assert neurograph.load_graph(tmp_path / "again").sha256 == graph.sha256


def visits(**columns: Any) -> pd.DataFrame:
    """A year of visits between five houses."""
    rng = np.random.default_rng(3)
    host, guest = rng.integers(0, 5, 300), rng.integers(1, 5, 300)
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.arange(300), unit="D")
    given = {"host": host, "guest": (host + guest) % 5, "date": days} | columns
    return pd.DataFrame(given)


def test_options_are_those_of_import() -> None:
    graph = neurograph.from_pandas(visits(), columns="host,guest,date", window="1M", name="houses")
    assert (graph.name, graph.num_nodes, graph.num_steps) == ("houses", 5, 10)
    assert graph.weighted
    graph = neurograph.from_pandas(visits(), columns={"source": "host", "target": "guest"})
    assert graph.num_steps == 1


def test_what_is_open_is_asked() -> None:
    frame = visits(date=np.cumsum(np.random.default_rng(1).integers(1, 900, 300)))
    with pytest.raises(DoubtError, match="the frame of edges: 300 different times"):
        neurograph.from_pandas(frame, columns="host,guest,date")
    assert neurograph.from_pandas(frame, columns="host,guest,date", yes=True).meta["guesses"]


def test_a_networkx_graph_without_times_is_one_step() -> None:
    nx = pytest.importorskip("networkx")
    club = neurograph.from_networkx(nx.karate_club_graph(), label="club")
    assert (club.num_steps, club.label_names, club.weighted) == (1, ("Mr. Hi", "Officer"), True)
    timed = nx.Graph([(0, 1, {"time": 3, "weight": 2}), (1, 2, {"time": 4, "weight": 5})])
    timed.add_node(7)
    kept = neurograph.from_networkx(timed)
    assert (kept.num_steps, kept.node_ids.tolist()) == (2, [0, 1, 2, 7])
    bare = neurograph.from_networkx(timed, time=None, weight=None)
    assert (bare.num_steps, bare.weighted) == (1, False)


def test_an_error_of_an_edge_names_it() -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.Graph([("hill", "dale", {"time": 3}), ("dale", "ford", {})])
    with pytest.raises(DataError, match=r"networkx Graph, edge 'dale' - 'ford'"):
        neurograph.from_networkx(graph)


def test_a_name_of_each_node_is_no_class(tmp_path: Path) -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.Graph()
    for place, (name, trade) in enumerate([("ann", "smith"), ("bo", "cook"), ("cy", "cook")]):
        graph.add_node(place, label=name, trade=trade)
    graph.add_edges_from([(0, 1), (1, 2)])
    nx.write_gexf(graph, tmp_path / "g.gexf")
    found = neurograph.import_edges(tmp_path / "g.gexf")
    assert found.label_names == ("cook", "smith")
    assert "column 'label' is another name of each node" in str(found.meta["notes"])
    assert neurograph.from_networkx(graph).num_classes == 0
    assert neurograph.from_networkx(graph, label="trade").label_names == ("cook", "smith")
