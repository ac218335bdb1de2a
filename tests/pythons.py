"""Runs the core's and Lava's tests on every supported Python that is installed here.

    python tests/pythons.py [--only 3.12] [TEST ...] [-- ARGUMENT OF PYTEST ...]

Interpreters are looked for on PATH (python3.12, ...), in ~/.pyenv/versions, and in
NEUROGRAPH_PYTHONS (paths, separated as in PATH). Each gets an environment without torch in
build/pythons, which is kept until pyproject.toml or constraints.txt changes. Exit status: 1 if a
test failed or none ran.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "pythons"
SUPPORTED = ("3.10", "3.11", "3.12", "3.13")
SUITES = ("tests/unit", "tests/converters", "tests/equivalence", "tests/architecture")
EXTRAS = ".[lava,deepwalk,parquet,dev]"
LAVA = "lava-nc==0.10.0"
ASK = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


@dataclass(frozen=True)
class Result:
    """How the tests went on one version; `note` instead of numbers where they did not run."""

    version: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""
    broken: bool = False

    def __str__(self) -> str:
        if self.note:
            return f"{self.version:<8} {self.note}"
        numbers = f"{self.passed:>8} {self.failed:>8} {self.skipped:>8} {self.seconds:>8.0f}"
        return f"{self.version:<8} {numbers}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=SUPPORTED, help="this version")
    parser.add_argument("tests", nargs="*", help=f"default: {' '.join(SUITES)}")
    own, more = split(sys.argv[1:])
    asked = parser.parse_args(own)
    results = [
        test(version, [*(asked.tests or SUITES), *more]) for version in asked.only or SUPPORTED
    ]
    print(f"\n{'Python':<8} {'passed':>8} {'failed':>8} {'skipped':>8} {'seconds':>8}")
    print(*results, sep="\n")
    ran = any(result.passed for result in results)
    return int(not ran or any(result.failed or result.broken for result in results))


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """What comes before and after ``--``."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def test(version: str, arguments: list[str]) -> Result:
    interpreter = find(version)
    if interpreter is None:
        return Result(version, note="not installed here")
    print(f"--- Python {version}: {interpreter}", flush=True)
    try:
        python = environment(version, interpreter)
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        return Result(version, note=f"could not be installed: {command}", broken=True)
    return run(version, python, arguments)


def find(version: str) -> str | None:
    """An interpreter of that version that can make virtual environments."""
    for candidate in candidates(version):
        try:
            done = subprocess.run(
                [candidate, "-c", ASK], capture_output=True, text=True, timeout=60, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        found, _, path = done.stdout.strip().partition(" ")
        if done.returncode == 0 and found == version:
            return path
    return None


def candidates(version: str) -> Iterator[str]:
    """More than there are: of some, `find` learns that they do not run."""
    for folder in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=folder):
            yield found
    pyenv = Path.home() / ".pyenv" / "versions"
    yield from sorted(map(str, pyenv.glob(f"{version}.*/bin/python")), reverse=True)
    yield from filter(None, os.environ.get("NEUROGRAPH_PYTHONS", "").split(os.pathsep))


def environment(version: str, interpreter: str) -> Path:
    """The Python of the environment of that version, made anew if what it was made from changed.

    Raises:
        subprocess.CalledProcessError: something could not be installed.
    """
    folder, made_from = BUILD / version, fingerprint(interpreter)
    python, ready = folder / "bin" / "python", folder / ".made-from"
    if ready.is_file() and ready.read_text() == made_from:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
    install = (str(python), "-m", "pip", "--disable-pip-version-check", "install", "-q")
    for words in (
        ("-c", "constraints.txt", "-e", EXTRAS),
        ("--no-deps", "--ignore-requires-python", LAVA),  # see README, Install
    ):
        subprocess.run([*install, *words], cwd=ROOT, check=True)
    ready.write_text(made_from)
    return python


def fingerprint(interpreter: str) -> str:
    parts = [interpreter.encode(), EXTRAS.encode(), LAVA.encode()]
    parts += [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def run(version: str, python: Path, arguments: list[str]) -> Result:
    """Run pytest and read its numbers from its own record of them."""
    record = BUILD / f"{version}.xml"
    record.unlink(missing_ok=True)
    began = time.monotonic()
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", f"--junit-xml={record}", *arguments],
        cwd=ROOT,
        env={**os.environ, "NEUROGRAPH_REQUIRE": "lava"},
        check=False,
    )
    seconds = time.monotonic() - began
    if not record.is_file():
        note = f"pytest ended with status {done.returncode}, without results"
        return Result(version, note=note, broken=True)
    suites = [*ElementTree.parse(record).getroot().iter("testsuite")]
    total, failures, errors, skipped = (
        sum(int(suite.get(what, 0)) for suite in suites)
        for what in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    broken = done.returncode != 0
    return Result(version, total - failed - skipped, failed, skipped, seconds, broken=broken)


if __name__ == "__main__":
    sys.exit(main())
