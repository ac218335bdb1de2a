"""Run folders: one command at a time, the latest one found, a manifest of what made what."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurograph.core.errors import ExistsError, InUseError, RunError, StoreError
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.latest import find_run, in_new_run, new_run, point_latest
from neurograph.workflow.manifest import add_entry, read_entries

HOLD = """
import sys, pathlib
from neurograph.workflow.folder import RunFolder
with RunFolder(pathlib.Path(sys.argv[1])).lock("train"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_two_commands_on_one_folder() -> None:
    folder = RunFolder(Path("runs/a"))
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RunError) as error, folder.lock("run"):
            pass
        assert str(error.value) == (
            f"runs/a: in use by 'neurograph train' (process {process.pid}); "
            "wait for it to end, or use another folder (-o)"
        )
        process.stdin.close()
        assert process.wait(20) == 0
    with folder.lock("run"):
        pass


def test_a_killed_holder_leaves_the_folder_free() -> None:
    folder = RunFolder(Path("runs/a"))
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.kill()
        process.wait(20)
    with folder.lock("run"):
        pass


def test_latest_follows_the_newest_run() -> None:
    with pytest.raises(RunError, match="no run in 'runs' yet; run first: neurograph train"):
        find_run(None)
    for name in ("a", "b"):
        folder = new_run(name)
        folder.path.mkdir(parents=True)
        point_latest(folder, pytest.fail)
        assert find_run(None).path == Path("runs") / name
    assert new_run("a").path == Path("runs/a-2")


def test_ten_thousand_runs_are_not_the_last() -> None:
    for number in range(1, 10_000):
        os.makedirs(f"runs/g-{number}" if number > 1 else "runs/g")
    assert new_run("g").path == Path("runs/g-10000")


def test_unknown_run_folder() -> None:
    with pytest.raises(RunError, match="nowhere: no such run folder"):
        find_run(Path("nowhere"))


def test_a_missing_step_is_named() -> None:
    folder = RunFolder(Path("runs/a"))
    with pytest.raises(RunError) as error:
        folder.require(folder.deployment, "neurograph export")
    assert str(error.value) == "runs/a: no deployment.h5; run first: neurograph export"


def test_manifest_keeps_every_command() -> None:
    folder = RunFolder(Path("runs/a"))
    add_entry(folder.manifest, "train", {"seed": 1})
    add_entry(folder.manifest, "export", {"profile": "loihi2"})
    manifest = read_entries(folder.manifest)
    assert manifest["train"]["seed"] == 1
    assert manifest["export"]["profile"] == "loihi2"
    assert manifest["export"]["versions"]["python"] == sys.version.split()[0]


def test_whoever_holds_the_folder_removes_what_killed_commands_left() -> None:
    folder = RunFolder(Path("runs/a"))
    folder.checkpoint.mkdir(parents=True)
    (folder.path / ".record-float.h5.12ab34cd.unfinished").touch()
    (folder.checkpoint / ".last.safetensors.12ab34cd.unfinished").touch()
    with folder.lock("run"):
        assert [*folder.checkpoint.iterdir()] == []
    assert sorted(path.name for path in folder.path.iterdir()) == [".lock", "checkpoint"]


def test_latest_is_a_comfort() -> None:
    Path("runs").write_text("")
    said: list[str] = []
    point_latest(RunFolder(Path("a b")), said.append)
    assert said == ["note: runs/latest cannot be set (File exists); name the run: 'a b'"]
    Path("runs").unlink()
    (Path("runs") / "latest").mkdir(parents=True)
    point_latest(RunFolder(Path("c")), said.append)
    assert said[1:] == ["note: runs/latest cannot be set (Is a directory); name the run: c"]
    assert [path.name for path in Path("runs").iterdir()] == ["latest"]


def test_a_folder_that_cannot_be_written_to() -> None:
    Path("runs").mkdir()
    Path("runs/a").touch()
    folder = RunFolder(Path("runs/a"))
    said = r"^runs/a: cannot be written: File exists; "
    with pytest.raises(StoreError, match=said), folder.lock("run"):
        pass


def test_a_new_run_where_another_command_was_first_takes_the_next_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    others = {"g": InUseError("g"), "g-2": ExistsError("g-2")}

    def train(folder: RunFolder) -> str:
        if other := others.get(folder.path.name):  # it came between the look and the lock
            folder.path.mkdir(parents=True)
            raise other
        return "trained"

    folder, made = in_new_run("g", train)
    assert (folder.path, made) == (Path("runs/g-3"), "trained")


def test_a_new_run_that_fails_of_itself_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def train(folder: RunFolder) -> None:
        raise ExistsError("something else")

    with pytest.raises(ExistsError, match="something else"):
        in_new_run("g", train)
