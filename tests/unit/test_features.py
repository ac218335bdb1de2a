"""Features made from the graph: what a snapshot's vectors may know, and that they say something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed import DEFAULT, make_features
from neurograph.graphs.embed.dynwalk import DynWalk
from neurograph.graphs.embed.make import standardised
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import import_edges
from neurograph.graphs.io.assemble import assemble

METHODS = (DEFAULT, "deepwalk")
COMMUNITIES, SIZE, STEPS, ISOLATED = 4, 15, 4, 60


def graph_of(edges: Array, *, nodes: int, steps: int) -> TemporalGraph:
    """A graph of rows (u, v, step), without labels."""
    u, v, step = np.asarray(edges).T
    labels = np.full(nodes, -1)
    return assemble(
        u, v, step, num_nodes=nodes, num_steps=steps, labels=labels, label_names=(), meta={}
    )


def community_edges(steps: int = STEPS) -> Array:
    """Rows (u, v, step): four communities of 15, joined into a ring by one edge each."""
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(steps):
        first = SIZE * rng.integers(COMMUNITIES, size=60)
        rows.append(np.stack([first + rng.integers(SIZE, size=60) for _ in "uv"], axis=1))
    joints = [[SIZE * c, SIZE * ((c + 1) % COMMUNITIES) + 1] for c in range(COMMUNITIES)]
    rows[0] = np.concatenate([rows[0], joints])
    return np.concatenate([np.c_[pairs, np.full(len(pairs), t)] for t, pairs in enumerate(rows)])


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return graph_of(community_edges(), nodes=ISOLATED + 1, steps=STEPS)


def values_of(graph: TemporalGraph, folder: Path, **settings: object) -> Array:
    values: Array = make_features(graph, folder, **{"dim": 16, **settings}).values  # type: ignore[arg-type]
    return values


def unit(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    rows: Array = vectors / np.where(lengths > 0, lengths, 1)
    return rows


@pytest.mark.parametrize("method", METHODS)
def test_shape_type_and_recipe(graph: TemporalGraph, tmp_path: Path, method: str) -> None:
    made = make_features(graph, tmp_path, method=method, dim=8, seed=3)
    made.check_matches(graph)
    assert made.values.shape == (STEPS, ISOLATED + 1, 8)
    assert made.values.dtype == np.float32
    assert not made.values.flags.writeable
    assert made.meta["method"] == method
    assert made.meta["seed"] == 3
    assert made.meta["settings"]["dim"] == 8
    assert made.meta["seconds"] > 0


@pytest.mark.parametrize("method", METHODS)
def test_one_mean_and_one_variance_per_snapshot(
    graph: TemporalGraph, tmp_path: Path, method: str
) -> None:
    values = values_of(graph, tmp_path, method=method)
    np.testing.assert_allclose(values.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=(1, 2)), 1, atol=1e-5)
    assert not np.allclose(values.std(axis=1), 1, atol=0.05), "channels keep their own variance"


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_gives_the_same_bytes_again(
    graph: TemporalGraph, tmp_path: Path, method: str
) -> None:
    first, again, other = (
        make_features(graph, tmp_path / name, method=method, dim=16, seed=seed)
        for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )
    assert first.values.tobytes() == again.values.tobytes()
    assert first.sha256 == again.sha256 != other.sha256
    assert not np.array_equal(first.values, other.values)


def test_the_number_of_threads_changes_nothing(graph: TemporalGraph, tmp_path: Path) -> None:
    here = make_features(graph, tmp_path / "here", dim=16)
    np.save(tmp_path / "edges.npy", community_edges())
    code = (
        "import os, sys, pathlib\n"
        "os.environ |= dict.fromkeys(('NUMBA_NUM_THREADS', 'OMP_NUM_THREADS'), '1')\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "import numpy as np, test_features as t\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "g = t.graph_of(np.load(folder / 'edges.npy'), nodes=t.ISOLATED + 1, steps=t.STEPS)\n"
        "sys.stdout.write(t.make_features(g, folder / 'there', dim=16).sha256)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]
    there = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert there.stdout == here.sha256


@pytest.mark.parametrize("method", METHODS)
def test_later_edges_change_nothing_earlier(
    graph: TemporalGraph, tmp_path: Path, method: str
) -> None:
    late = np.array([[0, 40, 2], [3, ISOLATED, 2], [7, 50, 3]])
    longer = graph_of(np.concatenate([community_edges(), late]), nodes=ISOLATED + 1, steps=STEPS)
    plain = values_of(graph, tmp_path / "a", method=method)
    added = values_of(longer, tmp_path / "b", method=method)
    np.testing.assert_array_equal(plain[:2], added[:2])
    assert not np.allclose(plain[2], added[2])


def test_more_steps_change_nothing_earlier(graph: TemporalGraph, tmp_path: Path) -> None:
    longer = graph_of(community_edges(STEPS + 2), nodes=ISOLATED + 1, steps=STEPS + 2)
    np.testing.assert_array_equal(
        values_of(graph, tmp_path / "a"), values_of(longer, tmp_path / "b")[:STEPS]
    )


def test_a_community_is_closer_than_the_rest(graph: TemporalGraph, tmp_path: Path) -> None:
    vectors = unit(values_of(graph, tmp_path)[-1][:ISOLATED])
    alike = vectors @ vectors.T
    same = np.repeat(np.arange(COMMUNITIES), SIZE)
    inside = same[:, None] == same
    np.fill_diagonal(alike, np.nan)
    assert np.nanmean(alike[inside]) > np.nanmean(alike[~inside]) + 0.3


def test_successive_snapshots_are_aligned(graph: TemporalGraph, tmp_path: Path) -> None:
    values = values_of(graph, tmp_path / "a")[:, :ISOLATED]
    kept = np.einsum("tnf,tnf->tn", unit(values[1:]), unit(values[:-1]))
    turned = values_of(graph, tmp_path / "b", seed=1)[-1, :ISOLATED]
    across = np.einsum("nf,nf->n", unit(values[-1]), unit(turned))
    assert kept.mean() > 0.6
    assert abs(across.mean()) < 0.4, "two seeds are turned against each other"


def test_a_node_without_an_edge_is_neutral(graph: TemporalGraph) -> None:
    for values in DynWalk(dim=16).snapshots(graph, 0):
        np.testing.assert_array_equal(values[ISOLATED], 0)
        assert (np.abs(values[:ISOLATED]).sum(axis=1) > 0).sum() > 50


def test_the_first_edge_wakes_a_node(tmp_path: Path) -> None:
    rows = np.array([[0, 1, 0], [1, 2, 0], [2, 0, 0], [3, 0, 2]])
    made = list(DynWalk(dim=4).snapshots(graph_of(rows, nodes=4, steps=3), 0))
    assert not made[0][3].any()
    assert not made[1][3].any()
    assert made[2][3].any()


def test_a_new_node_begins_near_its_neighbours() -> None:
    rows = np.concatenate([community_edges(2), [[ISOLATED, 16, 1], [ISOLATED, 17, 1]]])
    two = graph_of(rows, nodes=ISOLATED + 1, steps=2)
    recipe = DynWalk(dim=16, walks=0, first_walks=0, smoothed=False)
    assert np.abs(list(recipe.snapshots(two, 0))[1][ISOLATED]).max() < 0.1
    settled = list(DynWalk(dim=16, smoothed=False).snapshots(two, 0))
    alike = unit(settled[1]) @ unit(settled[1])[ISOLATED]
    assert alike[15:30].mean() > alike[:15].mean() + 0.2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("rows", "nodes", "steps"),
    [
        ([[0, 1, 0]], 2, 1),
        ([[0, 1, 0]], 5, 3),
        ([[3, 4, 2]], 5, 3),
        ([[v, v + 1, 0] for v in range(9)], 10, 1),
    ],
    ids=["one edge", "one edge, isolated nodes", "nothing before step 2", "one step"],
)
def test_tiny_graphs(
    tmp_path: Path, method: str, rows: list[list[int]], nodes: int, steps: int
) -> None:
    values = values_of(graph_of(np.array(rows), nodes=nodes, steps=steps), tmp_path, method=method)
    assert values.shape == (steps, nodes, 16)
    assert np.isfinite(values).all()
    assert values[-1].any()


def test_float16_is_the_rounded_float32(graph: TemporalGraph, tmp_path: Path) -> None:
    full = values_of(graph, tmp_path / "a")
    half = values_of(graph, tmp_path / "b", dtype="float16")
    assert half.dtype == np.float16
    np.testing.assert_array_equal(half, full.astype(np.float16))


def test_progress_counts_snapshots(graph: TemporalGraph, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make_features(graph, tmp_path, dim=4, progress=lambda *at: seen.append(at))
    assert seen == [(done, STEPS) for done in range(1, STEPS + 1)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_standardised_survives_extremes(dtype: type) -> None:
    largest = np.finfo(dtype).max
    for values in (np.array([[largest, -largest]]), np.array([[largest, 0.0]])):
        np.testing.assert_allclose(standardised(values.astype(dtype)), [[1, -1]], rtol=1e-6)
    np.testing.assert_array_equal(standardised(np.full((50, 7), 0.1, dtype)), np.zeros((50, 7)))
    np.testing.assert_array_equal(standardised(np.zeros((3, 2), dtype)), np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"method": "node2vec"},
            "no feature method 'node2vec'; known: dynwalk, dynwalk-weighted, deepwalk, given",
        ),
        ({"method": "given"}, "method 'given' needs a file; add: --given FILE"),
        ({"dim": 0}, "0 features per node; at least 1"),
        ({"seed": -1}, "seed -1; at least 0"),
        ({"dtype": "int8"}, "features as 'int8'; known: float32, float16"),
    ],
)
def test_bad_settings_write_nothing(
    graph: TemporalGraph, tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=r"^" + message.replace("(", r"\(") + "$"):
        make_features(graph, tmp_path / "g", **settings)  # type: ignore[arg-type]
    assert not (tmp_path / "g").exists()


def test_deepwalk_without_gensim_names_the_extra(
    graph: TemporalGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(DataError, match=r"pip install 'neurograph\[deepwalk\]'"):
        make_features(graph, tmp_path, method="deepwalk")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
@pytest.mark.parametrize("method", METHODS)
def test_classes_of_a_school_are_read_off_the_last_snapshot(
    data_dir: Path, tmp_path: Path, method: str
) -> None:
    graph = import_edges(data_dir / "highschool2013" / "highschool2013.npz", steps=10)
    values = make_features(graph, tmp_path, method=method, dim=32).values
    last, known = unit(values[-1]), np.flatnonzero(graph.labels >= 0)
    alike = last[known] @ last[known].T
    np.fill_diagonal(alike, -1)
    nearest = graph.labels[known[np.argmax(alike, axis=1)]]
    assert np.mean(nearest == graph.labels[known]) > 0.9
