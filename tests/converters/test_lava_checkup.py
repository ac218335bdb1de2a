"""What `neurograph doctor` finds about Lava: broken interpreters, and what killed runs leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from neurograph.core import files
from neurograph.core.finding import Finding
from neurograph.runtime import reference
from neurograph.testing import corner_networks
from neurograph_lava import checkup, selftest, stale, supervise
from neurograph_lava.cleanup import SHM

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["problems", "warnings", "findings"],
    "properties": {
        "problems": {"type": "integer", "minimum": 0},
        "warnings": {"type": "integer", "minimum": 0},
        "findings": {
            "type": "array",
            "minItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "state", "found", "remedy"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "state": {"enum": ["ok", "warning", "problem"]},
                    "found": {"type": "string", "minLength": 1, "pattern": "^[^\n]*$"},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}
INSTALL_LAVA = "-m pip install --no-deps --ignore-requires-python lava-nc==0.10.0"
USER = """
import sys, time
import numpy as np
from neurograph.testing import corner_networks
from neurograph_lava import stream

network, inputs, nodes = corner_networks()["threshold adapts"]
feed = lambda part: {k: np.repeat(v[:1], part.stop - part.start, 0) for k, v in inputs.items()}
records = stream(network, feed, np.arange(50), chunk=1, batch=1)
next(records)
print("running", flush=True)
time.sleep(600)
"""


def doctor(*words: str, env: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Exit status and, by name, the findings of the real command."""
    done = subprocess.run(
        [sys.executable, "-m", "neurograph", "doctor", "--json", *words],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert not done.stderr
    tree = json.loads(done.stdout)
    jsonschema.validate(tree, SCHEMA)
    return done.returncode, {f["name"]: f for f in tree["findings"]}


def bare_python(folder: Path) -> str:
    """A virtual environment without anything in it."""
    words = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(words, check=True)
    return str(folder / "bin" / "python")


def install(folder: Path, name: str, version: str, text: str = "") -> None:
    """A package that says it is `name`, without being it."""
    (site,) = folder.glob("lib/python3.*/site-packages")
    (site / name).mkdir()
    (site / name / "__init__.py").write_text(text)
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def by_name(python: str | None) -> dict[str, Finding]:
    return {f.name: f for f in checkup.checkup(python=python)}


# --- the self-test -----------------------------------------------------------------------------


def test_its_numbers_are_the_references() -> None:
    case = corner_networks()[selftest.CORNER]
    record = reference.run(*case)
    assert selftest.first_difference(record) is None
    assert 0 < record.spikes[selftest.LAYER].mean() < 1
    assert set(record.final[selftest.LAYER]) == set(selftest.FINAL)


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (None, "update 5, neuron 2 fired: False"),
        ("u", "final u of neuron 3 is 26951, not 26950"),
        ("v", "final v of neuron 1 is 8489, not 8488"),
        ("theta", "final theta of neuron 5 is 10853, not 10852"),
    ],
)
def test_one_bit_is_a_difference(variable: str | None, said: str) -> None:
    record = reference.run(*corner_networks()[selftest.CORNER])
    spikes = {k: np.array(v) for k, v in record.spikes.items()}
    final = {k: {n: np.array(x) for n, x in v.items()} for k, v in record.final.items()}
    if variable is None:
        spikes["h"][0, 5, 0, 2] ^= True
    else:
        final["h"][variable][0, 0, int(said.split("neuron ")[1][0])] += 1
    assert selftest.first_difference(replace(record, spikes=spikes, final=final)) == said


# --- interpreters ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.lava
def test_here_nothing_is_wrong(lava: None) -> None:
    status, found = doctor()
    assert status == 0
    assert not [f for f in found.values() if f["state"] == "problem"]
    assert found["Lava: lava-nc"]["found"] == "0.10.0"
    assert found["Lava: self-test"]["found"].startswith("144 neuron updates equal")
    assert found["numpy"]["state"] == "ok"


