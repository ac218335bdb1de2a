"""An answer for every node, by its own id: predicted, embedded, averaged, calibrated, priced."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

import neurograph as ng
from neurograph.graphs.io import load_graph, save_graph
from neurograph.graphs.sets import synth
from neurograph.runtime import reference
from neurograph.workflow.run import Run
from tests.conftest import Once
from tests.road.conftest import Command
from tests.road.test_bad_input import refused

NODES, UNLABELLED = 240, slice(None, None, 3)
SMALL = ("--preset", "demo", "--epochs", "4", "--hidden", "16,8")


@pytest.fixture(scope="module")
def trained(once: Once, neurograph: Command) -> Path:
    """A graph of people called by their names, a third without a label, and a run 'r' on it."""

    def make(folder: Path) -> None:
        graph = synth(nodes=NODES, classes=4, steps=4, seed=7)
        labels = np.maximum(graph.labels, 0)
        labels[UNLABELLED] = -1
        ids = np.array([f'Ødegård, "{n}"' for n in range(NODES)])
        save_graph(replace(graph, labels=labels, ids=ids), folder / "g")
        for words in (("features", "g", "--dim", "16"), ("train", "g", *SMALL, "-o", "r")):
            done = neurograph(folder, *words)
            assert done.returncode == 0, done.stderr

    return once("people", make)


@pytest.fixture(scope="module")
def exported(trained: Path, once: Once, neurograph: Command) -> Path:
    """The same, exported for the reference and run on all nodes."""

    def make(folder: Path) -> None:
        shutil.copytree(trained, folder, dirs_exist_ok=True)
        words = ("export", "r", "--backend", "reference", "--calibrate", "20")
        for line in (words, ("run", "r", "--nodes", "all")):
            done = neurograph(folder, *line)
            assert done.returncode == 0, done.stderr

    return once("people-exported", make)


def opened(folder: Path) -> Run:
    """The run, found from its folder's place: a manifest names its graph as it was typed."""
    return Run(folder / "r")


@pytest.fixture(autouse=True)
def _there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("exported", "trained"):
        if name in request.fixturenames:
            monkeypatch.chdir(request.getfixturevalue(name))
            return


def test_before_an_export_floats_answer_for_all(trained: Path, neurograph: Command) -> None:
    done = neurograph(trained, "predict", "r", "-o", "all.csv")
    assert done.returncode == 0, done.stderr
    assert "240 nodes (all), by floats; 160 of 240 have a label and are scored" in done.stdout
    assert "trained on" in done.stdout
    assert "energy" not in done.stdout
    table = pd.read_csv(trained / "all.csv", keep_default_na=False)
    graph = load_graph(trained / "g")
    assert table["node"].tolist() == graph.node_ids.tolist()
    assert set(table["made_by"]) == {"float"}
    assert set(table["part"][UNLABELLED]) == {""}
    assert set(table["part"]) == {"", "train", "val", "test"}
    likely = table[[f"p_{name}" for name in graph.label_names]].to_numpy()
    np.testing.assert_allclose(likely.sum(axis=1), 1, atol=1e-6)
    best = np.array(graph.label_names)[likely.argmax(axis=1)]
    assert table["class"].tolist() == best.tolist()


def test_integers_that_are_not_there_are_not_made_up(trained: Path, neurograph: Command) -> None:
    done = neurograph(trained, "predict", "r", "--on", "reference", "-o", "no.csv")
    refused(done, "no integers yet", "neurograph export")
    assert not (trained / "no.csv").exists()


def test_the_integers_answer_as_they_ran(exported: Path, neurograph: Command) -> None:
    done = neurograph(exported, "predict", "r", "-o", "all.npz", "--nodes", "all")
    assert "by integers on the reference" in done.stdout
    assert "energy per node" in done.stdout
    with np.load(exported / "all.npz", allow_pickle=False) as found:
        record = opened(exported).records["reference"]
        np.testing.assert_array_equal(found["outputs"], record.logits)
        assert found["node"].tolist() == load_graph(exported / "g").node_ids.tolist()
        facts = json.loads(str(found["neurograph"]))
    assert facts["made_by"] == "reference"
    assert facts["temperature"]["nodes"] == len(opened(exported).dataset.split.val)


