"""Every command with too little of something: ``python resources.py FOLDER [--short]``.

Prints a JSON value: how many were tried, by row, and what was wrong, a line each. A command may end
well, or with exit 3 and one line; what stood there is as it was, and nothing is half-written.
In a mount namespace (``--mounts``) disks are really full, and places really read-only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forked import SMALL, Ended, Limits, copy, hashes, make_base, run, unfinished, warm_up

COMMANDS = {
    "synth": ("data", "synth", "--nodes", "300", "--classes", "4", "-o", "h"),
    "import": ("data", "import", "--edges", "edges.txt", "--labels", "labels.txt", "-o", "h"),
    "convert": ("data", "export", "g", "--to", "csv", "-o", "h"),
    "features": ("features", "bare", "--dim", "24"),
    "train": ("train", "g", "-o", "n", "--epochs", "1", "--features", "dynwalk", *SMALL),
    "export": (
        *("export", "r", "--target", "reference"),
        *("--calibrate", "16", "--placer", "sequential"),
    ),
    "run": ("run", "r", "--target", "reference", "--limit", "20"),
    "report": ("report", "r"),
    "predict": ("predict", "r", "-o", "p.csv", "--nodes", "test"),
}
KB_LEFT = (0, 4, 8, 16, 32, 64, 100, 200, 400, 800)
MOST_BYTES = (2_000, 4_000, 30_000)  # what is said goes to a file, too
FILES = 64
SHORT = {"disk": (16,), "file size": (4_000,), "open files": (FILES,)}
DISK_MB = 24


class Trials:
    """One command after another in fresh copies of the base.

    Attributes:
        done: row -> how many were tried.
        bad: what was wrong.
    """

    def __init__(self, folder: Path, made: Path | None = None) -> None:
        self.folder, self.base = folder, make_base(folder / "base", made)
        self.done: Counter[str] = Counter()
        self.bad: list[str] = []

    def on_a_disk(self, name: str, kb: int) -> None:
        """With so many kB left on a small file system, and then with enough."""
        disk = self.folder / "disk"
        shutil.rmtree(disk / "case", ignore_errors=True)
        copy(self.base, disk / "case")
        filler = disk / "filler"
        with filler.open("wb") as file:
            found = os.statvfs(disk)
            os.posix_fallocate(
                file.fileno(), 0, max(found.f_bavail * found.f_frsize - kb * 1024, 1)
            )
        self._tried("disk", name, f"{kb} kB left", disk / "case", Limits())
        filler.unlink()
        ended = run(disk / "case", COMMANDS[name], self.folder / "said")
        if ended.status and "exists" not in ended.said and "--overwrite" not in ended.said:
            self.bad.append(f"{name}, {kb} kB left, then freed: {ended.said[-200:]}")

    def limited(self, row: str, name: str, what: str, limits: Limits) -> None:
        """With limits of its process."""
        case = self.folder / "case"
        shutil.rmtree(case, ignore_errors=True)
        copy(self.base, case)
        self._tried(row, name, what, case, limits)

    def read_only(self, name: str, place: str) -> None:
        """In a folder, or with one, that may not be written to."""
        case = self.folder / "case"
        shutil.rmtree(case, ignore_errors=True)
        copy(self.base, case)
        with _read_only(case / place):
            self._tried("read-only", name, f"{place} is read-only", case, Limits())

    def _tried(self, row: str, name: str, what: str, case: Path, limits: Limits) -> None:
        self.done[row] += 1
        before = hashes(case)
        ended = run(case, COMMANDS[name], self.folder / "said", limits)
        self.bad += [f"{name}, {what}: {fault}" for fault in _faults(ended, case, before)]


def _faults(ended: Ended, case: Path, before: dict[str, str]) -> Iterator[str]:
    last = ended.said.strip().splitlines()[-1:] or [""]
    if ended.status not in (0, 3) or "Traceback" in ended.said:
        yield f"exit {ended.status}: {last[0][:200]}"
    if ended.status == 3:
        lines = [line for line in ended.said.splitlines() if line.startswith("error: ")]
        if len(lines) != 1 or lines[0] != last[0]:
            yield f"not one line of error: {ended.said[-300:]}"
        after = hashes(case)
        if gone := [name for name in before if after.get(name) != before[name]]:
            yield f"changed {gone}"
    if left := unfinished(case):
        yield f"left {left}"


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    def mount(*words: str) -> None:
        subprocess.run(["mount", *words], check=True)

    mount("--bind", str(folder), str(folder))
    mount("-o", "remount,ro,bind", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def all_of(trials: Trials, *, mounts: bool, short: bool) -> None:
    """Every trial, or a few of each kind."""
    for index, name in enumerate(COMMANDS):
        if mounts and not (short and index % 2):
            for kb in SHORT["disk"] if short else KB_LEFT:
                trials.on_a_disk(name, kb)
        if not short or index % 2:
            for most in SHORT["file size"] if short else MOST_BYTES:
                limits = Limits(most={"RLIMIT_FSIZE": most})
                trials.limited("file size", name, f"files of {most:,} bytes", limits)
        if not short or name in ("features", "report"):
            limits = Limits(most={"RLIMIT_NOFILE": FILES})
            trials.limited("open files", name, f"{FILES} files", limits)
            places = {"HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere"}
            trials.limited("no home", name, "no home", Limits(environment=places))
    if mounts:
        places = {"features": "bare", "train": "g", "export": "r", "run": "r", "report": "r"}
        for name, place in places.items():
            if not short or name in ("features", "run"):
                trials.read_only(name, place)
        for name in ("synth", "train") if not short else ("synth",):
            trials.read_only(name, ".")


def mount_disk(folder: Path) -> None:
    """A small file system in it, which nobody else sees."""
    (folder / "disk").mkdir(parents=True)
    size = f"size={DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder / "disk"], check=True)


def main() -> int:
    """Try, print, and fail if anything was wrong."""
    given = argparse.ArgumentParser()
    given.add_argument("folder", type=Path)
    given.add_argument("--mounts", action="store_true")
    given.add_argument("--short", action="store_true")
    asked = given.parse_args()
    folder = asked.folder.resolve()
    if asked.mounts:
        mount_disk(folder)
    warm_up()
    trials = Trials(folder)
    all_of(trials, mounts=asked.mounts, short=asked.short)
    print(json.dumps({"done": trials.done, "bad": trials.bad}))
    return int(bool(trials.bad))


if __name__ == "__main__":
    sys.exit(main())
