"""A run folder: where one training and everything made from it lives."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from neurograph.core.errors import RunError
from neurograph.core.files import read_json, write_json

RUNS = Path("runs")
LATEST = "latest"
PACKAGES = ("neurograph", "numpy", "scipy", "numba", "torch", "lava-nc", "h5py", "scikit-learn")


@dataclass(frozen=True)
class RunFolder:
    """Names of the files of a run; nothing is opened until it is needed."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint"

    @property
    def best(self) -> Path:
        """The model that validation picked."""
        return self.checkpoint / "best.safetensors"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def deployment(self) -> Path:
        return self.path / "deployment.h5"

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    def record(self, target: str) -> Path:
        """File of the record of `target`: 'float', 'reference', 'loihi-sim'."""
        return self.path / f"record-{target}.h5"

    @property
    def events(self) -> Path:
        """File of the event counts of the last run; written last, so it says that all is there."""
        return self.path / "events.h5"

    @property
    def baseline(self) -> Path:
        """File of what a model without spikes does, and computes."""
        return self.path / "baseline.json"

    @property
    def parts(self) -> Path:
        """Folder of what an unfinished inference has done so far."""
        return self.path / ".parts"

    def records(self) -> list[Path]:
        """Files of all records of the last run."""
        return sorted(self.path.glob("record-*.h5"))

    def clear_results(self) -> None:
        """Remove what an earlier run left, so that old and new are never mixed."""
        unfinished = self.path.glob(".*.h5.*")  # of a process that was killed while it wrote
        marks = self.events, self.baseline  # that all is there
        for path in (*marks, *self.records(), *unfinished):
            path.unlink(missing_ok=True)

    @contextmanager
    def new_results(self) -> Iterator[None]:
        """Remove an older run's results, and what the block wrote if it fails half-way."""
        self.clear_results()
        try:
            yield
        except BaseException:
            self.clear_results()
            raise

    def need(self, file: Path, remedy: str) -> Path:
        """`file` if it exists.

        Raises:
            RunError: it does not; the message names the command that makes it.
        """
        if not file.exists():
            raise RunError(f"{self.path}: no {file.name}; run first: {remedy}")
        return file

    @contextmanager
    def held(self, command: str) -> Iterator[None]:
        """Keep other commands out of this folder while the block runs.

        Raises:
            RunError: another command holds it, or it cannot be written to.
        """
        lock = FileLock(self.path / ".lock")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout as error:
            holder = self._holder()
            raise RunError(
                f"{self.path}: in use by {holder}; wait for it to end, or use another folder (-o)"
            ) from error
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written to: {error}") from error
        try:
            who = {"command": command, "pid": os.getpid()}
            with suppress(OSError):  # no space left: the lock holds all the same
                (self.path / ".holder").write_text(json.dumps(who), encoding="utf-8")
            yield
        finally:
            (self.path / ".holder").unlink(missing_ok=True)
            lock.release()

    def _holder(self) -> str:
        try:
            who = json.loads((self.path / ".holder").read_text(encoding="utf-8"))
            return f"'neurograph {who['command']}' (process {who['pid']})"
        except (OSError, ValueError, KeyError):
            return "another command"

    def read_manifest(self) -> dict[str, Any]:
        """What made each part of this run, by command; empty for a new folder."""
        if not self.manifest.exists():
            return {}
        manifest: dict[str, Any] = read_json(self.manifest)
        return manifest

    def note(self, command: str, facts: Mapping[str, Any]) -> None:
        """Add to the manifest what `command` read and made, with the time and versions."""
        line = shlex.join(["neurograph", *sys.argv[1:]])
        entry = {"at": now(), "command": line, "versions": versions(), **facts}
        write_json(self.manifest, {**self.read_manifest(), command: entry})


def now() -> str:
    """UTC, to the second, ISO 8601."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a number, where installed."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def new_run(name: str) -> RunFolder:
    """A folder `runs/NAME`, or with a number behind it if that exists; made by the first write."""
    candidates = [RUNS / name, *(RUNS / f"{name}-{n}" for n in range(2, 10_000))]
    return RunFolder(next(path for path in candidates if not path.exists()))


def point_latest(folder: RunFolder) -> None:
    """Make `runs/latest` point to `folder`."""
    RUNS.mkdir(parents=True, exist_ok=True)
    unfinished = RUNS / f".{LATEST}.{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(os.path.relpath(folder.path, RUNS))
    os.replace(unfinished, RUNS / LATEST)


def find_run(path: Path | None) -> RunFolder:
    """The run in `path`, or the latest one.

    Raises:
        RunError: there is none.
    """
    if path is None:
        latest = RUNS / LATEST
        if not latest.exists():
            raise RunError(f"no run in '{RUNS}' yet; run first: neurograph train")
        return RunFolder(Path(os.path.relpath(latest.resolve())))
    if not path.is_dir():
        raise RunError(f"{path}: no such run folder; run first: neurograph train -o {path}")
    return RunFolder(path)
