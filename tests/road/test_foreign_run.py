"""A run folder that came from somebody else is data: it starts nothing and reaches nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from neurograph.chip.deployment import Deployment
from neurograph.core.errors import NeuroGraphError, StoreError
from neurograph.core.setting import settings_of
from neurograph.graphs.io.split_folder import load_split
from neurograph.runtime.backends import find_backend, known_backends
from neurograph.runtime.record import EventCounts, InferredPart, RunRecord
from neurograph.workflow import store
from neurograph.workflow.chunks import Chunks
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.infer import infer
from neurograph.workflow.metrics import metrics_of
from neurograph.workflow.new_folder import can_go_on
from neurograph.workflow.provenance import provenance
from neurograph.workflow.run import Run
from neurograph.workflow.yardsticks import kept
from tests.command import Done

Command = Callable[..., Done]
READ: list[tuple[str, Callable[[Run], object]]] = [
    ("manifest.json", lambda run: run.entries),
    ("metrics.jsonl", metrics_of),
    ("metrics.jsonl", lambda run: _resumes(run)),
    ("deployment.h5", lambda run: store.load(Deployment, run.folder.deployment)),
    ("deployment.h5", lambda run: infer(run, limit=1)),
    ("record-float.h5", lambda run: run.records),
    ("events.h5", lambda run: run.events),
    ("checkpoint/best.safetensors", lambda run: run.checkpoint),
    ("checkpoint/best.safetensors", lambda run: run.deployment),
    ("split.npz", lambda run: load_split(run.path, "of then")),
    ("yardsticks.json", kept),
]


def _resumes(run: Run) -> bool:
    run.folder.last.unlink(missing_ok=True)
    return can_go_on(run.folder)


@pytest.fixture
def run(road: Path, tmp_path: Path) -> Path:
    """Somebody's run, reported."""
    return Path(shutil.copytree((road / "runs" / "latest").resolve(), tmp_path / "run"))


def _differing(run: Path) -> None:
    """One spike of the record of Lava is another."""
    path = RunFolder(run).record("loihi-sim")
    record = store.load(RunRecord, path)
    name = min(record.spikes)
    spikes = record.spikes[name].copy()
    spikes[0, 0, 0, 0] ^= True
    store.save(replace(record, spikes={**record.spikes, name: spikes}), path)


def _program(folder: Path) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\ntouch {folder / 'EXECUTED'}\n")
    path.chmod(0o755)
    return path


def test_a_program_that_a_run_names_is_never_started(
    run: Path, road: Path, neurograph: Command
) -> None:
    program = _program(run.parent)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["run"]["runs"]["loihi-sim"]["options"] = {"python": str(program)}
    (run / "manifest.json").write_text(json.dumps(manifest))
    _differing(run)
    done = neurograph(road, "verify", run)
    assert "must be identical" in done.stderr
    assert not (run.parent / "EXECUTED").exists()
    done = neurograph(road, "verify", run, "--lava-python", program)  # who typed it meant it
    assert (run.parent / "EXECUTED").exists()


def test_every_program_of_a_backend_says_that_it_is_one() -> None:
    settings = [s for name in known_backends() for s in settings_of(find_backend(name).options)]
    named = {s.option for s in settings if "interpreter" in s.help or "python" in s.name}
    assert named == {s.option for s in settings if s.program} >= {"--lava-python"}


@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
@pytest.mark.parametrize(("name", "read"), READ)
def test_nothing_but_a_file_of_the_run_is_read(
    name: str, read: Callable[[Run], object], what: str, run: Path
) -> None:
    place, outside = run / name, run.parent / "outside"
    data = place.read_bytes()
    place.unlink()
    outside.write_bytes(data)
    _put(what, place, outside)
    said = {"link": "leads out of", "pipe": "a pipe|no such file", "folder": "a folder"}[what]
    with pytest.raises(NeuroGraphError, match=said):
        read(Run(run))
    assert outside.read_bytes() == data


def _put(what: str, place: Path, outside: Path) -> None:
    match what:
        case "link":
            place.symlink_to(outside)
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()


def test_what_is_written_replaces_a_link(run: Path, road: Path, neurograph: Command) -> None:
    outside = run.parent / "outside"
    outside.write_text("precious")
    for name in (".holder", "report.html", "report.json"):
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(outside)
    assert neurograph(road, "report", run).returncode == 0
    assert outside.read_text() == "precious"
    assert not (run / "report.html").is_symlink()


def test_parts_elsewhere_are_left_alone(run: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious")
    RunFolder(run).path.joinpath(".parts").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="leads out of"):
        _ = RunFolder(run).chunks
    assert (elsewhere / "precious").exists()


def test_a_part_brings_no_name_of_its_own(run: Path, tmp_path: Path) -> None:
    record = store.load(RunRecord, RunFolder(run).record("reference"))
    counts = RunFolder(run).events
    evil = replace(record, backend="x/../../evil")
    part = InferredPart(
        records={"reference": record, "x/../../evil": evil},
        events=store.load(EventCounts, counts),
        seconds={},
    )
    plan = {"backend": "reference"}
    chunks = Chunks(tmp_path / "parts", record.nodes, plan, resume=False)
    chunks.add(part)
    assert Chunks(tmp_path / "parts", record.nodes, plan, resume=True).done == 0
    with pytest.raises(StoreError, match="is no name"):
        RunFolder(run).record("x/../../evil")


def test_features_are_a_name_and_no_path(run: Path, road: Path, neurograph: Command) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["train"]["features"] = "../../outside"
    (run / "manifest.json").write_text(json.dumps(manifest))
    for words in (("report", run), ("train", "graphs/synthetic", "--features", "../../x")):
        done = neurograph(road, *words)
        assert done.returncode not in (0, 1)
        assert "is no name" in done.stderr


@pytest.mark.parametrize("what", ["graph_from_run", "graph_at", "command"])
def test_a_manifest_that_lacks_what_was_written_later(
    what: str, run: Path, road: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(road)
    manifest = json.loads((run / "manifest.json").read_text())
    del manifest["train"][what]
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert provenance(Run(run))["graph"]["name"] == "synthetic"


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [
        ("baseline", {"seconds": 5}, r"baseline\.seconds is a whole number, needed a table"),
        ("train", {"settings": {"model": "spikenet"}}, r"no settings\.seed"),
    ],
)
def test_a_manifest_of_another_form(
    entry: str, value: dict[str, object], said: str, run: Path
) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest[entry] = {**manifest[entry], **value}
    (run / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=said):
        _ = Run(run).trained
