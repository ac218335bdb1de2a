"""One trained, exported, run and reported example, made once by the real commands."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.command import COLUMNS, Done, in_a_process, in_this_process
from tests.conftest import Once

Command = Callable[..., Done]


@pytest.fixture(scope="session")
def neurograph(request: pytest.FixtureRequest) -> Command:
    """`neurograph(folder, *words)` runs a command in this process, on a warm worker of Lava's."""
    if find_spec("lava") is None:
        return in_this_process
    worker = request.getfixturevalue("warm_worker")

    def run(folder: Path, *words: str | Path, columns: int = COLUMNS) -> Done:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("neurograph_lava.supervise.WORKER", worker)
            return in_this_process(folder, *words, columns=columns)

    return run


@pytest.fixture(scope="session")
def process() -> Command:
    """The same in a process of its own, where that is what a test is about."""
    return in_a_process


@pytest.fixture(scope="session")
def road(once: Once, lava: None) -> Path:
    """A folder in which the four words ran on the built-in graph; 'runs/latest' is the run."""
    return once("road", _walk)


def _walk(folder: Path) -> None:
    for words in (
        ("train", "--epochs", "6"),
        ("export", "--target", "loihi-sim"),
        ("run", "--limit", "60"),
        ("report",),
    ):
        done = in_a_process(folder, *words)
        assert done.returncode == 0, f"neurograph {' '.join(words)}:\n{done.stdout}{done.stderr}"


# `neurograph`, in chunks of 16 targets, with a token that its traces can be found by.
CHUNKED = """
import os, secrets, sys, time
from pathlib import Path
from neurograph.workflow import chunks, draws, store, trees
trees.CHUNK = 16
if "NEUROGRAPH_TEST_TOKEN" in os.environ:
    secrets.token_hex = lambda _: os.environ["NEUROGRAPH_TEST_TOKEN"]
HOOK
from neurograph.cli import main
main()
"""

FLOATS = "record-float.h5"


def chunked(*words: str | Path, hook: str = "") -> list[str]:
    """The command line of `neurograph WORDS`, 16 targets at a time, changed by `hook`."""
    return [sys.executable, "-c", CHUNKED.replace("HOOK", hook), *map(str, words)]


@pytest.fixture
def copy(road: Path, tmp_path: Path) -> Path:
    """The run of `road` before it ran: trained and exported."""
    folder = Path(shutil.copytree((road / "runs" / "latest").resolve(), tmp_path / "run"))
    for path in results(folder):
        (folder / path).unlink()
    return folder


def results(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of every file of results."""
    found = [*folder.glob("record-*.h5"), *folder.glob("events.h5")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(found)}


@pytest.fixture(scope="session")
def undisturbed(road: Path, once: Once) -> Callable[[str], dict[str, str]]:
    """What `results` gives for the first 60 nodes on a target, where nothing goes wrong.

    Of the same chunks: BLAS rounds floats by the size of a matrix. Integers never differ.
    """

    def run(folder: Path) -> None:
        copied = shutil.copytree((road / "runs" / "latest").resolve(), folder / "run")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NEUROGRAPH_TEST")}
        words = chunked("run", copied, "--limit", "60")
        subprocess.run(
            words, cwd=road, env=environment, check=True, capture_output=True, timeout=300
        )

    whole = results(once("undisturbed", run) / "run")
    default = results(road / "runs" / "latest")
    assert len(whole) == 4
    assert {n: s for n, s in whole.items() if n != FLOATS} == {
        n: s for n, s in default.items() if n != FLOATS
    }

    def of(target: str) -> dict[str, str]:
        kept = ("float", "reference", target)
        return {n: sha for n, sha in whole.items() if n == "events.h5" or n[7:-3] in kept}

    return of
