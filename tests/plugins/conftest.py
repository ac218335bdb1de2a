"""Packages that add something to NeuroGraph, installed apart and found by entry point."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.warm_command import Done, WarmCommands, warm_commands

ROOT = Path(__file__).resolve().parents[2]
CORE = ("neurograph", "converters", "hw_profiles")

Install = Callable[[Path], Path]
Command = Callable[..., Done]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each of these tests installs a package and starts the command line anew."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Installs a package into a folder of its own, to be put on PYTHONPATH; needs no network."""
    installed: dict[Path, Path] = {}

    def to_folder(package: Path) -> Path:
        if package not in installed:
            folder = tmp_path_factory.mktemp(package.name)
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
            how = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder)]
            done = subprocess.run(
                [*pip, *how, str(package)], capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            installed[package] = folder
        return installed[package]

    return to_folder


@pytest.fixture(scope="session")
def neurograph() -> Iterator[Command]:
    """``neurograph(installed, folder, *words)``: the command, in `folder`, with what is installed.

    `installed` is a folder that `install` gave, or None. Fails where the command does, unless it is
    called with ``check=False``. Each is a fork of an interpreter that began with what is installed.
    """
    own = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"COLUMNS": "160"}
    warm: dict[Path | None, WarmCommands] = {}
    with ExitStack() as servers:

        def call(
            installed: Path | None, folder: Path, *words: str | Path, check: bool = True
        ) -> Done:
            environment = own if installed is None else own | {"PYTHONPATH": str(installed)}
            if installed not in warm:
                warm[installed] = servers.enter_context(warm_commands(environment))
            done = warm[installed].run(folder, *words, environment=environment)
            said = f"neurograph {' '.join(map(str, words))}:\n{done.stdout}{done.stderr}"
            assert not (check and done.returncode), said
            return done

        yield call


def mentions(*words: str) -> list[str]:
    """The files of the core in whose name or text one of the words stands."""
    found = []
    for folder in CORE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".toml", ".json", ".j2", ".css"}:
                text = str(path.relative_to(ROOT)) + path.read_text("utf-8")
                if any(word in text for word in words):
                    found.append(str(path.relative_to(ROOT)))
    return found
