"""Graph folders: what goes in comes out, and nothing else is taken for a graph."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import DataError, MachineError, StoreError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.sets import synth


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return synth(nodes=60, classes=2, steps=4)


@pytest.fixture
def folder(graph: TemporalGraph, tmp_path: Path) -> Path:
    save_graph(graph, tmp_path / "g")
    return tmp_path / "g"


def test_a_graph_survives_the_trip(graph: TemporalGraph, folder: Path) -> None:
    again = load_graph(folder)
    assert again.sha256 == graph.sha256
    assert again.meta == graph.meta
    assert again.label_names == graph.label_names
    for name in ("cumulative", "fresh"):
        for field in ("indptr", "indices", "step", "before"):
            want = getattr(getattr(graph, name), field)
            np.testing.assert_array_equal(getattr(getattr(again, name), field), want)
    assert sorted(path.name for path in folder.iterdir()) == ["graph.json", "graph.npz"]


def test_the_header_says_what_it_is(graph: TemporalGraph, folder: Path) -> None:
    header = json.loads((folder / "graph.json").read_text())
    assert header["kind"] == "neurograph graph"
    assert header["schema"] == 2
    assert (header["nodes"], header["steps"], header["classes"]) == (60, 4, 2)
    assert header["pairs"] == graph.adjacency(3).nnz // 2
    assert header["sha256"] == graph.sha256
    assert header["meta"]["generated"] is True


def test_empty_last_steps_are_kept(tmp_path: Path) -> None:
    graph = synth(nodes=60, classes=2, steps=4)
    quiet = TemporalGraph(
        cumulative=_longer(graph.cumulative),
        fresh=_longer(graph.fresh),
        labels=graph.labels,
        label_names=graph.label_names,
    )
    assert quiet.sha256 != graph.sha256
    save_graph(quiet, tmp_path)
    assert load_graph(tmp_path).num_steps == 5


def _longer(lists):
    before = np.concatenate([lists.before, lists.before[-1:]])
    return type(lists)(indptr=lists.indptr, indices=lists.indices, step=lists.step, before=before)


def test_saving_twice_writes_the_same_bytes(graph: TemporalGraph, folder: Path) -> None:
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    save_graph(graph, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_a_failed_save_leaves_the_old_graph(
    folder: Path, graph: TemporalGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(MachineError, match="No space"):
        save_graph(synth(nodes=60, classes=2, steps=4, seed=1), folder)
    assert load_graph(folder).sha256 == graph.sha256
    assert sorted(path.name for path in folder.iterdir()) == ["graph.json", "graph.npz"]


def test_no_graph_here(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        load_graph(tmp_path / "none")
    assert str(error.value) == (
        f"{tmp_path / 'none'}: no graph here (graph.json is missing); make one with: "
        "neurograph data import, or neurograph data synth"
    )


def change_header(folder: Path, **changes: object) -> None:
    path = folder / "graph.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("schema", "remedy"), [(3, "upgrade neurograph"), (0, "make the graph again")]
)
def test_another_schema(folder: Path, schema: int, remedy: str) -> None:
    change_header(folder, schema=schema)
    with pytest.raises(StoreError) as error:
        load_graph(folder)
    path = folder / "graph.json"
    assert str(error.value) == f"{path}: schema {schema}, this neurograph reads 1 to 2; {remedy}"


@pytest.mark.parametrize("text", ['{"kind": "other"}', "[1, 2]", "7"])
def test_a_foreign_header(folder: Path, text: str) -> None:
    (folder / "graph.json").write_text(text)
    with pytest.raises(StoreError, match=r"graph.json: not the header of a NeuroGraph graph"):
        load_graph(folder)


def test_a_truncated_header(folder: Path) -> None:
    path = folder / "graph.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(StoreError, match=r"graph.json: damaged \(.*\); make the graph again"):
        load_graph(folder)


def test_a_header_that_lacks_a_key(folder: Path) -> None:
    path = folder / "graph.json"
    header = json.loads(path.read_text())
    del header["sha256"]
    path.write_text(json.dumps(header))
    with pytest.raises(
        StoreError, match=r"graph.json: damaged \(no sha256\); make the graph again"
    ):
        load_graph(folder)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_truncated_arrays(folder: Path, keep: float) -> None:
    path = folder / "graph.npz"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(StoreError, match=r"graph.npz: damaged .*; make the graph again"):
        load_graph(folder)


def test_foreign_arrays(folder: Path) -> None:
    np.savez(folder / "graph.npz", a=np.arange(3))
    with pytest.raises(StoreError, match=r"damaged \(no label_names, labels, step, u, v\); make"):
        load_graph(folder)


def test_arrays_of_another_graph(folder: Path, tmp_path: Path) -> None:
    other = synth(nodes=60, classes=2, steps=4, seed=1)
    save_graph(other, tmp_path / "other")
    (tmp_path / "other" / "graph.npz").replace(folder / "graph.npz")
    with pytest.raises(StoreError, match=f"its contents are {other.sha256[:12]}, graph.json says"):
        load_graph(folder)


@pytest.mark.parametrize("steps", [3, 5, "four", None, -1])
def test_a_wrong_number_of_steps(folder: Path, steps: object) -> None:
    change_header(folder, steps=steps)
    with pytest.raises(StoreError, match="make the graph again"):
        load_graph(folder)


def test_weights_ids_and_parts_come_back(tmp_path: Path) -> None:
    graph = assemble(
        np.array([0, 1, 1, 2]),
        np.array([1, 0, 2, 2]),
        np.array([0, 0, 1, 1]),
        num_nodes=3,
        num_steps=2,
        labels=np.array([0, 1, -1]),
        label_names=("a", "b"),
        meta={"name": "named"},
        weight=np.array([1.0, 1.5, 3.0, 9.0]),
        ids=np.array(["x", "y", "zz"]),
        part=np.array([0, 2, -1]),
    )
    save_graph(graph, tmp_path)
    again = load_graph(tmp_path)
    assert again.sha256 == graph.sha256
    assert again.node_ids.tolist() == ["x", "y", "zz"]
    assert np.array_equal(again.part, [0, 2, -1])
    assert again.weights(0).toarray().tolist() == [[0, 2.5, 0], [2.5, 0, 0], [0, 0, 0]]
    assert again.weights(1)[1, 2] == 3.0


def test_ids_and_parts_are_of_the_fingerprint_and_ones_are_no_weights(tmp_path: Path) -> None:
    def made(**extra: object) -> TemporalGraph:
        arrays = (np.array([0, 1]), np.array([1, 2]), np.array([0, 0]))
        facts = {"labels": np.full(3, -1), "label_names": (), "meta": {}}
        return assemble(*arrays, num_nodes=3, num_steps=1, **facts, **extra)  # type: ignore[arg-type]

    plain = made()
    assert made(weight=np.ones(2)).sha256 == plain.sha256
    assert not made(weight=np.ones(2)).weighted
    others = [{"weight": np.full(2, 2.0)}, {"ids": np.array([5, 6, 7])}, {"part": np.zeros(3)}]
    assert len({plain.sha256, *(made(**extra).sha256 for extra in others)}) == 4
