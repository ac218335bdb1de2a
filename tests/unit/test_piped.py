"""Files that come through a pipe or standard input, where a command reads a file."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from neurograph.chip.profiles import load_profile
from neurograph.cli.piped import copied, is_copy
from neurograph.core.errors import DataError
from neurograph.graphs.io import load_graph

ROOT = Path(__file__).resolve().parents[2]
EDGES = b"a b 1\nb c 2\nc d 3\n"


@contextmanager
def pipe(content: bytes) -> Iterator[Path]:
    """The path under which a shell gives `<(...)`."""
    end, begin = os.pipe()
    os.write(begin, content)
    os.close(begin)
    try:
        yield Path(f"/dev/fd/{end}")
    finally:
        os.close(end)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (EDGES, ""),
        (gzip.compress(EDGES), ".gz"),
        (saved(lambda s: np.save(s, np.eye(2))), ".npy"),
        (saved(lambda s: np.savez(s, x=np.eye(2))), ".npz"),
    ],
    ids=["text", "gzip", "npy", "npz"],
)
def test_a_pipe_is_copied_and_called_as_it_is(content: bytes, ending: str) -> None:
    with pipe(content) as path, ExitStack() as end:
        (copy,) = copied("edges", [path], end.callback)
        assert copy.read_bytes() == content
        assert copy.name == f"pipe{ending}"
        assert is_copy(str(copy))
    assert not copy.parent.exists(), "nothing is left when the command is over"


def test_a_profile_through_a_pipe_is_a_profile() -> None:
    text = (ROOT / "examples" / "my_chip.toml").read_bytes()
    with pipe(text) as path, ExitStack() as end:
        copy = copied("profile", str(path), end.callback)
        assert load_profile(copy) == load_profile(str(ROOT / "examples" / "my_chip.toml"))


def test_files_names_and_what_is_written_stay_as_typed(tmp_path: Path) -> None:
    file = tmp_path / "edges.txt"
    file.write_bytes(EDGES)
    with ExitStack() as end, pipe(EDGES) as path:
        for name, typed in (
            ("edges", file),
            ("edges", tmp_path / "none"),
            ("profile", "loihi2"),
            ("unlabelled", "-"),
            ("nodes", 3),
            ("graph", None),
            ("out", path),
        ):
            assert copied(name, typed, end.callback) is typed


def test_an_empty_pipe_is_refused() -> None:
    with pipe(b"") as path, ExitStack() as end, pytest.raises(DataError) as refused:
        copied("labels", path, end.callback)
    assert str(refused.value) == "--labels: nothing came from the pipe; needed a file's content"


def test_a_command_reads_pipes_and_standard_input(tmp_path: Path) -> None:
    with pipe(b"a 0\nb 1\nc 0\nd 1\n") as labels:
        number = int(labels.name)
        words = ["data", "import", "--edges", "-", "--labels", str(labels), "-o", "g", "--yes"]
        done = subprocess.run(
            [sys.executable, "-m", "neurograph", *words],
            cwd=tmp_path,
            input=gzip.compress(EDGES),
            capture_output=True,
            pass_fds=[number],
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    graph = load_graph(tmp_path / "g")
    assert (graph.num_nodes, graph.num_steps, graph.num_classes) == (4, 3, 2)
    assert done.stdout.decode().splitlines()[-1] == "next: neurograph train g"
