"""Commands with too little of something, killed, or with changed files: nothing lost, no traceback.

Counts of whole commands, each as a process of its own or a fork of one that has imported all.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from table import Row, row

SCRIPTS = Path(__file__).resolve().parents[1] / "faults"
FUZZ = SCRIPTS.with_name("fuzz") / "fuzz.py"
KILLS, SEED = 100, int(os.environ.get("SEED", "0"))
CASES = int(os.environ.get("CASES", "10000"))
SPACES_GB = (1.0, 1.5, 2.0, 3.0)
NEED_MUCH = {
    "info": ("data", "info", "g"),
    "features": ("features", "bare", "--dim", "24"),
    "train": ("train", "g", "-o", "n", "--epochs", "1", "--features", "dynwalk"),
    "export": ("export", "r", "--target", "reference"),
    "run": ("run", "r", "--target", "reference", "--limit", "20"),
    "run on Lava": ("run", "r", "--target", "loihi-sim", "--limit", "8"),
    "report": ("report", "r"),
}


def rows() -> list[Row]:
    """Resources, kills, changed files; of each how many were tried, and how many ended badly."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_resources(folder / "resources"), *_kills(folder / "kills"), *_changed_files()]


def _resources(folder: Path) -> Iterator[Row]:
    inside = ["unshare", "-m"] if _mounts() else []
    words = ["--mounts"] if inside else []
    found = _tried(*inside, sys.executable, SCRIPTS / "resources.py", folder, *words)
    bad = found["bad"]
    for what, count in found["done"].items():
        yield row(f"Resources: {what}, commands tried", count, "")
    yield row("Resources: ended badly, half-written or changed", len(bad), "", 0)
    poor = [_in_little(folder / "base", name, gb) for name in NEED_MUCH for gb in SPACES_GB]
    yield row("Resources: address space of 1 to 3 GB, commands tried", len(poor), "")
    yield row("Resources: ended badly in that", sum(poor), "", 0)
    _show(bad)


def _kills(folder: Path) -> Iterator[Row]:
    words = ("--trials", KILLS, "--seed", SEED, "--lava")
    found = _tried(sys.executable, SCRIPTS / "kills.py", folder, *words)
    yield row("Kills: at random moments", found["trials"], "")
    yield row("Kills: of a command that still ran", sum(found["hit"].values()), "")
    yield row("Kills: corrupted, other bytes, or something left", len(found["bad"]), "", 0)
    _show(found["bad"])


def _changed_files() -> Iterator[Row]:
    line = [sys.executable, FUZZ, "--cases", str(CASES), "--seed", str(SEED)]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
    *told, last = done.stdout.splitlines()
    found = re.fullmatch(r"(\d+) cases, seed \d+: (\d+) bad", last)
    assert found is not None, done.stdout[-500:]
    yield row("Changed files: of every reader", int(found[1]), "")
    yield row("Changed files: no result and no error of ours", int(found[2]), "", 0)
    _show(told if int(found[2]) else [])


def _in_little(base: Path, name: str, gb: float) -> bool:
    """Whether a command ends badly in so much address space, in a copy of the base."""
    limit = int(gb * (1 << 30))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cp", "-r", f"{base}/.", folder], check=True)
        line = [sys.executable, "-m", "neurograph", *NEED_MUCH[name]]
        done = subprocess.run(
            line, cwd=folder, capture_output=True, text=True, preexec_fn=limited, check=False
        )
    bad = done.returncode not in (0, 3) or "Traceback" in done.stderr
    if bad:
        _show([f"{name}, {gb:g} GB: exit {done.returncode}: {done.stderr[-300:]}"])
    return bad


def _tried(*words: object) -> dict[str, Any]:
    line = [str(word) for word in words]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _mounts() -> bool:
    test = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(test, capture_output=True, check=False).returncode == 0


def _show(lines: list[str]) -> None:
    for line in lines:
        print(f"  {line}", file=sys.stderr)
