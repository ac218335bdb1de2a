"""A part of a graph: what stays, what is left out, and the folder that it is written to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import DataError, ExistsError
from neurograph.graphs.embed import make_features
from neurograph.graphs.embed.folder import load_features, writing
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.part import around, part_of
from neurograph.testing.graphs import random_graph
from neurograph.workflow.part import make_part, pieces_of


def path_graph() -> TemporalGraph:
    """ann - bob - cat - dan - eve, one edge per snapshot, weights 1 to 4."""
    return assemble(
        np.arange(4),
        np.arange(1, 5),
        np.arange(4),
        num_nodes=5,
        num_steps=4,
        labels=np.array([0, 1, -1, 1, 0], np.int16),
        label_names=("oak", "elm"),
        meta={"name": "path", "generated": True},
        weight=np.arange(1.0, 5.0),
        ids=np.array(["ann", "bob", "cat", "dan", "eve"]),
        part=np.array([0, 1, 2, -1, 0], np.int8),
    )


def test_what_is_known_of_nodes_goes_with_them() -> None:
    found = part_of(path_graph(), np.array([1, 2, 4]))
    assert found.node_ids.tolist() == ["bob", "cat", "eve"]
    assert found.labels.tolist() == [1, -1, 0]
    assert found.part.tolist() == [1, 2, 0]
    assert (found.num_steps, found.label_names) == (4, ("oak", "elm"))
    u, v, step, weight = found.fresh.pairs()
    assert (u.tolist(), v.tolist(), step.tolist(), weight.tolist()) == ([0], [1], [1], [2.0])
    assert found.meta["edges_left_out"] == 3
    assert found.meta["part_of"]["nodes"] == 5
    assert found.generated


def test_nodes_that_the_source_numbers_keep_their_numbers() -> None:
    found = part_of(replace(path_graph(), ids=None), np.array([1, 3]))
    assert found.node_ids.tolist() == [1, 3]
    again = part_of(found, np.array([1]))
    assert again.node_ids.tolist() == [3]


@pytest.mark.parametrize(("hops", "wanted"), [(0, [2]), (1, [1, 2, 3]), (2, [0, 1, 2, 3, 4])])
def test_what_is_around_a_node(hops: int, wanted: list[int]) -> None:
    assert around(path_graph(), np.array([2]), hops).tolist() == wanted


def test_all_nodes_are_the_graph() -> None:
    graph, _ = random_graph()
    same = part_of(graph, np.arange(graph.num_nodes))
    for one, other in zip(same.fresh.pairs(), graph.fresh.pairs(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert same.meta["edges_left_out"] == 0


def test_pieces_are_all_nodes_once_and_few_edges_lie_between_them() -> None:
    two = [(a, b, 0) for c in (0, 20) for a in range(c, c + 20) for b in range(a + 1, c + 20)]
    u, v, step = np.array([*two, (3, 27, 0)]).T
    graph = assemble(
        u,
        v,
        step,
        num_nodes=40,
        num_steps=1,
        labels=np.zeros(40, np.int16),
        label_names=("oak",),
        meta={"name": "two"},
    )
    pieces = pieces_of(graph, 2)
    assert sorted(map(tuple, pieces)) == [tuple(range(20)), tuple(range(20, 40))]
    for many in (0, 41):
        with pytest.raises(DataError, match=f"--pieces is {many}; needed 1 to 40"):
            pieces_of(graph, many)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_graph(path_graph(), tmp_path / "g")
    make_features(path_graph(), tmp_path / "g", dim=4)
    (tmp_path / "who.txt").write_text("eve\ncat\n")
    return tmp_path


def test_a_folder_of_a_part_has_its_features(folder: Path) -> None:
    made = make_part(folder / "g", folder / "p", nodes=folder / "who.txt", hops=1)
    found = load_graph(folder / "p")
    assert found.sha256 == made.sha256
    assert found.node_ids.tolist() == ["bob", "cat", "dan", "eve"]
    features, whole = load_features(folder / "p"), load_features(folder / "g")
    features.check_matches(found)
    np.testing.assert_array_equal(features.values, whole.values[:, 1:])
    assert features.meta["part_of"] == whole.sha256
    assert features.meta["settings"] == whole.meta["settings"]


def test_binary_features_that_hold_for_all_steps_stay_so(folder: Path) -> None:
    graph = path_graph()
    ones = np.eye(5, 8, dtype=np.float32)
    with writing(folder / "g", "given", (1, 5, 8), np.dtype("float32")) as writer:
        writer.append(ones)
        writer.finish(
            seed=0,
            graph_sha256=graph.sha256,
            settings={},
            seconds=0.0,
            held_for=4,
            binary=True,
            ones=0.125,
        )
    make_part(folder / "g", folder / "p", nodes=folder / "who.txt")
    kept = load_features(folder / "p", "given")
    kept.check_matches(load_graph(folder / "p"))
    assert (kept.binary, kept.input_gain) == (True, 0.125**-0.5)
    assert kept.values.shape == (4, 2, 8)
    np.testing.assert_array_equal(kept.values[3], ones[[2, 4]])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "which part of 'path'. give --nodes FILE, or --pieces N"),
        ({"pieces": 2, "nodes": "who.txt"}, "not both"),
        ({"pieces": 6}, "--pieces is 6; needed 1 to 5"),
        ({"pieces": 2, "piece": 3}, "--piece is 3; needed 1 to 2"),
        ({"pieces": 2, "piece": 0}, "--piece is 0; needed 1 to 2"),
        ({"pieces": 2, "hops": -1}, "--hops is -1; needed 0 or more"),
        ({"nodes": "none.txt"}, "none.txt"),
    ],
)
def test_what_makes_no_part_is_refused_and_nothing_is_written(
    folder: Path, given: dict, said: str
) -> None:
    options = {n: folder / x if n == "nodes" else x for n, x in given.items()}
    with pytest.raises(DataError, match=said):
        make_part(folder / "g", folder / "p", **options)
    assert not (folder / "p").exists()


def test_a_part_takes_the_place_of_no_graph_in_silence(folder: Path) -> None:
    with pytest.raises(DataError, match="the graph itself is there"):
        make_part(folder / "g", folder / "g", pieces=2)
    make_part(folder / "g", folder / "p", pieces=2)
    with pytest.raises(ExistsError, match="p: there already: another graph, 'path, part'"):
        make_part(folder / "g", folder / "p", pieces=2, piece=2)
    said: list[str] = []
    make_part(folder / "g", folder / "p", pieces=2, piece=2, overwrite=True, say=said.append)
    assert "replaced the graph" in said[0]
