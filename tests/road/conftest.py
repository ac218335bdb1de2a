"""One trained, exported, run and reported example, made once by the real commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def call(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one command as a user would, in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "neurograph", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "COLUMNS": "160"},
        check=False,
    )


@pytest.fixture(scope="session")
def neurograph() -> Command:
    return call


@pytest.fixture(scope="session")
def road(tmp_path_factory: pytest.TempPathFactory, lava: None) -> Path:
    """A folder in which the four words ran on the built-in graph; 'runs/latest' is the run."""
    folder = tmp_path_factory.mktemp("road")
    for words in (
        ("train", "--epochs", "6"),
        ("export", "--target", "loihi-sim"),
        ("run", "--limit", "60"),
        ("report",),
    ):
        done = call(folder, *words)
        assert done.returncode == 0, f"neurograph {' '.join(words)}:\n{done.stdout}{done.stderr}"
    return folder
