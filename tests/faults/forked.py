"""A command as a fork of a process that has imported everything, with limits of its own."""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
import resource
import runpy
import shutil
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from warm_command import IMPORTED, _become

EDGES = "".join(f"n{i} n{(i * 7 + step) % 60} {step}\n" for step in range(4) for i in range(60))
LABELS = "".join(f"n{i} {'abcd'[i % 4]}\n" for i in range(60))
SMALL = ("--hidden", "12,6", "--batch", "16", "--no-yardsticks")
BASE = (
    ("data", "synth", "--nodes", "120", "--classes", "4", "--steps", "4", "-o", "bare"),
    ("data", "synth", "--nodes", "120", "--classes", "4", "--steps", "4", "-o", "g"),
    ("features", "g", "--dim", "24"),
    ("train", "g", "-o", "r", "--epochs", "2", "--features", "dynwalk", *SMALL),
    ("export", "r", "--target", "reference", "--calibrate", "16", "--placer", "sequential"),
    ("run", "r", "--target", "reference", "--limit", "12"),
    ("report", "r"),
)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit status, minus a signal's number where one killed it."""

    status: int
    said: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a command may have: soft limits by name of `resource`, and its environment."""

    most: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def warm_up() -> None:
    """Import what commands import, once for all of them."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()


def begin(folder: Path, words: tuple[str, ...], said: Path, limits: Limits) -> int:
    """Start a command in a session of its own; returns its process."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setsid()
        environment = {**os.environ, "COLUMNS": "1000", **limits.environment}
        out, err = _streams(said)
        for stream in (out, err):
            stream.unlink(missing_ok=True)
        _become(str(folder), list(words), environment, [os.devnull, str(out), str(err)])
        for name, most in limits.most.items():
            resource.setrlimit(getattr(resource, name), (most, most))
        status = _status_of_command()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _status_of_command() -> int:
    try:
        runpy.run_module("neurograph", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def run(folder: Path, words: tuple[str, ...], said: Path, limits: Limits | None = None) -> Ended:
    """A command from its start to its end."""
    child = begin(folder, words, said, limits or Limits())
    _, status = os.waitpid(child, 0)
    return Ended(status=os.waitstatus_to_exitcode(status), said=what_was_said(said))


def what_was_said(said: Path) -> str:
    """Standard output, then standard error."""
    return "".join(path.read_text(errors="replace") for path in _streams(said) if path.exists())


def _streams(said: Path) -> tuple[Path, Path]:
    return said.with_suffix(".out"), said.with_suffix(".err")


def make_base(folder: Path, made: Path | None = None) -> Path:
    """Files to read, a graph with and one without features, and a run from start to end.

    Args:
        made: what an earlier call has left, to be copied.
    """
    if made is not None:
        copy(made, folder)
        return folder
    folder.mkdir(parents=True)
    (folder / "edges.txt").write_text(EDGES)
    (folder / "labels.txt").write_text(LABELS)
    for words in BASE:
        ended = run(folder, words, folder.with_suffix(".said"))
        assert ended.status == 0, f"{words}: {ended.said}"
    return folder


def copy(base: Path, folder: Path) -> None:
    shutil.copytree(base, folder, symlinks=True, dirs_exist_ok=True)


def hashes(folder: Path) -> dict[str, str]:
    """What stands in a folder, by name; without locks, and who holds them."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(_contents(path)).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".lock", ".holder", "filler")
    }


def _contents(path: Path) -> bytes:
    """All bytes; of a checkpoint those of its weights, since its header says how long it took."""
    data = path.read_bytes()
    if path.suffix != ".safetensors":
        return data
    return data[8 + int.from_bytes(data[:8], "little") :]


def unfinished(folder: Path) -> list[str]:
    """What is hidden, but for locks and the chunks of a run that can go on."""
    kept = (".lock", ".holder", ".parts")
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob(".*") if path.name not in kept
    )
