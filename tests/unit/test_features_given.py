"""Features that the user brings: taken as they are but for mean and variance, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed import load_features, make_features
from neurograph.graphs.graph import TemporalGraph
from neurograph.testing.graphs import random_graph

STEPS, NODES = 4, 60


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return random_graph(np.random.default_rng(0), nodes=NODES, steps=STEPS)[0]


def random_values(width: int = 3) -> Array:
    values: Array = np.random.default_rng(2).normal(5, 3, (STEPS, NODES, width))
    return values


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_given_values_are_standardised(graph: TemporalGraph, tmp_path: Path, dtype: str) -> None:
    values = random_values().astype(dtype)
    np.save(tmp_path / "mine.npy", values)
    made = make_features(graph, tmp_path / "g", given=tmp_path / "mine.npy")
    wide = values.astype(np.float64)
    centre, spread = (f(axis=(1, 2), keepdims=True) for f in (wide.mean, wide.std))
    np.testing.assert_allclose(made.values, (wide - centre) / spread, atol=2e-6)
    assert made.meta["method"] == "given"
    assert made.meta["settings"] == {"file": "mine.npy"}
    assert load_features(tmp_path / "g").sha256 == made.sha256


def refused(graph: TemporalGraph, path: Path, message: str) -> None:
    """The error is exactly this, and nothing was written."""
    folder = path.parent / "g"
    with pytest.raises(DataError) as error:
        make_features(graph, folder, given=path)
    assert str(error.value) == f"{path}: {message}"
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "shape", [(STEPS, NODES), (STEPS + 1, NODES, 3), (STEPS, NODES - 1, 3), (STEPS, NODES, 0)]
)
def test_another_shape(graph: TemporalGraph, tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "f.npy"
    np.save(path, np.zeros(shape, np.float32))
    refused(graph, path, f"shape {shape}; needed (4, 60, F): steps, nodes, features")


def test_not_a_number(graph: TemporalGraph, tmp_path: Path) -> None:
    path, values = tmp_path / "f.npy", random_values()
    values[2, 17, 1] = values[2, 30, 0] = np.nan
    np.save(path, values)
    refused(
        graph,
        path,
        "nan at step 2, node 17, feature 1 (2 such values in this step); "
        "every value must be finite",
    )


def test_infinite(graph: TemporalGraph, tmp_path: Path) -> None:
    path, values = tmp_path / "f.npy", random_values().astype(np.float32)
    values[3, 0, 2] = -np.inf
    np.save(path, values)
    refused(
        graph,
        path,
        "-inf at step 3, node 0, feature 2 (1 such values in this step); "
        "every value must be finite",
    )


def test_a_bad_file_keeps_the_good_features(graph: TemporalGraph, tmp_path: Path) -> None:
    good, bad, values = tmp_path / "good.npy", tmp_path / "bad.npy", random_values()
    np.save(good, values)
    kept = make_features(graph, tmp_path / "g", given=good).sha256
    values[3, 3, 0] = np.nan
    np.save(bad, values)
    with pytest.raises(DataError, match="step 3, node 3, feature 0"):
        make_features(graph, tmp_path / "g", given=bad)
    assert load_features(tmp_path / "g").sha256 == kept
    assert [path.name for path in (tmp_path / "g").iterdir()] == ["features"]


@pytest.mark.parametrize("dtype", ["int64", "complex64", "bool"])
def test_another_type(graph: TemporalGraph, tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "f.npy"
    np.save(path, np.ones((STEPS, NODES, 2), dtype))
    refused(graph, path, f"values of type {dtype}; needed float16, float32 or float64")


def test_missing(graph: TemporalGraph, tmp_path: Path) -> None:
    refused(graph, tmp_path / "f.npy", "no such file")


def test_unreadable(graph: TemporalGraph, tmp_path: Path) -> None:
    path = tmp_path / "f.npy"
    np.save(path, random_values())
    whole = path.read_bytes()
    objects = tmp_path / "objects.npy"
    np.save(objects, np.array([{}, {}], object), allow_pickle=True)
    archive = tmp_path / "archive.npz"
    np.savez(archive, x=random_values())
    for content in (b"", b"u v t\n", whole[:-1], objects.read_bytes(), archive.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"f\.npy: not a readable \.npy file"):
            make_features(graph, tmp_path / "g", given=path)
    assert not (tmp_path / "g").exists()
