"""The commands around the road, and that the README only names commands that exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from neurograph.cli.app import app
from tests.road.conftest import Command

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    command.strip()
    for page in ("README.md", "CONTRIBUTING.md")
    for line in (ROOT / page).read_text().splitlines()
    if re.match(r" {4}neurograph ", line)
    for command in line.split("#")[0].split("; ")
]


@pytest.mark.parametrize("line", sorted(set(LINES)))
def test_the_readme_names_real_commands_and_options(line: str) -> None:
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):  # a group, of Click or of a Typer that has a Click inside
        assert words, f"{line}: a command is missing"
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    assert command.name != "neurograph", "a command was reached"
    command.make_context(command.name, list(words))


def test_the_readme_has_the_road() -> None:
    assert len(LINES) >= 12


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^ {4}make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_import_info_features_as_a_user(tmp_path: Path, process: Command) -> None:
    rng = np.random.default_rng(0)
    u, v = rng.integers(0, 40, 300), rng.integers(0, 40, 300)
    times = np.sort(rng.integers(0, 4, 300))
    text = "".join(f"{a} {b} {t}\n" for a, b, t in zip(u, v, times, strict=True))
    (tmp_path / "e.txt").write_text(text + "39 0 3\n")
    (tmp_path / "l.txt").write_text("".join(f"{n} {n % 2}\n" for n in range(40)))
    made = process(tmp_path, "data", "import", "--edges", "e.txt", "--labels", "l.txt", "-o", "g")
    assert made.returncode == 0, made.stderr
    assert "40 nodes, 4 steps" in made.stdout
    facts = json.loads(process(tmp_path, "data", "info", "g", "--json").stdout)
    assert (facts["nodes"], facts["steps"], len(facts["classes"])) == (40, 4, 2)
    assert process(tmp_path, "data", "info", "g").returncode == 0
    done = process(tmp_path, "features", "g", "--dim", "8", "--dtype", "float16")
    assert done.returncode == 0, done.stderr
    assert "4 x 40 x 8" in done.stdout


def test_profiles(tmp_path: Path, process: Command) -> None:
    listed = process(tmp_path, "profiles", "list")
    assert "loihi1" in listed.stdout
    assert "loihi2" in listed.stdout
    shown = process(tmp_path, "profiles", "show", "loihi1")
    assert "23.6 pJ" in shown.stdout
    assert "davies2018" in shown.stdout
    whole = json.loads(process(tmp_path, "profiles", "show", "loihi2", "--json").stdout)
    assert whole["limits"]["neurons_per_core"]["basis"] == "measured"


def test_version(tmp_path: Path, process: Command) -> None:
    from neurograph import __version__

    assert process(tmp_path, "--version").stdout.strip() == __version__


def test_a_terminal_that_is_not_in_utf8_lacks_characters_and_no_more(
    tmp_path: Path, process: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = process(tmp_path, "profiles", "diff", "loihi1", "loihi2")
    assert done.returncode == 0, done.stderr
    assert " uJ" in done.stdout
    assert "?" not in done.stdout
