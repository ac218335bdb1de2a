"""What `info` counts, worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neurograph.graphs.io import import_edges, info
from neurograph.graphs.sets import synth


@pytest.fixture
def described(tmp_path: Path) -> dict:
    edges, labels = tmp_path / "e.txt", tmp_path / "l.txt"
    # a triangle 0 1 2 that grows over two steps, a repeat in step 2, nodes 3 and 4 at step 2,
    # node 5 isolated
    edges.write_text("0 1 0\n1 2 0\n0 2 1\n0 1 2\n3 4 2\n")
    labels.write_text("0 a\n1 b\n2 b\n5 b\n")
    return info(import_edges(edges, labels=labels, nodes=6))


def test_counts_per_step(described: dict) -> None:
    keys = ("step", "edges", "new_pairs", "cumulative_pairs", "active_nodes")
    rows = [tuple(row[key] for key in keys) for row in described["per_step"]]
    assert rows == [(0, 2, 2, 2, 3), (1, 1, 1, 3, 2), (2, 2, 1, 4, 4)]


def test_whole_graph(described: dict) -> None:
    assert (described["nodes"], described["steps"]) == (6, 3)
    assert (described["pairs"], described["edges"]) == (4, 5)
    assert described["isolated_nodes"] == 1
    assert described["degree"] == {"min": 0, "median": 1.5, "mean": pytest.approx(8 / 6), "max": 2}


def test_class_balance(described: dict) -> None:
    assert described["unlabelled_nodes"] == 2
    assert described["classes"] == [
        {"class": 0, "name": "a", "nodes": 1, "share": 0.25},
        {"class": 1, "name": "b", "nodes": 3, "share": 0.75},
    ]


def test_everything_is_json_and_a_generated_graph_says_so(described: dict) -> None:
    json.dumps(described, allow_nan=False)
    assert described["generated"] is False
    made = info(synth(nodes=60, classes=2, steps=3))
    json.dumps(made, allow_nan=False)
    assert made["generated"] is True
    assert "synthetic" in made["name"]


def test_a_graph_without_labels(tmp_path: Path) -> None:
    path = tmp_path / "e.txt"
    path.write_text("0 1 0\n")
    described = info(import_edges(path))
    assert described["classes"] == []
    assert described["unlabelled_nodes"] == 2
