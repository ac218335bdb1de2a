"""Calls the command line as a user does: in a process of its own, or within this one.

Starting Python, importing PyTorch and loading what numba compiled takes longer than most commands
do. So a test of what a command says and writes calls it here; a test of the process itself (its
start, its end, its signals, its locks) starts one, and so does one test of every command.
"""

from __future__ import annotations

import importlib
import io
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]

COLUMNS = 2_000  # of the terminal, in both: a sentence is a line


def in_a_process(folder: Path, *words: str | Path, columns: int = COLUMNS) -> Done:
    """`python -m neurograph WORDS`, started in `folder`."""
    return subprocess.run(
        _command_line(words),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "COLUMNS": str(columns)},
        check=False,
    )


def in_this_process(folder: Path, *words: str | Path, columns: int = COLUMNS) -> Done:
    """The same module run by the same words, without a new interpreter."""
    line = _command_line(words)
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained), _as_started(folder, line, columns):
        try:
            runpy.run_module("neurograph", run_name="__main__", alter_sys=True)
            status = 0
        except SystemExit as end:
            status = _status(end)
    return Done(line, status, said.getvalue(), complained.getvalue())


def _command_line(words: tuple[str | Path, ...]) -> list[str]:
    return [sys.executable, "-m", "neurograph", *map(str, words)]


@contextmanager
def _as_started(folder: Path, line: list[str], columns: int) -> Iterator[None]:
    """What a process has for itself is set as at its start, and put back."""
    environment, on_interrupt = dict(os.environ), signal.getsignal(signal.SIGINT)
    console = importlib.import_module("neurograph.cli.console")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", line[2:])
        os.environ["COLUMNS"] = str(columns)
        importlib.reload(console)  # it looks at the terminal once
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(environment)
            signal.signal(signal.SIGINT, on_interrupt)
    importlib.reload(console)


def _status(end: SystemExit) -> int:
    """The exit status that an interpreter would end with."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1
