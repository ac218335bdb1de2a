"""A task that a package adds: trained for, exported, run on the reference, verified, reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.conftest import Command, Install, mentions

PACKAGE = Path(__file__).with_name("neurograph_plugin_task")
SMALL = ("--hidden", "24,8", "--fanouts", "3,2", "--epochs", "12", "--learning-rate", "0.02")


@pytest.fixture(scope="module")
def installed(install: Install) -> Path:
    return install(PACKAGE)


@pytest.fixture(scope="module")
def run(installed: Path, neurograph: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was trained for the task, exported and run on the reference."""
    folder = tmp_path_factory.mktemp("trained")
    neurograph(installed, folder, "train", "--task", "node-degree", *SMALL, "-o", "run")
    neurograph(installed, folder, "export", "run", "--backend", "reference")
    neurograph(installed, folder, "run", "run", "--limit", "80")
    return folder / "run"


def test_nothing_of_the_core_knows_it() -> None:
    assert mentions(PACKAGE.name, "node-degree", "DegreeRegression") == []


def test_without_the_package_the_task_is_unknown(neurograph: Command, tmp_path: Path) -> None:
    done = neurograph(None, tmp_path, "train", "--task", "node-degree", check=False)
    assert done.returncode == 2
    assert "no task 'node-degree'; known: node-classification" in done.stderr


def test_validation_picks_by_the_tasks_score(run: Path) -> None:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert all({"val_r2", "val_mae"} <= set(row) for row in rows)
    assert not any("val_micro_f1" in row for row in rows)
    assert rows[-1]["loss"] < 0.2 * rows[0]["loss"], "it learns"
    assert rows[-1]["val_mae"] < 0.6, "within a factor of two of the degree"
    config = (run / "config.toml").read_text()
    assert 'task = "node-degree"' in config


def test_run_shows_its_scores(run: Path, installed: Path, neurograph: Command) -> None:
    done = neurograph(installed, run.parent, "run", "run", "--limit", "80")
    assert "R²" in done.stdout
    assert "mean absolute error" in done.stdout
    assert "F1" not in done.stdout


def test_integers_are_compared_by_its_answers(
    run: Path, installed: Path, neurograph: Command
) -> None:
    done = neurograph(installed, run.parent, "verify", "run", "--tolerance", "0", "--json")
    (pair,) = json.loads(done.stdout).values()
    assert (pair["first"], pair["second"]) == ("float", "reference")
    assert 0 < pair["predictions"] <= 1
    assert pair["labels"]["flips"] is None, "its answers are no classes"


def test_the_report_prints_whatever_the_task_names(
    run: Path, installed: Path, neurograph: Command
) -> None:
    neurograph(installed, run.parent, "report", "run")
    report = json.loads((run / "report.json").read_text())
    assert set(report["scores"]["reference"]) == {"r2", "mae"}
    assert report["task"]["name"] == "node-degree"
    page = (run / "report.html").read_text()
    assert "R²" in page
    assert "F1" not in page
    assert "regression of a node&#39;s degree" in page or "regression of a node's degree" in page


def test_a_model_without_spikes_is_scored_by_it_too(
    run: Path, installed: Path, neurograph: Command
) -> None:
    folder = run.parent
    words = ("train", "graphs/synthetic", "--model", "sage", "--task", "node-degree", *SMALL)
    neurograph(installed, folder, *words, "-o", "sage")
    done = neurograph(installed, folder, "run", "sage", "--limit", "80")
    assert "R²" in done.stdout
    neurograph(installed, folder, "report", "run", "--baseline", "sage")
    (twin,) = json.loads((run / "report.json").read_text())["comparison"]["baselines"]
    assert set(twin["scores"]) == {"r2", "mae"}


def test_predictions_are_its_outputs_and_no_classes(
    run: Path, installed: Path, neurograph: Command
) -> None:
    done = neurograph(installed, run.parent, "predict", "run", "-o", "all.csv", "--draws", "2")
    assert "R²" in done.stdout
    assert "probabilities" not in done.stdout
    header, *rows = (run.parent / "all.csv").read_text().splitlines()
    assert header == "node,part,output,made_by"
    assert len(rows) > 100
