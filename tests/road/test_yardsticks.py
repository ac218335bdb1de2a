"""Yardsticks on the road: after a training, by `neurograph baseline`, in the report."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from neurograph.graphs import io as data
from neurograph.tasks.yardsticks.measured import load_yardsticks
from neurograph.workflow.manifest import read_entries
from neurograph.workflow.trained_data import trained_data
from tests.road.conftest import Command

pytestmark = pytest.mark.slow

TRAIN = ("train", "graph", "-o", "run", "--hidden", "6,4", "--fanouts", "2,2", "--epochs", "1")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> tuple[Path, str, str]:
    """A folder with a graph and a run of it, reported; what the training said."""
    folder = tmp_path_factory.mktemp("yardsticks")
    said = {}
    for words in (
        ("data", "synth", "-o", "graph", "--nodes", "150", "--classes", "4", "--steps", "4"),
        ("features", "graph", "--dim", "16"),
        TRAIN,
        ("export", "run", "--backend", "reference"),
        ("run", "run", "--limit", "40"),
        ("report", "run"),
    ):
        said[words[0]] = done = neurograph(folder, *words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
    return folder, said["train"].stdout, said["train"].stderr


@pytest.fixture
def copy(walked, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(walked[0], folder, symlinks=True)
    return folder


def test_training_says_what_they_have_and_warns_where_they_have_more(walked) -> None:
    folder, out, err = walked
    kept = load_yardsticks(folder / "run" / "yardsticks.json")
    (line,) = (x for x in out.splitlines() if x.startswith("yardsticks on the same"))
    assert f"the same {kept.count['val']} validation nodes, micro-F1: majority " in line
    for one in kept.measured:
        assert f"{one.title} {100 * one.scores['val']['micro_f1']:.2f} %" in line
    (warning,) = (x for x in err.splitlines() if "is below" in x)  # after one epoch
    assert warning.startswith("warning: on these nodes the network (")
    row = json.loads((folder / "run" / "metrics.jsonl").read_text())
    better = kept.above(row["val_micro_f1"], "val")
    assert better
    assert all(one.title in warning for one in better)


def test_they_are_of_the_split_that_was_trained_on(walked) -> None:
    folder, _, _ = walked
    kept = load_yardsticks(folder / "run" / "yardsticks.json")
    trained = read_entries(folder / "run" / "manifest.json")["train"]
    dataset = trained_data({**trained, "graph": str(folder / "graph")}, folder / "run")
    assert kept.split == dataset.split.name
    test = dataset.split.test
    for one in kept.measured:
        right = one.outputs[test].argmax(axis=1) == dataset.graph.labels[test]
        assert one.scores["test"]["micro_f1"] == pytest.approx(right.mean())
    majority = np.bincount(dataset.graph.labels[dataset.split.train]).argmax()
    assert (kept.measured[0].outputs.argmax(axis=1) == majority).all()


def test_the_report_has_them_on_the_nodes_that_ran(walked) -> None:
    folder, _, _ = walked
    report = json.loads((folder / "run" / "report.json").read_text())
    schema = json.loads(files("neurograph.report").joinpath("schema.json").read_text())
    jsonschema.validate(report, schema)
    names = [one["name"] for one in report["yardsticks"]["measured"]]
    assert names[:2] == ["majority", "neighbour-vote"]
    limit = report["scores"]["reference"]["micro_f1"]
    above = [one for one in report["yardsticks"]["measured"] if one["scores"]["micro_f1"] > limit]
    assert {one["name"] for one in above} == set(report["yardsticks"]["above"])
    assert above, "after one epoch"
    page = (folder / "run" / "report.html").read_text()
    assert "On micro-F1 the network\nloses" in page


def test_baseline_of_a_run_measures_again_beside_the_network(
    copy: Path, neurograph: Command
) -> None:
    before = load_yardsticks(copy / "run" / "yardsticks.json")
    (copy / "run" / "yardsticks.json").unlink()
    done = neurograph(copy, "baseline", "run")
    assert done.returncode == 0, done.stderr
    after = load_yardsticks(copy / "run" / "yardsticks.json")
    assert [one.packed for one in after.measured] == [one.packed for one in before.measured]
    for text in ("micro-F1", "neighbour vote", "* in floats, 40 nodes", "* in integers, 40 nodes"):
        assert text in done.stdout
    told = json.loads(neurograph(copy, "baseline", "run", "--json").stdout)
    assert [one["title"] for one in told["network"]] == [
        "as validation picked it",
        "in floats",
        "in integers",
    ]
    report = json.loads((copy / "run" / "report.json").read_text())
    assert told["network"][2]["scores"] == {"test": report["scores"]["reference"]}
    assert "packed" not in told["measured"][0]


def test_baseline_of_a_graph_writes_nothing(copy: Path, neurograph: Command) -> None:
    before = sorted(copy.rglob("*"))
    told = json.loads(neurograph(copy, "baseline", "graph", "--json").stdout)
    assert sorted(copy.rglob("*")) == before
    kept = load_yardsticks(copy / "run" / "yardsticks.json")
    assert [one["name"] for one in told["measured"]] == [one.name for one in kept.measured]
    assert told["folds"] == 5, "as many as a training without options makes of few nodes"
    assert kept.folds == 0
    assert (told["split"], told["split_sha256"]) == (kept.split, kept.split_sha256)
    assert told["network"] == []


def test_a_graph_without_features_goes_without_what_reads_them(
    copy: Path, neurograph: Command
) -> None:
    shutil.rmtree(copy / "graph" / "features")
    done = neurograph(copy, "baseline", "graph")
    assert done.returncode == 0, done.stderr
    assert "graph: no features here, so no logistic regression" in done.stderr
    assert "logistic" not in done.stdout
    assert "boosting on label counts" in done.stdout


def test_training_can_leave_them_out_and_old_ones_go(copy: Path, neurograph: Command) -> None:
    done = neurograph(copy, *TRAIN, "--no-yardsticks", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert "yardsticks" not in done.stdout
    assert not (copy / "run" / "yardsticks.json").exists()
    for words in (("export", "run"), ("run", "run", "--limit", "9"), ("report", "run")):
        assert (
            neurograph(
                copy, *words, *(("--backend", "reference") * (words[0] == "export"))
            ).returncode
            == 0
        )
    assert "neurograph baseline RUN" in (copy / "run" / "report.html").read_text()
    assert json.loads((copy / "run" / "report.json").read_text())["yardsticks"] is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("run", "--features", "dynwalk"), "--features is for a graph folder"),
            (("nowhere",), "nowhere: needed the folder of a run"),
            (("graph/features",), "graph/features: needed the folder of a run"),
            (("graph", "--features", "spectral"), "no 'spectral' features"),
        ],
    )
    def test_what_is_none(self, walked, neurograph: Command, words, said: str) -> None:
        done = neurograph(walked[0], "baseline", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr

    def test_a_graph_without_labels(self, copy: Path, neurograph: Command) -> None:
        (copy / "edges.txt").write_text("0 1 0\n1 2 1\n")
        made = neurograph(copy, "data", "import", "--edges", "edges.txt", "-o", "bare")
        assert made.returncode == 0, made.stderr
        done = neurograph(copy, "baseline", "bare")
        assert done.returncode == 2
        assert "no node has a label" in done.stderr

    def test_yardsticks_of_another_split(self, copy: Path, neurograph: Command) -> None:
        path = copy / "run" / "yardsticks.json"
        tree = json.loads(path.read_text())
        path.write_text(json.dumps({**tree, "split_sha256": "0" * 64}))
        before = (copy / "run" / "report.html").read_bytes()
        done = neurograph(copy, "report", "run")
        assert done.returncode == 2
        assert "of another split; run: neurograph baseline run" in done.stderr
        assert (copy / "run" / "report.html").read_bytes() == before

    def test_damaged_yardsticks(self, copy: Path, neurograph: Command) -> None:
        path = copy / "run" / "yardsticks.json"
        path.write_text(path.read_text()[:-200])
        done = neurograph(copy, "report", "run")
        assert done.returncode == 2
        assert "damaged" in done.stderr
        assert "run: neurograph baseline run" in done.stderr
        assert neurograph(copy, "baseline", "run").returncode == 0
        assert neurograph(copy, "report", "run").returncode == 0

    def test_a_graph_that_changed(self, copy: Path, neurograph: Command) -> None:
        graph = data.load_graph(copy / "graph")
        other = replace(graph, labels=np.roll(graph.labels, 1))
        data.save_graph(other, copy / "graph")
        done = neurograph(copy, "baseline", "run")
        assert done.returncode == 2
        assert "the graph changed since the training" in done.stderr
