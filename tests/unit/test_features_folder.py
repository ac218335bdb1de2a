"""Feature folders: whole or not at all, and nothing else is taken for features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, MachineError, StoreError
from neurograph.graphs.embed import DEFAULT, load_features, make_features
from neurograph.graphs.embed.dynwalk import DynWalk
from neurograph.graphs.graph import TemporalGraph
from neurograph.testing.graphs import random_graph


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return random_graph(np.random.default_rng(0))[0]


@pytest.fixture
def folder(graph: TemporalGraph, tmp_path: Path) -> Path:
    make_features(graph, tmp_path / "g", dim=4)
    return tmp_path / "g"


def test_what_was_made_is_what_is_loaded(graph: TemporalGraph, folder: Path) -> None:
    made, loaded = make_features(graph, folder, dim=4), load_features(folder, DEFAULT)
    np.testing.assert_array_equal(made.values, loaded.values)
    assert isinstance(loaded.values, np.memmap)
    assert not loaded.values.flags.writeable
    assert made.meta == loaded.meta
    assert loaded.sha256 == hashlib.sha256(loaded.values.tobytes()).hexdigest()
    loaded.check_matches(graph)


def test_only_whole_files_are_left(folder: Path) -> None:
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    home = f"features/{DEFAULT}"
    assert found == ["features", home, f"{home}/features.json", f"{home}/values.npy"]


def test_the_header_is_json_of_its_kind_and_schema(graph: TemporalGraph, folder: Path) -> None:
    header = json.loads((folder / "features" / DEFAULT / "features.json").read_text())
    assert header["kind"] == "neurograph features"
    assert header["schema"] == 1
    assert header["shape"] == [graph.num_steps, graph.num_nodes, 4]
    assert header["dtype"] == "float32"
    assert header["graph_sha256"] == graph.sha256
    assert header["settings"]["walks"] == DynWalk.suited(graph, dim=4).walks


def test_a_failure_leaves_the_features_that_were_there(
    graph: TemporalGraph, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_features(folder).sha256

    def fails(_self: DynWalk, graph: TemporalGraph, _seed: int) -> Iterator[Array]:
        yield np.ones((graph.num_nodes, 4), np.float32)
        raise OSError("no space left on device")

    monkeypatch.setattr(DynWalk, "snapshots", fails)
    with pytest.raises(MachineError, match="no space left"):
        make_features(graph, folder, dim=4)
    test_only_whole_files_are_left(folder)
    assert load_features(folder).sha256 == before


def test_a_missing_snapshot_is_no_success(
    graph: TemporalGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DynWalk, "snapshots", lambda *_: iter(()))
    with pytest.raises(DataError, match=r"^0 snapshots of 4 were made$"):
        make_features(graph, tmp_path, dim=4)
    assert list(tmp_path.iterdir()) == []


def test_features_of_another_graph_are_refused(folder: Path) -> None:
    other, _ = random_graph(np.random.default_rng(1))
    with pytest.raises(DataError, match="features were made for graph"):
        load_features(folder).check_matches(other)


def renamed(folder: Path, method: str) -> None:
    (folder / "features" / DEFAULT).rename(folder / "features" / method)


def test_the_only_method_is_taken(folder: Path) -> None:
    renamed(folder, "deepwalk")
    assert load_features(folder).values.shape[2] == 4


def test_the_default_method_wins(graph: TemporalGraph, folder: Path) -> None:
    renamed(folder, "deepwalk")
    make_features(graph, folder, dim=3)
    assert load_features(folder).values.shape[2] == 3


def test_what_a_user_gave_wins_over_all(graph: TemporalGraph, folder: Path) -> None:
    renamed(folder, "given")
    make_features(graph, folder, dim=3)
    assert load_features(folder).values.shape[2] == 4


def test_several_and_no_default_are_listed(graph: TemporalGraph, folder: Path) -> None:
    renamed(folder, "dynwalk-weighted")
    make_features(graph, folder, dim=4)
    renamed(folder, "deepwalk")
    with pytest.raises(DataError) as error:
        load_features(folder)
    assert str(error.value) == (
        f"{folder}: features by deepwalk, dynwalk-weighted and none by the default 'dynwalk'; "
        "name the one you mean"
    )


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (None, "no features here; run: neurograph features {g}"),
        ("dynwalk", "no features here; run: neurograph features {g}"),
        ("deepwalk", "no features here; run: neurograph features {g} --method deepwalk"),
        ("given", "no features here; run: neurograph features {g} --given FILE"),
        ("x", "no features here; known methods: dynwalk, dynwalk-weighted, deepwalk, given"),
    ],
)
def test_nothing_there(tmp_path: Path, method: str | None, message: str) -> None:
    with pytest.raises(DataError) as error:
        load_features(tmp_path, method)
    assert str(error.value) == f"{tmp_path}: {message.format(g=tmp_path)}"


def test_another_method_there(folder: Path) -> None:
    with pytest.raises(DataError) as error:
        load_features(folder, "deepwalk")
    assert str(error.value) == (
        f"{folder}: no 'deepwalk' features (there are: dynwalk); "
        f"run: neurograph features {folder} --method deepwalk"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged (Expecting value"),
        ('{"kind": "neurograph fea', "damaged (Unterminated string"),
        ("[]", "not the header of NeuroGraph features"),
        ('{"kind": "neurograph graph", "schema": 1}', "not the header of NeuroGraph features"),
        ('{"kind": "neurograph features", "schema": 2}', "this neurograph reads 1; upgrade"),
        ('{"kind": "neurograph features", "schema": 0}', "reads 1; make the features again"),
        ('{"kind": "neurograph features", "schema": 1}', "damaged (no method, seed,"),
    ],
)
def test_bad_headers(folder: Path, text: str, message: str) -> None:
    (folder / "features" / DEFAULT / "features.json").write_text(text)
    with pytest.raises(StoreError) as error:
        load_features(folder)
    assert message in str(error.value)


def test_values_cut_short_missing_or_of_another_kind(folder: Path) -> None:
    path = folder / "features" / DEFAULT / "values.npy"
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:40], b"", b"PK\x03\x04 not an archive"):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=r"values\.npy: damaged .*make the features again$"):
            load_features(folder)
    path.unlink()
    with pytest.raises(StoreError, match=r"values\.npy: damaged .*No such file"):
        load_features(folder)


def test_values_of_another_shape_or_type(graph: TemporalGraph, folder: Path) -> None:
    path = folder / "features" / DEFAULT / "values.npy"
    np.save(path, np.zeros((4, 60, 3), np.float32))
    with pytest.raises(StoreError) as error:
        load_features(folder)
    assert str(error.value) == (
        f"{path}: float32 [4, 60, 3], features.json says float32 [4, 60, 4]; "
        "make the features again"
    )
    np.save(path, np.zeros((4, 60, 4)))
    with pytest.raises(StoreError, match=r"float64 \[4, 60, 4\], features.json says float32"):
        load_features(folder)
