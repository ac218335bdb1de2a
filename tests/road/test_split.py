"""A split of one's own at the command line: kept with the run, used by what follows, refused."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.splits import Split
from neurograph.testing.graphs import random_graph
from neurograph.workflow.run import Run
from tests.road.conftest import Command

TRAIN = ("train", "g", "--preset", "demo", "--epochs", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> Path:
    """A graph with features, a split of its nodes in words, and a run that was trained by it."""
    folder = tmp_path_factory.mktemp("split")
    graph, _ = random_graph(nodes=90, edges=300)
    save_graph(graph, folder / "g")
    np.save(folder / "x.npy", np.random.default_rng(0).normal(size=(graph.num_steps, 90, 4)))
    parts = np.array(["train", "val", "test"])[np.arange(90) % 3]
    rows = "".join(f"{node},{part}\n" for node, part in enumerate(parts))
    (folder / "mine.csv").write_text("node,part\n" + rows)
    for words in (
        ("features", "g", "--given", "x.npy"),
        (*TRAIN, "--split", "mine.csv", "-o", "run"),
    ):
        done = neurograph(folder, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def split_of(run: Path, monkeypatch: pytest.MonkeyPatch) -> Split:
    monkeypatch.chdir(run.parent)
    dataset = Run(run).dataset
    assert dataset is not None
    return dataset.split


def test_the_split_stays_with_the_run(
    folder: Path, neurograph: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, kept = load_graph(folder / "g"), split_of(folder / "run", monkeypatch)
    for part, nodes in (("train", 0), ("val", 1), ("test", 2)):
        known = np.flatnonzero((graph.labels >= 0) & (np.arange(90) % 3 == nodes))
        assert getattr(kept, part).tolist() == known.tolist()
    assert kept.name.startswith("mine.csv-")
    told = json.loads((folder / "run" / "manifest.json").read_text())["train"]
    assert told["settings"]["split"] == "file"
    assert told["split"]["source"] == "mine.csv"
    (folder / "run" / "split.npz").rename(folder / "away.npz")
    gone = neurograph(folder, "export", "run")
    assert gone.returncode == 2
    assert "split.npz: damaged" in " ".join(gone.stderr.split())
    (folder / "away.npz").rename(folder / "run" / "split.npz")


def test_a_training_in_integers_keeps_the_split(
    folder: Path, neurograph: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = neurograph(folder, "train", "--from", "run", "--qat-epochs", "1", "-o", "qat")
    assert done.returncode == 0, done.stdout + done.stderr
    kept, then = (split_of(folder / run, monkeypatch) for run in ("qat", "run"))
    assert kept.sha256 == then.sha256
    refused = neurograph(folder, "train", "--from", "run", "--split", "mine.csv", "-o", "qat2")
    assert refused.returncode == 2
    assert "leave out --split" in " ".join(refused.stderr.split())


def test_resuming_needs_the_same_split(folder: Path, neurograph: Command) -> None:
    shutil.copytree(folder / "run", folder / "more")
    goes_on = ("--epochs", "2", "--resume", "-o", "more")
    done = neurograph(folder, *TRAIN, *goes_on, "--split", "mine.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (folder / "mine.csv").read_text()
    (folder / "other.csv").write_text(text.replace("0,train", "0,val", 1))
    for split, said in (
        ("other.csv", "split was 'mine.csv-"),
        ("time", "with --split file and not time;"),
    ):
        refused = neurograph(folder, *TRAIN, *goes_on, "--split", split)
        assert refused.returncode == 2, refused.stdout
        assert said in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no split 'bad.csv', and no such file; known: auto, stratified, source, time"),
        ("node,part\n0,train\n400,test\n", "bad.csv, line 3 ('400,test'): node '400' is not in"),
        ("node,part\n0,train\n1,val\n", "bad.csv: part test is empty"),
        ("node,part\n0,0\n1,1\n2,2\n", "which is which?; guess: 0 is train"),
    ],
)
def test_a_bad_split_leaves_nothing(
    folder: Path, neurograph: Command, text: str | None, said: str
) -> None:
    (folder / "bad.csv").unlink(missing_ok=True)
    if text is not None:
        (folder / "bad.csv").write_text(text)
    refused = neurograph(folder, *TRAIN, "--split", "bad.csv", "-o", "never")
    assert refused.returncode == 2
    assert said in " ".join(refused.stderr.split())
    assert not (folder / "never" / "manifest.json").exists()


def test_a_split_by_time_is_asked_for_by_name(folder: Path, neurograph: Command) -> None:
    done = neurograph(folder, *TRAIN, "--split", "time", "--train-share", "0.6", "-o", "later")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "split time-60-seed42" in " ".join(done.stdout.split())
    told = json.loads((folder / "later" / "manifest.json").read_text())["train"]["split"]
    assert told["name"] == "time-60-seed42"
    assert "source" not in told


def test_what_comes_after_a_training_divides_no_nodes_again(
    folder: Path, neurograph: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """scikit-learn, which does that, takes longer to import than a run of a small graph."""
    for name in ("sklearn", "sklearn.model_selection", "sklearn.metrics"):
        monkeypatch.setitem(sys.modules, name, None)
    done = neurograph(folder, *TRAIN, "--split", "time", "-o", "divided", "--no-yardsticks")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        ("export", "divided", "--calibrate", "8"),
        ("run", "divided", "--backend", "reference", "--limit", "4"),
        ("verify", "divided", "--tolerance", "1"),
        ("predict", "divided", "-o", "said.csv"),
    ):
        done = neurograph(folder, *words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_preset_settings_are_chosen_by_the_given_split(
    folder: Path, neurograph: Command
) -> None:
    plain = ("train", "g", "--features", "given", "--epochs", "1", "--folds", "0")
    for split, said in (("mine.csv", "60 training nodes"), ("time", "36 training nodes")):
        done = neurograph(folder, *plain, "--split", split, "-o", f"plain-{split}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in " ".join(done.stderr.split())
