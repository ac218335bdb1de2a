"""How long a start takes: importing the package, and asking the command line for help.

In one run: today's code, and, where the history of the repository is there, the code of the last
commit that imported everything at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from table import Row, in_turns, row, seconds

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "2291fc5"  # imported every public name, and all that they need, at once
PACKAGES = ("neurograph", "converters", "hw_profiles", "pyproject.toml")
HELP_S = 0.4
STARTS = 5  # of an interpreter, per figure


def rows() -> list[Row]:
    """Seconds of whole processes, medians; each beside an interpreter that imports numpy alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = _before(Path(name))
        return [*_imports(folder), *_helps(folder)]


def _imports(before: Path | None) -> Iterator[Row]:
    codes = {"pass": None, "import numpy": None, "import neurograph": None}
    bare, numpy, ours = in_turns(*(lambda c=code: _start("-c", c) for code in codes))
    yield row("an interpreter that imports nothing", bare, "s")
    yield row("import numpy, beside that", numpy - bare, "s")
    yield row("import neurograph, beside that", ours - bare, "s")
    yield row("import neurograph / import numpy", (ours - bare) / (numpy - bare), "x", 1.0)
    if before is not None:
        (eager,) = in_turns(lambda: _start("-c", "import neurograph", path=before))
        yield row("... before names were lazy", (eager - bare) / (numpy - bare), "x")


def _helps(before: Path | None) -> Iterator[Row]:
    words = ("-m", "neurograph", "--help")
    (now,) = in_turns(lambda: _start(*words))
    yield row("neurograph --help", now, "s", HELP_S)
    if before is not None:
        (then,) = in_turns(lambda: _start(*words, path=before))
        yield row("... before names were lazy", then, "s")


def _start(*words: str, path: Path | None = None) -> float:
    """Seconds of one process, the median of a few; the first fills caches and is not counted."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = os.pathsep.join((str(path), str(path / "converters")))

    def once() -> None:
        subprocess.run(
            [sys.executable, *words],
            env=environment,
            cwd=tempfile.gettempdir(),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    once()
    return sorted(seconds(once) for _ in range(STARTS))[STARTS // 2]


def _before(folder: Path) -> Path | None:
    """That commit's code in `folder`; None where git does not know it."""
    words = ["git", "-C", str(ROOT), "archive", BEFORE, *PACKAGES]
    try:
        packed = subprocess.run(words, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder
