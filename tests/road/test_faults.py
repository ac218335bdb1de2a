"""Commands with too little of something, and killed: a few of what `make bench-faults` tries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Once

SCRIPTS = Path(__file__).resolve().parents[1] / "faults"
pytestmark = pytest.mark.slow


def tried(*words: str | Path, inside: list[str] | None = None) -> Any:
    """What a script prints, and that nothing was wrong."""
    line = [*(inside or []), sys.executable, *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["bad"] == []
    return found


@pytest.fixture(scope="module")
def base(once: Once) -> Path:
    """What all of them begin with."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, SCRIPTS / "forked.py", folder / "base"], check=True)

    return once("faults", make) / "base"


def test_too_little_of_something_is_one_line_and_changes_nothing(
    base: Path, namespace: list[str], tmp_path: Path
) -> None:
    words = (SCRIPTS / "resources.py", tmp_path / "lab", "--short", "--mounts", "--base", base)
    found = tried(*words, inside=namespace)
    assert min(found["done"].values()) >= 2
    assert set(found["done"]) == {"disk", "file size", "open files", "no home", "read-only"}


def test_killed_commands_leave_nothing_and_go_on(base: Path, lava: None, tmp_path: Path) -> None:
    words = (SCRIPTS / "kills.py", tmp_path / "lab", "--base", base, "--trials", "5", "--seed", "3")
    found = tried(*words)
    assert sum(found["hit"].values()) >= 3