def test_several_draws_are_averaged_and_paid_for(exported: Path, neurograph: Command) -> None:
    words = ("--nodes", "unlabelled", "--draws", "3", "-o", "three.json", "--force")
    done = neurograph(exported, "predict", "r", *words)
    assert "80 nodes (unlabelled), by integers on the reference, 3 draws each" in done.stdout
    assert "= 3 inferences of" in done.stdout
    run = opened(exported)
    nodes, of = run.dataset.nodes("unlabelled"), run.deployment
    logits = []
    for draw in range(3):
        given = run.dataset.inputs(nodes, of.tree, seed=of.sample_seed, draw=draw)
        payloads = of.quantized.encode(given)
        logits.append(reference.run(of.quantized, payloads, nodes).logits)
    assert not np.array_equal(logits[0], logits[1])
    found = ng.predict("r", "unlabelled", draws=3)
    np.testing.assert_allclose(found.outputs, np.mean(logits, axis=0))
    rows = json.loads((exported / "three.json").read_text(encoding="utf-8"))["rows"]
    assert [row["node"] for row in rows] == found.ids.tolist()
    assert [row["class"] for row in rows] == list(found.classes)

    neurograph(exported, "report", "r")
    report = json.loads((exported / "r" / "report.json").read_text())
    told = report["predictions"]
    assert (told["nodes"], told["count"], told["draws"]) == ("unlabelled", 80, 3)
    assert found.energy is not None
    assert told["node_j"]["typical"] == pytest.approx(3 * found.energy.joules.typical)
    assert told["total_j"]["high"] == pytest.approx(240 * found.energy.joules.high)
    page = (exported / "r" / "report.html").read_text(encoding="utf-8")
    assert "Predictions of 80 nodes (unlabelled)" in page


def test_validation_nodes_calibrate_whatever_is_asked(exported: Path) -> None:
    every, some = ng.predict("r"), ng.predict("r", "unlabelled")
    assert every.temperature == some.temperature
    assert every.probabilities is not None
    assert some.probabilities is not None
    np.testing.assert_array_equal(every.probabilities[UNLABELLED], some.probabilities)
    assert ng.predict("r", "test", on="float").made_by == "float"


def test_embeddings_are_the_spikes_that_ran(exported: Path, neurograph: Command) -> None:
    record = opened(exported).records["reference"]
    fired = record.spikes["h2"][:, :, 0]
    summed = ng.embed("r")
    np.testing.assert_array_equal(summed.counts, fired.sum(axis=1))
    steps = ng.embed("r", per="snapshot")
    np.testing.assert_array_equal(steps.counts, fired)
    for words in (("e.npz", "--spikes"), ("e.csv", "--per", "snapshot"), ("e.parquet",)):
        done = neurograph(exported, "embed", "r", "--nodes", "unlabelled", "-o", *words)
        assert done.returncode == 0, done.stderr
    with np.load(exported / "e.npz", allow_pickle=False) as found:
        spikes, shape = found["spikes"], found["shape"]
        assert "unpackbits" in str(found["neurograph"])
    assert spikes.shape == (80, -(-fired[0].size // 8)), "one bit each"
    unpacked = np.unpackbits(spikes, axis=1, count=shape.prod()).reshape(-1, *shape)
    np.testing.assert_array_equal(unpacked.astype(bool), fired[UNLABELLED])
    table = pd.read_csv(exported / "e.csv")
    assert len(table) == 80 * 4
    assert table["node"].tolist()[:5] == ['Ødegård, "0"'] * 4 + ['Ødegård, "3"']
    np.testing.assert_array_equal(table["n2"], fired[UNLABELLED][:, :, 2].reshape(-1))


def test_run_takes_all_nodes_and_says_how_many_are_scored(
    exported: Path, neurograph: Command
) -> None:
    done = neurograph(exported, "run", "r", "--nodes", "all")
    scored = "r: all nodes (160 of 240 have a label and are scored, "
    assert scored in done.stdout
    (exported / "two.txt").write_text('node\n"Ødegård, ""3"""\n"Ødegård, ""4"""\n')
    done = neurograph(exported, "run", "r", "--nodes", "two.txt")
    assert "1 of 2 have a label" in done.stdout, done.stderr
    assert neurograph(exported, "verify", "r", "--tolerance", "0").returncode == 0
    assert neurograph(exported, "run", "r", "--nodes", "all").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "x.xls"), "known endings: .csv, .parquet, .npz, .json"),
        (("-o", "there.csv"), "there.csv: there already: a file; write elsewhere (-o), or replace"),
        (("-o", "x.csv", "--nodes", "tset"), "no node set 'tset', and no such file"),
        (("-o", "x.csv", "--nodes", "ids.txt"), "1 id is of no node of graph"),
        (("-o", "x.csv", "--draws", "0"), "--draws is 0, needed at least 1"),
        (("-o", "x.csv", "--on", "nix"), "no backend 'nix'"),
        (
            (
                "-o",
                "there.csv/x.csv",
            ),
            "is no folder",
        ),
    ],
)
def test_bad_input(exported: Path, neurograph: Command, words, said: str) -> None:
    (exported / "ids.txt").write_text("node\nNobody\n")
    (exported / "there.csv").write_text("mine")
    refused(neurograph(exported, "predict", "r", *words), said)
    assert not (exported / "x.csv").exists()
    assert (exported / "there.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "x.csv", "--spikes"), "known endings: .npz"),
        (
            (
                "-o",
                "x.json",
            ),
            "known endings: .npz, .csv, .parquet",
        ),
        (("-o", "x.npz", "--spikes", "--draws", "2"), "spikes of 2 draws have no mean"),
        (("-o", "x.npz", "--per", "day"), "--per is 'day'; known: node, snapshot"),
    ],
)
def test_bad_input_of_embed(exported: Path, neurograph: Command, words, said: str) -> None:
    refused(neurograph(exported, "embed", "r", *words), said)
    assert not list(exported.glob("x.*"))


