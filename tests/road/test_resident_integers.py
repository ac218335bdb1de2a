"""Training in integers over the whole graph, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from neurograph.graphs.io import save_graph
from neurograph.graphs.sets import synth
from neurograph.ir.rounding import round_network
from neurograph.testing.models import epochs
from neurograph.workflow.captured import captured
from neurograph.workflow.run import Run
from tests.road.conftest import Command
from tests.road.test_bad_input import refused

WORDS = (
    *("--mapping", "resident", "--features", "none", "--label-input", "--hidden", "16,8"),
    *("--epoch-steps", "3", "--epochs", "2"),
)
REFERENCE = ("--backend", "reference")
NODES = 120


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> Path:
    """Run 'both' was trained in floats, then in integers; 'on' from its best integers on."""
    folder = tmp_path_factory.mktemp("whole-integers")
    save_graph(synth(nodes=NODES, classes=4, steps=4, seed=7), folder / "g")
    for words in (
        ("train", "g", *WORDS, "--qat", "--qat-epochs", "2", "-o", "both"),
        ("train", "g", *WORDS, "-o", "floats"),
        ("train", "--from", "floats", "--qat-epochs", "1", "-o", "on"),
        *((("export", run, *REFERENCE, "--calibrate", "20")) for run in ("both", "on")),
        *((("run", run, *REFERENCE, "--nodes", "all")) for run in ("both", "on")),
    ):
        done = neurograph(folder, *words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
    return folder


@pytest.mark.parametrize(("name", "phases"), [("both", "ffii"), ("on", "i")])
def test_what_is_exported_is_what_was_trained(
    trained: Path, monkeypatch: pytest.MonkeyPatch, name: str, phases: str
) -> None:
    monkeypatch.chdir(trained)
    run = Run(trained / name)
    assert "".join(row["phase"][0] for row in epochs(trained / name)) == phases
    network, _ = captured(run)
    assert run.checkpoint.scheme is not None
    assert run.deployment.quantized.scheme_from == "training"
    same = round_network(network, run.checkpoint.scheme)
    assert run.deployment.quantized.sha256 == same.sha256
    record = run.records["reference"]
    where = np.searchsorted(record.nodes, run.dataset.split.val)
    found = run.dataset.score(record.logits[where], run.dataset.split.val)
    best = run.checkpoint.meta["metrics"]
    assert found == {n: best[f"val_{n}"] for n in found}


@pytest.mark.parametrize("name", ["both", "on"])
def test_floats_answer_as_integers_do(trained: Path, neurograph: Command, name: str) -> None:
    done = neurograph(trained, "report", name)
    assert done.returncode == 0, done.stderr
    report = json.loads((trained / name / "report.json").read_text(encoding="utf-8"))
    assert report["agreement"]["float->reference"]["predictions"] >= 0.98


def test_integers_of_a_whole_graph_are_of_no_tree(trained: Path, neurograph: Command) -> None:
    refused(neurograph(trained, "export", "both", "--mapping", "trees"), "trained on the whole")
