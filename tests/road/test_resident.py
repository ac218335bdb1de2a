"""The whole graph at once, by the command line: trained, exported, run, verified, reported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from neurograph.graphs.io import save_graph
from neurograph.graphs.sets import synth
from neurograph.workflow.run import Run
from tests.conftest import Once
from tests.road.conftest import Command
from tests.road.test_bad_input import refused

SMALL = ("--hidden", "16,8", "--epochs", "2", "--epoch-steps", "3")
ALONE = ("--features", "none", "--label-input")
WHOLE = ("--mapping", "resident")
NODES, STEPS = 120, 4


@pytest.fixture(scope="module")
def trained(once: Once, lava: None, neurograph: Command) -> Path:
    """Run 'r' hears labels alone; 't' was trained over trees and is laid out as a whole graph."""

    def make(folder: Path) -> None:
        save_graph(synth(nodes=NODES, classes=4, steps=STEPS, seed=7), folder / "g")
        for words in (
            ("train", "g", *WHOLE, *ALONE, *SMALL, "-o", "r"),
            ("export", "r", "--target", "loihi-sim", "--calibrate", "20"),
            ("run", "r"),
            ("features", "g", "--dim", "8"),
            ("train", "g", "--hidden", "16,8", "--epochs", "2", "-o", "t"),
            ("export", "t", *WHOLE, "--target", "loihi-sim", "--calibrate", "20"),
            ("run", "t", "--limit", "10"),
        ):
            done = neurograph(folder, *words)
            assert done.returncode == 0, f"{words}: {done.stderr}"

    return once("whole-graph", make)


@pytest.fixture(params=["r", "t"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(trained: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(trained)
    return Run(trained / name)


def test_every_node_runs_and_those_that_are_asked_about_are_kept(run: Run, name: str) -> None:
    assert run.deployment.tree is None
    assert run.deployment.quantized.nodes == NODES
    test = run.dataset.split.test
    asked = run.records["reference"].nodes
    assert len(asked) == (len(test) if name == "r" else 10)
    assert np.isin(asked, test).all()
    assert run.events.inferences == NODES


def test_lava_is_the_reference_in_every_spike_and_state(
    trained: Path, name: str, neurograph: Command
) -> None:
    done = neurograph(trained, "verify", name, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    pair = found["pairs"]["reference->loihi-sim"] if "pairs" in found else found
    assert "reference" in json.dumps(pair)


def test_the_same_answers_whoever_is_asked_about(
    trained: Path, run: Run, name: str, neurograph: Command
) -> None:
    done = neurograph(trained, "predict", name, "--nodes", "all", "-o", f"{name}-all.json")
    assert done.returncode == 0, done.stderr
    rows = json.loads((trained / f"{name}-all.json").read_text(encoding="utf-8"))["rows"]
    assert len(rows) == NODES
    record = run.records["reference"]
    names = run.dataset.graph.label_names
    ids = run.dataset.graph.node_ids
    said = {row["node"]: row["class"] for row in rows}
    for node, answer in zip(record.nodes, record.predictions, strict=True):
        assert said[ids[node]] == names[answer]


def test_spikes_of_every_node(trained: Path, name: str, neurograph: Command) -> None:
    done = neurograph(trained, "embed", name, "--nodes", "val", "-o", f"{name}.npz")
    assert done.returncode == 0, done.stderr
    with np.load(trained / f"{name}.npz") as found:
        assert found["counts"].shape[1] == 8


def test_a_report(trained: Path, name: str, neurograph: Command) -> None:
    done = neurograph(trained, "report", name)
    assert done.returncode == 0, done.stderr
    page = (trained / name / "report.html").read_text(encoding="utf-8")
    assert "sampling neighbours" not in page


def test_bad_input_is_one_line(trained: Path, tmp_path: Path, neurograph: Command) -> None:
    def training(*words: str):
        return neurograph(tmp_path, "train", str(trained / "g"), *SMALL, *words, "-o", "no")

    refused(training(*WHOLE, *ALONE, "--qat"), "not trained in integers", "--qat")
    refused(training(*ALONE, "--graph-recurrence"), "graph recurrence is of the whole graph")
    refused(training(*ALONE, "--label-hops", "2"), "needed 1 or more, and 1 in sampled trees")
    refused(training(*WHOLE, *ALONE, "--edge-weights", "on"), "train with --edge-weights off")
    refused(training(*WHOLE, *ALONE, "--model", "dysign"), "takes no", "mapping")

    def exported(run: str, *words: str):
        return neurograph(trained, "export", run, *words)

    refused(exported("r", "--mapping", "trees"), "trained on the whole graph")
    refused(exported("r", "--mapping", "forest"), "known: trees, resident")
    again = neurograph(trained, "predict", "r", "--draws", "2", "-o", "no.json")
    refused(again, "draws nothing", "leave it out")


def test_weights_of_trees_go_on_over_the_whole_graph(trained: Path, neurograph: Command) -> None:
    more = ("--epochs", "1", "--epoch-steps", "2", "-o", "on")
    done = neurograph(trained, "train", "--from", "t", *WHOLE, *more)
    assert done.returncode == 0, done.stderr
    run = Run(trained / "on")
    assert run.checkpoint.config.mapping == "resident"
    assert run.checkpoint.scheme is None
    assert run.trained["start"]["run"].endswith("t")
    labels = neurograph(trained, "train", "--from", "r", "--mapping", "trees", "-o", "no")
    refused(labels, "graph recurrence is of the whole graph")


def test_a_check_of_a_whole_graph(trained: Path, tmp_path: Path, neurograph: Command) -> None:
    done = neurograph(trained, "check", "r")
    assert done.returncode == 0, done.stderr
    assert f"{NODES} nodes on " in done.stdout
    words = ("check", "--model", "spikenet", *WHOLE, *ALONE, "--hidden", "16,8")
    done = neurograph(trained, *words, "--graph", "g")
    assert done.returncode == 0, done.stderr
    assert f"{NODES} nodes on " in done.stdout
    refused(neurograph(tmp_path, *words), "--graph FOLDER")