def test_a_model_without_spikes_predicts_and_has_none_to_embed(
    trained: Path, neurograph: Command
) -> None:
    words = ("--model", "sage", "--preset", "demo", "--epochs", "2", "--hidden", "16,8")
    assert neurograph(trained, "train", "g", *words, "-o", "twin").returncode == 0
    done = neurograph(trained, "predict", "twin", "-o", "twin.csv", "--draws", "2")
    assert "by floats, 2 draws each" in done.stdout, done.stderr
    assert len(pd.read_csv(trained / "twin.csv")) == NODES
    done = neurograph(trained, "predict", "twin", "-o", "no.csv", "--on", "reference")
    refused(done, "runs in floats alone")
    refused(neurograph(trained, "embed", "twin", "-o", "no.csv"), "without spikes")


def test_a_run_finds_its_graph_from_elsewhere_and_where_both_were_moved(
    exported: Path, neurograph: Command, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(exported, moved)
    (tmp_path / "g").mkdir()  # another one of that name, where the user stands
    for run in (exported / "r", moved / "r"):
        done = neurograph(tmp_path, "predict", run, "--nodes", "val", "-o", "v.csv", "--force")
        assert done.returncode == 0, done.stderr
    shutil.move(moved / "g", moved / "h")
    alone = tmp_path / "alone"
    shutil.copytree(moved / "r", alone / "r")
    manifest = json.loads((alone / "r" / "manifest.json").read_text())
    manifest["train"]["graph_at"] = str(tmp_path / "gone")
    (alone / "r" / "manifest.json").write_text(json.dumps(manifest))
    done = neurograph(alone, "predict", "r", "-o", "v.csv")
    refused(
        done,
        f"r: was trained on the graph {tmp_path / 'gone'}, which is not there",
        "--graph FOLDER",
    )


@pytest.mark.slow
def test_integers_that_were_trained_need_no_export(trained: Path, neurograph: Command) -> None:
    quick = ("--epochs", "1", "--qat", "--qat-epochs", "1", "--hidden", "16,8")
    assert neurograph(trained, "train", "g", "--preset", "demo", *quick, "-o", "q").returncode == 0
    before = ng.predict("q", "test")
    assert (before.made_by, before.energy) == ("reference", None)
    done = neurograph(trained, "export", "q", "--backend", "reference", "--calibrate", "20")
    assert done.returncode == 0, done.stderr
    after = ng.predict("q", "test")
    np.testing.assert_array_equal(after.outputs, before.outputs)
    assert after.energy is not None


@pytest.mark.lava
@pytest.mark.slow
def test_lava_answers_as_the_reference(exported: Path, neurograph: Command, lava: None) -> None:
    words = ("--nodes", "val", "--draws", "2", "--on", "loihi-sim", "-o", "lava.npz")
    done = neurograph(exported, "predict", "r", *words)
    assert done.returncode == 0, done.stderr
    with np.load(exported / "lava.npz") as found:
        same = ng.predict("r", "val", draws=2)
        np.testing.assert_array_equal(found["outputs"], same.outputs)
        assert json.loads(str(found["neurograph"]))["made_by"] == "loihi-sim"


def test_where_folds_say_how_long_they_calibrate_too(trained: Path, neurograph: Command) -> None:
    words = ("--preset", "demo", "--epochs", "3", "--hidden", "16,8", "--folds", "3", "-o", "f")
    assert neurograph(trained, "train", "g", *words).returncode == 0
    run = Run(trained / "f")
    learned = len(run.dataset.split.train) + len(run.dataset.split.val)
    found = ng.predict(run)
    assert found.temperature is not None
    assert (found.temperature.fitted_on, found.temperature.nodes) == ("folds", learned)
    done = neurograph(trained, "predict", "f", "-o", "f.csv")
    assert f"{learned} of them trained on" in done.stdout
    assert f"fitted on {learned} nodes left out in turn" in done.stdout


@pytest.mark.slow
def test_what_is_trained_on_keeps_the_temperature_of_the_folds(
    trained: Path, neurograph: Command
) -> None:
    words = ("--preset", "demo", "--epochs", "2", "--hidden", "16,8", "--folds", "2", "-o", "f2")
    assert neurograph(trained, "train", "g", *words).returncode == 0
    done = neurograph(trained, "train", "--from", "f2", "--qat-epochs", "1", "-o", "f3")
    assert done.returncode == 0, done.stderr
    found = ng.predict("f3", "unlabelled")
    assert found.made_by == "reference"
    assert found.temperature == ng.predict("f2", "unlabelled").temperature
