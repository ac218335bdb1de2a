"""The command line as a fork of an interpreter that has imported PyTorch and numba already.

A script, and its user.

Most of what a command on a small graph takes is Python's start and imports. Where a process of its
own is needed, but not how it starts, many may be forked from one that has done both:

``python warm_command.py`` imports once, and runs a command for each line of its standard input.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Done = subprocess.CompletedProcess[str]

PATIENCE_S = 300
IMPORTED = (  # what commands import when they need it; none of it looks at terminal or words
    "torch",
    "torch._dynamo",  # what an optimiser imports
    "sklearn.ensemble",
    "sklearn.model_selection",
    "neurograph.models.training.train",
    "neurograph.models.training.resident",
    "neurograph.quantization",
    "neurograph.report",
    "neurograph.workflow.export",
    "neurograph.workflow.infer",
    "neurograph.workflow.predict",
    "neurograph.workflow.report",
    "neurograph.workflow.train",
    "neurograph.workflow.verify",
)


class WarmCommands:
    """The user's side: `run` is `python -m neurograph WORDS` in `folder`."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self.server = server

    def run(self, folder: Path, *words: str | Path, environment: Mapping[str, str]) -> Done:
        """Its status and what it said; TimeoutExpired if it takes five minutes."""
        server, line = self.server, [sys.executable, "-m", "neurograph", *map(str, words)]
        assert server.stdin is not None
        assert server.stdout is not None
        with tempfile.TemporaryDirectory() as kept:
            said, complained = Path(kept, "out"), Path(kept, "err")
            asked = {
                "folder": str(folder),
                "words": line[3:],
                "environment": dict(environment),
                "streams": [os.devnull, str(said), str(complained)],
            }
            server.stdin.write(json.dumps(asked) + "\n")
            server.stdin.flush()
            if not select.select([server.stdout], [], [], PATIENCE_S)[0]:
                server.kill()
                raise subprocess.TimeoutExpired(line, PATIENCE_S)
            return Done(
                line,
                int(server.stdout.readline()),
                said.read_text(encoding="utf-8"),
                complained.read_text(encoding="utf-8"),
            )


@contextmanager
def warm_commands(environment: Mapping[str, str]) -> Iterator[WarmCommands]:
    """A server of commands whose interpreter begins with this environment, until the block ends."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(environment),
        start_new_session=True,  # Ctrl-C at the tests is not for it
    ) as server:
        yield WarmCommands(server)


def serve() -> None:
    """Fork a command for each line; a fork returns from here with its words, to run them."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # or every fork copies what its collector looks at
    while line := sys.stdin.readline():
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _become(**asked)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit(0)


def _become(folder: str, words: list[str], environment: dict[str, str], streams: list[str]) -> None:
    """Everything that a process has for itself, as at its start."""
    for own, path in enumerate(streams):
        given = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(given, own)
        os.close(given)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder  # as `python -m` begins
    sys.argv = ["neurograph", *words]


if __name__ == "__main__":
    serve()
    runpy.run_module("neurograph", run_name="__main__", alter_sys=True)