@pytest.mark.lava
def test_an_interpreter_may_be_named_by_a_relative_path(
    lava: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").symlink_to(sys.prefix)
    monkeypatch.chdir(tmp_path)
    case = corner_networks()["threshold adapts"]
    (record,) = supervised(case, f"env/bin/{Path(sys.executable).name}")
    np.testing.assert_array_equal(record.spikes["h"], reference.run(*case).spikes["h"])


def supervised(case: Any, python: str) -> Any:
    from neurograph_lava import stream

    return stream(case.network, lambda part: case.inputs, case.nodes, python=python)


@pytest.mark.slow
def test_no_interpreter_by_the_real_command() -> None:
    status, found = doctor("--lava-python", "/nowhere/bin/python")
    assert status == 3
    wrong = found["Lava: interpreter"]
    assert wrong["state"] == "problem"
    assert wrong["found"] == "there is no '/nowhere/bin/python' that can be run"
    assert "--lava-python" in wrong["remedy"]
    assert "Lava: self-test" not in found


def test_an_interpreter_without_lava(tmp_path: Path) -> None:
    python = bare_python(tmp_path / "env")
    found = by_name(python)
    assert found["Lava: interpreter"].state == "ok"
    missing = ["numpy", "scipy", "networkx", "asteval", "lava-nc"]
    assert all(found[f"Lava: {name}"].found == "not installed" for name in missing)
    remedy = found["Lava: lava-nc"].remedy
    assert remedy == (
        f"{python} -m ensurepip && "
        f"{python} -m pip install 'numpy<2.4' scipy 'networkx>=2.8' 'asteval>=1' && "
        f"{python} {INSTALL_LAVA}"
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert INSTALL_LAVA.removeprefix("-m ") in readme
    assert "Lava: self-test" not in found


def test_what_lava_needs_is_what_pyproject_says() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("lava = ["))
    assert set(json.loads(line.removeprefix("lava = "))) == {*checkup.NEEDED.values()} - {"scipy"}


def test_a_numpy_with_which_lava_hangs(tmp_path: Path) -> None:
    python = bare_python(tmp_path / "env")
    for name, version in (("scipy", "1.16.0"), ("networkx", "3.4"), ("asteval", "1.0")):
        install(tmp_path / "env", name, version)
    install(tmp_path / "env", "numpy", "2.4.1")
    install(tmp_path / "env", "lava", "0.10.0")
    found = by_name(python)["Lava: numpy"]
    assert found.state == "problem"
    assert found.found == "2.4.1, with which Lava hangs; needed below 2.4"
    assert found.remedy.endswith(f"{python} -m pip install 'numpy<2.4'")


def test_a_lava_that_does_not_import(tmp_path: Path) -> None:
    python = bare_python(tmp_path / "env")
    for name in ("numpy", "scipy", "networkx", "asteval"):
        install(tmp_path / "env", name, "1.0")
    install(tmp_path / "env", "lava", "0.9.0")
    found = by_name(python)
    assert found["Lava: lava-nc"].state == "warning", "its package is called lava-nc, not lava"
    assert found["Lava: imports"].state == "problem"
    assert "ModuleNotFoundError: No module named" in found["Lava: imports"].found
    assert INSTALL_LAVA in found["Lava: imports"].remedy


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", "is not a Python: it answered ''"),
        ("echo no such thing >&2; exit 3", "is not a Python: exit status 3: no such thing"),
        ("echo python 3.9.1", "is Python 3.9.1; needed 3.10 to 3.13"),
        ("echo python 3.14.0", "is Python 3.14.0; needed 3.10 to 3.13"),
        ("sleep 60", "is not a Python: no answer within 1 s"),
    ],
)
def test_what_is_no_python(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "PROBE_S", 1.0)
    file = tmp_path / "python"
    file.write_text(f"#!/bin/sh\n{script.replace('sleep', 'exec sleep')}\n")
    file.chmod(0o755)
    found = by_name(str(file))["Lava: interpreter"]
    assert (found.state, found.found) == ("problem", f"'{file}' {said}")


# --- shared memory -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "state"), [(100_000, "problem"), (64_000_000, "warning"), (1_000_000_000, "ok")]
)
def test_little_shared_memory(free: int, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        def __init__(self, _: Path) -> None:
            self.free = free

    monkeypatch.setattr(checkup.shutil, "disk_usage", Usage)
    (found,) = checkup.shared_memory()
    assert found.state == state
    assert ("--shm-size" in found.remedy) == (state != "ok")


def test_no_shared_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "SHM", tmp_path / "shm")
    (found,) = checkup.shared_memory()
    assert found.state == "problem"
    assert "cannot be written to (No such file or directory)" in found.found
    assert "--shm-size" in found.remedy


# --- what dead runs leave ----------------------------------------------------------------------


