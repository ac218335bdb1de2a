"""`neurograph doctor` names what is broken, with a remedy, and never crashes over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neurograph import doctor
from neurograph.core import finding, memory
from neurograph.core.finding import Finding, run_check
from neurograph.doctor import diagnose
from neurograph.runtime.reference.backend import ReferenceBackend

ROOT = Path(__file__).resolve().parents[2]


def call(*words: str, path: Path | None = None, python: str = sys.executable) -> Any:
    """`neurograph WORDS`, with a folder in front of what is installed."""
    env = {**os.environ, "COLUMNS": "160"}
    if path:
        env["PYTHONPATH"] = str(path)
    return subprocess.run(
        [python, "-m", "neurograph", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=env,
        check=False,
    )


def problems(done: Any) -> dict[str, Any]:
    """By name, of a run with --json."""
    assert "Traceback" not in done.stderr
    tree = json.loads(done.stdout)
    found = {f["name"]: f for f in tree["findings"] if f["state"] == "problem"}
    assert done.returncode == (3 if found else 0)
    assert tree["problems"] == len(found)
    return found


def broken(folder: Path, package: str) -> Path:
    """A folder that hides a package behind one that cannot be imported."""
    (folder / package).mkdir()
    text = f"raise ImportError('lib{package}.so.7: cannot open shared object file')"
    (folder / package / "__init__.py").write_text(text)
    return folder


# --- findings ----------------------------------------------------------------------------------


def test_a_problem_needs_a_remedy() -> None:
    with pytest.raises(ValueError, match="a problem needs a remedy"):
        Finding(name="x", state="problem", found="broken")
    with pytest.raises(ValueError, match="no state 'fine'"):
        Finding(name="x", state="fine", found="?")  # type: ignore[arg-type]


def test_a_finding_is_one_line_and_its_remedy_another() -> None:
    assert str(Finding(name="x", state="ok", found="1.0")) == "ok       x: 1.0"
    assert str(Finding(name="x", state="problem", found="none", remedy="pip install x")) == (
        "problem  x: none\n         remedy: pip install x"
    )


def test_a_check_that_raises_is_a_problem_and_keeps_what_it_found() -> None:
    def look() -> Iterator[Finding]:
        yield Finding(name="first", state="ok", found="fine")
        raise RuntimeError("Lava failed:\nTraceback\n  KeyError: 'v'\n")

    first, second = run_check("check", look, "report it")
    assert first.name == "first"
    assert second == Finding(
        name="check",
        state="problem",
        found="RuntimeError: Lava failed: ... KeyError: 'v'",
        remedy="report it",
    )


# --- the core's checks -------------------------------------------------------------------------


def test_here_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "entry_points", lambda group: ())
    found = {f.name: f for f in diagnose()}
    assert not [f for f in found.values() if f.state == "problem"]
    assert {"Python", "numpy", "numba", "temporary folder", "cores", "memory"} <= set(found)
    assert found["numpy"].found.endswith(", needed >=1.24")


def test_a_checkup_that_cannot_be_loaded_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name = "my-chip"

        def load(self) -> Any:
            raise ModuleNotFoundError("No module named 'my_chip'")

    monkeypatch.setattr(doctor, "entry_points", lambda group: [Entry()])
    last = [*diagnose()][-1]
    assert (last.name, last.state) == ("my-chip", "problem")
    assert last.found == "ModuleNotFoundError: No module named 'my_chip'"


def test_checkups_are_told_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Options:
        python: str | None = None

    class MyChip(ReferenceBackend):
        options = Options

        def checkup(self, options: Options) -> Iterator[Finding]:
            yield Finding(name="told", state="ok", found=str(options.python))

    class Entry:
        name = "my-chip"

        def load(self) -> Any:
            return MyChip

    monkeypatch.setattr(doctor, "entry_points", lambda group: [Entry()])
    assert [*diagnose({"python": "/opt/python", "batch": 3})][-1].found == "/opt/python"


@pytest.mark.parametrize(
    ("free", "state"), [(10_000_000, "problem"), (500_000_000, "warning"), (2_000_000_000, "ok")]
)
def test_little_space(
    free: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        def __init__(self, _: Path) -> None:
            self.free = free

    monkeypatch.setattr(doctor.shutil, "disk_usage", Usage)
    found = doctor.space("temporary folder", tmp_path)
    assert found.state == state
    assert found.found == f"{free / 1e9:.2f} GB free in {tmp_path}"
    assert ("TMPDIR" in found.remedy) == (state != "ok")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found = doctor.space("current folder", tmp_path / "gone")
    assert found.state == "problem"
    assert found.found == f"{tmp_path / 'gone'} cannot be written to (No such file or directory)"


def test_the_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text("1000000000\n")
    (tmp_path / "memory.current").write_text("600000000\n")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    (found,) = doctor.memory()
    assert (found.state, found.found) == ("warning", "0.40 GB free")


def test_without_torch_there_is_a_warning_with_the_readmes_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", version)
    found = {f.name: f for f in doctor.training()}
    assert {f.state for f in found.values()} == {"warning"}
    assert set(found) == {"torch", "safetensors"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in found["torch"].remedy.split(" in a checkout")[0].split(" && "):
        assert line.split("-m ")[1] in readme


# --- real broken installations, by the real command ---------------------------------------------


def test_a_package_that_is_too_old(tmp_path: Path) -> None:
    info = tmp_path / "h5py-3.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: h5py\nVersion: 3.1.0\n")
    found = problems(call("doctor", "--json", path=tmp_path))["h5py"]
    assert found["found"] == "3.1.0, needed >=3.9"
    assert found["remedy"] == f"{sys.executable} -m pip install 'h5py>=3.9'"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "words"),
    [("h5py", ["report"]), ("numpy", ["profiles", "list"]), ("typer", ["profiles", "list"])],
    ids=["h5py", "numpy", "typer"],
)
def test_a_package_that_does_not_import(package: str, words: list[str], tmp_path: Path) -> None:
    path = broken(tmp_path, package)
    found = problems(call("doctor", "--json", path=path))
    assert f"cannot be imported: ImportError: lib{package}.so.7" in found[package]["found"]
    assert f"pip install --force-reinstall --no-deps '{package}>=" in found[package]["remedy"]
    done = call(*words, path=path)
    assert done.returncode == 3
    assert f"lib{package}.so.7" in done.stderr
    assert "`neurograph doctor` says what to do" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_api_name_says_why_it_cannot_be_had(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from neurograph import synth"],
        env={**os.environ, "PYTHONPATH": str(broken(tmp_path, "scipy"))},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(
        "ImportError: neurograph.synth cannot be imported (ImportError: libscipy"
    )


def test_an_interpreter_with_nothing_in_it(tmp_path: Path) -> None:
    venv = [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")]
    subprocess.run(venv, check=True)
    done = call("doctor", path=ROOT, python=str(tmp_path / "env" / "bin" / "python"))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "problem  installation: neurograph is on the path but not installed" in done.stdout
    assert "pip install" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"{_checks(done.stdout)} checks; problems: ")


def _checks(text: str) -> int:
    return sum(line.split(" ")[0] in ("ok", "warning", "problem") for line in text.splitlines())


def test_lines_and_json_say_the_same(tmp_path: Path) -> None:
    tree = finding.to_dict([Finding(name="x", state="warning", found="old", remedy="renew")])
    assert tree == {
        "problems": 0,
        "warnings": 1,
        "findings": [{"name": "x", "state": "warning", "found": "old", "remedy": "renew"}],
    }
