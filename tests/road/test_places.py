"""Who may not write somewhere: a graph of others, the current folder, a home, another's files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.road.conftest import Command

SMALL = ("--epochs", "1", "--hidden", "8,4", "--batch", "16", "--no-yardsticks")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> Path:
    folder = tmp_path_factory.mktemp("places")
    made = neurograph(folder, "data", "synth", "--nodes", "100", "--classes", "4", "-o", "g")
    assert made.returncode == 0, made.stderr
    return folder / "g"


@pytest.fixture
def unprivileged() -> list[str]:
    """Words that run a command by the rights of files, also for a superuser."""
    return ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []


def run(words: list[str], *typed: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    line = [*words, sys.executable, "-m", "neurograph", *map(str, typed)]
    return subprocess.run(
        line,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "1000"},  # an error is a line
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_features_of_a_graph_whose_folder_is_not_ours(
    graph: Path, tmp_path: Path, neurograph: Command
) -> None:
    """They lie elsewhere, and the run finds them again, also when both were moved."""
    done = neurograph(tmp_path, "features", graph, "--dim", "8", "-o", "a/mine")
    assert done.returncode == 0, done.stderr
    assert not (graph / "features").exists()
    words = ("train", graph, "--features", "a/mine", "-o", "a/r", *SMALL)
    done = neurograph(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "elsewhere").mkdir()
    export = ("export", "--target", "reference", "--calibrate", "8")
    done = neurograph(tmp_path / "elsewhere", export[0], "../b/r", *export[1:])
    assert done.returncode == 0, done.stderr
    (tmp_path / "b" / "mine").rename(tmp_path / "gone")
    done = neurograph(tmp_path, "export", "b/r")
    assert done.returncode == 2
    assert f"b/r: was trained on the features in {tmp_path / 'a' / 'mine'}, which" in done.stderr


def test_given_features_lie_elsewhere_too(graph: Path, tmp_path: Path, neurograph: Command) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(100, 3)))
    done = neurograph(tmp_path, "features", graph, "--given", "x.npy", "-o", "mine")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "mine" / "features.json").read_text())["method"] == "given"


def test_a_graph_that_is_read_only_says_how_to_go_on(
    graph: Path, tmp_path: Path, unprivileged: list[str]
) -> None:
    graph.chmod(0o555)
    try:
        done = run(unprivileged, "train", graph, "-o", "r", *SMALL, cwd=tmp_path)
    finally:
        graph.chmod(0o755)
    assert done.returncode == 3, done.stderr
    assert done.stderr == (
        f"error: {graph}: cannot be written to; make the features elsewhere and train with them: "
        f"neurograph features {graph} -o FOLDER; neurograph train {graph} --features FOLDER\n"
    )
    assert [*tmp_path.iterdir()] == []


def test_a_current_folder_that_is_read_only(
    graph: Path, tmp_path: Path, unprivileged: list[str]
) -> None:
    (tmp_path / "here").mkdir(mode=0o555)
    here, out = tmp_path / "here", tmp_path / "r"
    words = ("train", graph, "--features", "none", "--label-input", "-o", out, *SMALL)
    done = run(unprivileged, *words, cwd=here)
    assert done.returncode == 0, done.stderr
    assert (
        f"note: runs/latest cannot be set (Permission denied); name the run: {out}" in done.stderr
    )
    done = run(unprivileged, "data", "synth", "-o", "g", cwd=here)
    assert done.returncode == 3
    assert done.stderr == (
        "error: g/graph.json: cannot be written: Permission denied; you may not write in "
        f"{here}; use another folder\n"
    )


def test_what_belongs_to_others_is_not_damaged(
    graph: Path, tmp_path: Path, unprivileged: list[str]
) -> None:
    (graph / "graph.npz").chmod(0)
    try:
        done = run(unprivileged, "data", "info", graph, cwd=tmp_path)
    finally:
        (graph / "graph.npz").chmod(0o644)
    assert done.returncode == 3
    assert done.stderr == (
        f"error: {graph / 'graph.npz'}: cannot be read: Permission denied; let its owner give you "
        "the right to read it\n"
    )
