"""`train GRAPH` without options: features are made, settings chosen by rule, and all of it said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.road.conftest import Command

FAST = ("--epochs", "2", "--no-yardsticks")


def contacts(path: Path, *, heavy_inside: bool) -> None:
    """Two groups of 40; everybody meets two of the own and three others, one kind ten times."""
    rng = np.random.default_rng(5)
    rows = ["u,v,t"]
    for node in range(80):
        for same, many in ((True, 2), (False, 3)):
            others = [n for n in range(80) if (n % 2 == node % 2) == same and n != node]
            for other in rng.choice(others, many, replace=False):
                times = rng.integers(0, 3, 10 if same == heavy_inside else 1)
                rows += [f"p{node},p{other},{step}" for step in times]
    (path / "contacts.csv").write_text("\n".join(rows) + "\n")
    groups = "".join(f"p{n},{'xy'[n % 2]}\n" for n in range(80))
    (path / "groups.csv").write_text(f"node,label\n{groups}")


def train(folder: Path, neurograph: Command, *options: str) -> tuple[dict[str, object], str]:
    """Settings of the run as the manifest has them, and what was said."""
    given = ("--edges", "contacts.csv", "--labels", "groups.csv", "-o", "g", "--yes")
    if not (folder / "g").exists():
        assert neurograph(folder, "data", "import", *given).returncode == 0
    done = neurograph(folder, "train", "g", "-o", "r", *FAST, *options)
    assert done.returncode == 0, done.stderr
    trained = json.loads((folder / "r" / "manifest.json").read_text())["train"]
    return {**trained["settings"], "features": trained["features"]}, done.stderr


@pytest.mark.parametrize(
    ("heavy_inside", "use", "walks"),
    [(True, "on", "dynwalk-weighted"), (False, "off", "dynwalk")],
)
def test_weights_are_used_where_known_nodes_say_so(
    tmp_path: Path, neurograph: Command, heavy_inside: bool, use: str, walks: str
) -> None:
    contacts(tmp_path, heavy_inside=heavy_inside)
    settings, said = train(tmp_path, neurograph)
    assert (settings["edge_weights"], settings["features"]) == (use, walks)
    assert settings["epochs"] == 2
    assert "chosen: " in said
    assert "because: " in said
    again, _ = train(tmp_path, neurograph, "--edge-weights", "off", "--overwrite")
    assert (again["edge_weights"], again["features"]) == ("off", "dynwalk")


def test_auto_is_decided_beside_a_preset_too(tmp_path: Path, neurograph: Command) -> None:
    contacts(tmp_path, heavy_inside=True)
    assert train(tmp_path, neurograph)[0]["edge_weights"] == "on"
    settings, _ = train(
        *(tmp_path, neurograph, "--preset", "demo", "--edge-weights", "auto"),
        *("--features", "dynwalk-weighted", "--overwrite"),
    )
    assert settings["edge_weights"] == "on"


def test_weighted_draws_go_the_whole_road(tmp_path: Path, neurograph: Command) -> None:
    contacts(tmp_path, heavy_inside=True)
    train(tmp_path, neurograph)
    for command in (
        ("export", "r"),
        ("run", "r", "--nodes", "all", "--backend", "reference"),
        ("verify", "r"),
        ("predict", "r", "--nodes", "test", "-o", "p.csv"),
        ("report", "r"),
    ):
        done = neurograph(tmp_path, *command)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "p.csv").read_text().splitlines()[1].startswith("p")