@pytest.fixture
def user(lava: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that runs Lava and waits in the middle, its job folder in `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        yield process
    finally:
        for folder in tmp_path.glob("neurograph-lava-*"):
            for pid, token in members(folder).items():
                os.kill(pid, signal.SIGKILL)
                for segment in SHM.glob(f"psm_{token}_*"):
                    segment.unlink()
        process.kill()
        process.wait()
        process.stdout.close()


def members(folder: Path) -> dict[int, str]:
    """Living workers and Lava processes of a job folder, and the token of each."""
    found = {}
    for p in stale._processes():
        if p.is_worker and str(folder) in p.words:
            found[p.pid] = p.words[p.words.index(str(folder)) + 1]
    return found


@pytest.mark.slow
@pytest.mark.lava
def test_what_a_killed_run_leaves_is_found_and_the_remedies_remove_it(
    user: subprocess.Popen[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale.tempfile, "gettempdir", lambda: str(tmp_path))
    env = {"TMPDIR": str(tmp_path)}
    (folder,) = tmp_path.glob("neurograph-lava-*")
    processes = members(folder)
    (token,) = set(processes.values())
    segments = {*SHM.glob(f"psm_{token}_*")}
    assert len(processes) > 3
    assert segments

    os.utime(folder, (0, 0))
    alive = stale.find()
    assert not alive.folders
    assert not alive.pids & set(processes)
    assert not alive.segments & segments

    group = os.getpgid(next(iter(processes)))
    os.killpg(group, signal.SIGSTOP)  # or it would notice that its user is gone, and tidy up
    user.kill()
    user.wait()
    orphaned = stale.find()
    assert set(processes) <= orphaned.pids
    assert not orphaned.segments & segments, "orphans still use it"
    assert not orphaned.folders
    (found,) = [f for f in stale.check() if "parent is gone" in f.found]
    assert found.state == "warning"

    subprocess.run(f"kill -9 {' '.join(map(str, processes))}", shell=True, check=True)
    while members(folder):
        time.sleep(0.01)
    os.utime(folder, (0, 0))
    status, findings = doctor(env=env)
    assert status == 0, "what is stale is a warning"
    dead = [f for f in findings.values() if f["name"] == stale.NAME]
    assert {f["state"] for f in dead} == {"warning"}
    left = stale.find()
    assert segments <= left.segments
    assert left.folders == {folder}

    for f in stale.check():
        assert f.state == "warning"
        mine = " ".join(w for w in f.remedy.split() if token in w or str(tmp_path) in w)
        subprocess.run(f"rm -rf -- {mine}", shell=True, check=True)
    assert not {*SHM.glob(f"psm_{token}_*")}
    assert not [*tmp_path.iterdir()], "sockets, too"


def test_a_young_folder_and_foreign_names_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shm = tmp_path / "shm"
    shm.mkdir()
    monkeypatch.setattr(stale, "SHM", shm)
    monkeypatch.setattr(stale.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(stale, "SECOND_LOOK_S", 0.0)
    for name in ("psm_0123abcd", "psm_0123456789ab", "sem.mp-x", "psm_0123456789AB_1"):
        (shm / name).touch()
    young, old = (supervise.temporary_folder() for _ in range(2))
    (other := tmp_path / "neurograph-x").mkdir()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    (shm / "psm_0123456789ab_ff").touch()
    left = stale.find()
    assert left.folders == {old}
    assert left.segments == {shm / "psm_0123456789ab_ff"}
    assert [f.found for f in stale.check()] == [
        f"shared memory (0.0 MB): {shm / 'psm_0123456789ab_ff'}",
        f"job folders: {old}",
    ]
    assert [f.remedy for f in stale.check()] == [
        f"rm -rf -- {shm / 'psm_0123456789ab_ff'}",
        f"rm -rf -- {old}",
    ]
    assert young.is_dir()
    old.rmdir()
    (shm / "psm_0123456789ab_ff").unlink()
    assert [f.found for f in stale.check()] == ["nothing"]


def test_the_next_run_removes_what_is_left_and_nothing_that_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shm, sockets = tmp_path / "shm", tmp_path / "pymp-left"
    shm.mkdir()
    sockets.mkdir()
    monkeypatch.setattr(stale, "SHM", shm)
    monkeypatch.setattr(stale.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(stale, "SECOND_LOOK_S", 0.0)
    left, running = (supervise.temporary_folder() for _ in range(2))
    (left / "sockets").symlink_to(sockets)
    (shm / "psm_0123456789ab_ff").touch()
    (shm / "psm_ours").touch()
    for folder in (left, running):
        os.utime(folder, (0, 0))
    holder = files.hold(running)
    stale.tidy_up()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([running.name, "shm"])
    assert [path.name for path in shm.iterdir()] == ["psm_ours"]
    os.close(holder)
    stale.tidy_up()
    assert [path.name for path in tmp_path.iterdir()] == ["shm"]
