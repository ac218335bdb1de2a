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
    told = json.loads((trained / name / "report.json").read_text(encoding="utf-8"))
    assert "sampling neighbours" not in {row["where"] for row in told["energy"]["rows"]}
    parts = told["energy"]["by_part"]
    assert parts["fanouts"] == [5, 2]
    if name == "t":  # the other hears labels from afar, which trees do not
        assert parts["dynamic"]["of_trees"] < 1
    found = {row["part"]: row for row in parts["rows"]}
    edges, sampling = found["sums along edges"], found["host: sampling neighbours"]
    assert edges["joules"]["typical"] > edges["trees_j"]["typical"] == 0
    assert sampling["trees_j"]["typical"] > sampling["joules"]["typical"] == 0
    kinds = [row["kind"] for row in told["leaderboard"]["rows"]]
    assert kinds[:2] == ["network", "floats"]
    assert told["leaderboard"]["rows"][0]["hears_labels"] is (name == "r")
    page = (trained / name / "report.html").read_text(encoding="utf-8")
    assert "beside sampled trees of the same model" in page


def test_bad_input_is_one_line(trained: Path, tmp_path: Path, neurograph: Command) -> None:
    def training(*words: str):
        return neurograph(tmp_path, "train", str(trained / "g"), *SMALL, *words, "-o", "no")

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


def test_a_graph_too_large_for_the_chips_runs_in_pieces(
    trained: Path, tmp_path: Path, neurograph: Command
) -> None:
    """The remedy is typed as it is printed, and what it makes fits and trains."""
    chip = tmp_path / "two.toml"
    chip.write_text(
        'base = "loihi2"\nname = "two"\ntitle = "Two cores"\n[limits]\n'
        + "".join(
            f'{name} = {{ value = {value}, low = {value}, high = {value}, unit = "{unit}", '
            'source = "open_neuromorphic", basis = "assumed" }\n'
            for name, value, unit in (
                ("chips_per_system", 1, "chip"),
                ("cores_per_chip", 2, "core"),
                ("neurons_per_core", 1200, "neuron"),
            )
        )
    )
    check = ("check", "r", "--profile", str(chip))
    refusal = neurograph(trained, *check, "--json")
    assert refusal.returncode == 4, refusal.stderr
    fixes = [f["options"] for f in json.loads(refusal.stdout)["fixes"]]
    (typed,) = [f for f in fixes if "data part" in f]
    words = typed.replace("PART", str(tmp_path / "part")).split()
    assert words[:3] == ["neurograph", "data", "part"]
    done = neurograph(trained, *words[1:])
    assert done.returncode == 0, done.stderr
    assert f"of {NODES} nodes of " in done.stdout
    model = ("--model", "spikenet", *WHOLE, *ALONE, "--hidden", "16,8")
    part = ("--graph", str(tmp_path / "part"), "--profile", str(chip))
    fits = neurograph(trained, "check", *model, *part)
    assert fits.returncode == 0, fits.stderr
    run = ("train", str(tmp_path / "part"), *WHOLE, *ALONE, *SMALL, "-o", str(tmp_path / "on"))
    assert neurograph(trained, *run).returncode == 0


def test_a_part_keeps_features_and_what_is_around_nodes(
    trained: Path, tmp_path: Path, neurograph: Command
) -> None:
    (tmp_path / "who.txt").write_text("3\n7\n", encoding="utf-8")
    out = str(tmp_path / "near")
    words = ("data", "part", "g", "--nodes", str(tmp_path / "who.txt"), "--hops", "1", "-o", out)
    done = neurograph(trained, *words)
    assert done.returncode == 0, done.stderr
    told = json.loads(neurograph(trained, "data", "info", out, "--json").stdout)
    assert 2 < told["nodes"] < NODES
    assert (tmp_path / "near" / "features" / "dynwalk" / "values.npy").is_file()
    refused(neurograph(trained, *words[:3], "-o", str(tmp_path / "no")), "--nodes FILE")
    assert not (tmp_path / "no").exists()
