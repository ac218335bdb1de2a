"""Labels as spikes, by the command line: trained, exported, run, predicted, reported, checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.sets import synth
from neurograph.workflow.run import Run
from tests.conftest import Once
from tests.road.conftest import Command
from tests.road.test_bad_input import refused

SMALL = ("--preset", "demo", "--epochs", "4", "--hidden", "16,8")
ALONE = ("--label-input", "--features", "none")


@pytest.fixture(scope="module")
def trained(once: Once, neurograph: Command) -> Path:
    """A graph without features, and a run 'r' that hears labels alone, exported and run."""

    def make(folder: Path) -> None:
        save_graph(synth(nodes=120, classes=4, steps=4, seed=7), folder / "g")
        for words in (
            ("train", "g", *SMALL, *ALONE, "--class-weights", "balanced", "-o", "r"),
            ("export", "r", "--backend", "reference", "--calibrate", "20"),
            ("run", "r", "--limit", "20"),
        ):
            done = neurograph(folder, *words)
            assert done.returncode == 0, done.stderr

    return once("labels-alone", make)


@pytest.fixture
def run(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(trained)
    return Run(trained / "r")


def test_nothing_graded_goes_in(run: Run) -> None:
    (stream,) = run.deployment.quantized.streams
    assert (stream.name, stream.bits, stream.channels) == ("y", 1, 4)
    assert not (run.path.parent / "g" / "features").exists()
    assert run.trained["features"] == "none"
    assert run.trained["settings"]["class_weights"] == "balanced"


def test_the_labels_that_are_in_are_those_of_training_nodes(run: Run) -> None:
    dataset = run.dataset
    labels = dataset.labels_in
    assert labels is not None
    train = dataset.split.train
    np.testing.assert_array_equal(labels[train], dataset.graph.labels[train])
    others = np.setdiff1d(np.arange(dataset.graph.num_nodes), train)
    assert (labels[others] == -1).all()


def test_an_answer_for_every_node(trained: Path, run: Run, neurograph: Command) -> None:
    done = neurograph(trained, "predict", "r", "--nodes", "all", "--draws", "2", "-o", "all.json")
    assert done.returncode == 0, done.stderr
    rows = json.loads((trained / "all.json").read_text(encoding="utf-8"))["rows"]
    assert len(rows) == run.dataset.graph.num_nodes
    assert run.records["reference"].spikes["h1"].any()


def test_yardsticks_and_report_go_without_features(trained: Path, neurograph: Command) -> None:
    done = neurograph(trained, "baseline", "r")
    assert done.returncode == 0, done.stderr
    assert "boosting on label counts" in done.stdout
    assert "logistic" not in done.stdout
    done = neurograph(trained, "report", "r")
    assert done.returncode == 0, done.stderr
    assert json.loads((trained / "r" / "report.json").read_text(encoding="utf-8"))


def test_without_options_a_graph_without_features_gets_none(
    trained: Path, tmp_path: Path, neurograph: Command
) -> None:
    words = ("train", str(trained / "g"), *ALONE, "--epochs", "1", "--folds", "0", "-o", "n")
    done = neurograph(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert "chosen:" in done.stderr
    assert not (trained / "g" / "features").exists()


def test_a_chip_without_graded_spikes_is_asked_before_training(
    tmp_path: Path, neurograph: Command
) -> None:
    words = ("check", "--model", "spikenet", "--label-input", "--neuron", "lif", "--tau", "2")
    done = neurograph(tmp_path, *words, "--features", "none", "--profile", "loihi1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["fits"] is True
    done = neurograph(tmp_path, *words, "--profile", "loihi1", "--json")
    assert done.returncode == 4
    found = json.loads(done.stdout)["violations"]
    assert any("x" in violation["where"] for violation in found)


def test_bad_input_is_one_line(trained: Path, tmp_path: Path, neurograph: Command) -> None:
    def training(*words: str, graph: str | Path = trained / "g"):
        return neurograph(tmp_path, "train", str(graph), *SMALL, *words, "-o", "no")

    refused(training("--features", "none"), "the network would hear nothing", "--label-input")
    refused(training(*ALONE, "--model", "sage"), "takes no label_input", "leave that out")
    refused(training(*ALONE, "--qat"), "not trained in integers", "--qat")
    refused(training(*ALONE, "--class-weights", "even"), "known: none, balanced", "even")
    graph = load_graph(trained / "g")
    some = np.zeros(graph.num_nodes, np.int16)
    some[graph.num_nodes // 2 :] = -1
    alike = replace(graph, labels=some, label_names=("same",))
    save_graph(alike, tmp_path / "alike")
    refused(training(*ALONE, graph="alike"), "all 60 labelled nodes are of class 'same'")
    nobody = replace(graph, labels=np.full_like(some, -1), label_names=())
    save_graph(nobody, tmp_path / "nobody")
    refused(training(*ALONE, graph="nobody"), "no node has a label; training needs labels")
    every = "".join(f"{name},train\n" for name in graph.node_ids)
    (tmp_path / "every.csv").write_text(f"node,part\n{every}", encoding="utf-8")
    refused(training(*ALONE, "--split", "every.csv"), "part test is empty (train 120")
    one = graph.labels == 0
    parts = "".join(
        f"{name},{'train' if a else 'val' if n % 2 else 'test'}\n"
        for n, (name, a) in enumerate(zip(graph.node_ids, one, strict=True))
    )
    (tmp_path / "one.csv").write_text(f"node,part\n{parts}", encoding="utf-8")
    refused(training(*ALONE, "--split", "one.csv"), "training nodes are of one class (")
    done = neurograph(
        tmp_path, "check", "--model", "spikenet", "--label-input", "--features", "dynwalk"
    )
    refused(done, "--features dynwalk is of a graph", "--graph")
