"""What commands say while they work and in the end: numbers, warnings, what comes next, JSON."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from neurograph.cli.app import app
from tests.conftest import Once
from tests.road.conftest import Command

SMALL = ("--preset", "demo", "--hidden", "8,4", "--epochs", "3", "--no-yardsticks")


def leaves(command: Any, *before: str) -> Iterator[tuple[str, Any]]:
    """Every command by its words, groups gone through."""
    if not hasattr(command, "commands"):
        yield " ".join(before), command
        return
    for name, one in command.commands.items():
        yield from leaves(one, *before, name)


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_can_answer_in_json(words: str) -> None:
    assert any("--json" in of.opts for of in COMMANDS[words].params), words


@pytest.fixture(scope="module")
def trained(once: Once, neurograph: Command) -> Path:
    """A folder with a graph `g`, and a run `silent` whose neurons cannot fire, and its output."""

    def make(folder: Path) -> None:
        made = neurograph(folder, "data", "synth", "-o", "g", "--nodes", "120", "--json")
        assert made.returncode == 0, made.stderr
        (folder / "g.json").write_text(made.stdout)
        neurograph(folder, "features", "g", "--dim", "4")
        words = ("train", "g", "-o", "silent", *SMALL, "--threshold", "1000", "--json")
        done = neurograph(folder, *words)
        assert done.returncode == 0, done.stderr
        (folder / "silent.json").write_text(done.stdout)
        (folder / "silent.log").write_text(done.stderr)

    return once("while-it-works", make)


def test_making_a_graph_answers_in_fields(trained: Path) -> None:
    told = json.loads((trained / "g.json").read_text())
    assert {k: told[k] for k in ("graph", "nodes", "classes", "generated", "notes", "next")} == {
        "graph": "g",
        "nodes": 120,
        "classes": 6,
        "generated": True,
        "notes": [],
        "next": "neurograph train g",
    }


def test_a_training_tells_how_it_goes(trained: Path) -> None:
    told = [line for line in (trained / "silent.log").read_text().splitlines() if " of 3" in line]
    assert len(told) == 2, "the first and the last epoch"
    rows = [json.loads(x) for x in (trained / "silent" / "metrics.jsonl").read_text().splitlines()]
    for line, row in zip(told, (rows[0], rows[2]), strict=True):
        assert line.startswith(f"training, epochs: {row['epoch']} of 3: loss {row['loss']:.4g}, ")
        assert f"validation micro-F1 {100 * row['val_micro_f1']:.2f} %" in line
        assert line.endswith("firing 0.0 %, 0.0 %")


def test_a_silent_network_is_warned_about_in_training_and_export(
    trained: Path, neurograph: Command
) -> None:
    told = json.loads((trained / "silent.json").read_text())
    assert (told["run"], told["epochs"], told["firing_rate"]) == ("silent", 3, {"h1": 0, "h2": 0})
    alarms = [{"layer": layer, "rate": 0.0, "state": "silent"} for layer in ("h1", "h2")]
    assert told["firing_alarms"] == alarms
    assert told["next"] == "neurograph export silent"
    exported = neurograph(trained, "export", "silent", "--backend", "reference")
    assert exported.returncode == 0, exported.stderr
    for log in ((trained / "silent.log").read_text(), exported.stderr):
        for layer in ("h1", "h2"):
            assert f"warning: layer {layer} is silent: 0.00 % of its neuron updates fire" in log
    assert exported.stdout.splitlines()[-1] == "next: neurograph run silent"


def test_a_command_says_how_long_one_waited(trained: Path, neurograph: Command) -> None:
    began = time.monotonic()
    told = json.loads(neurograph(trained, "features", "g", "--dim", "4", "--json").stdout)
    took = time.monotonic() - began
    assert 0.5 * took - 0.05 <= told["seconds"] <= took + 0.05  # it is told to a tenth


@pytest.mark.lava
@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("verify RUN", "neurograph report RUN"),
        ("report RUN", "python -m webbrowser RUN/report.html"),
        ("check RUN", "neurograph export RUN"),
        ("predict RUN -o p.csv --nodes val", "pandas.read_csv('p.csv')"),
        ("embed RUN -o e.npz --nodes val", "numpy.load('e.npz')"),
        ("check --model spikenet --hidden 8,4", "neurograph train --model spikenet --hidden 8,4"),
        ("profiles show loihi1", "neurograph check --profile loihi1"),
    ],
)
def test_the_last_line_says_what_comes_next(
    road: Path, neurograph: Command, words: str, then: str
) -> None:
    run = str((road / "runs" / "latest").resolve().relative_to(road))
    typed = words.replace("RUN", run).split()
    done = neurograph(road, *typed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"next: {then.replace('RUN', run)}"
    if then.startswith("neurograph"):
        command: Any = typer.main.get_command(app)
        name, *rest = shlex.split(then)[1:]
        command.commands[name].make_context(name, rest)  # it can be typed


@pytest.mark.lava
def test_an_inference_and_its_report_answer_in_fields(road: Path, neurograph: Command) -> None:
    run = str((road / "runs" / "latest").resolve().relative_to(road))
    told = json.loads(neurograph(road, "predict", run, "-o", "q.csv", "--json", "--force").stdout)
    assert told["file"] == "q.csv"
    assert 0 < told["test_nodes"] < told["count"]
    assert 0 <= told["test"]["micro_f1"] <= 1
    joules = told["joules_per_inference"]
    assert joules["low"] <= joules["typical"] <= joules["high"]
    told = json.loads(neurograph(road, "report", run, "--json").stdout)
    assert (road / told["html"]).is_file()
    assert (road / told["json"]).is_file()


def test_help_lists_every_preset_with_what_it_sets(tmp_path: Path, neurograph: Command) -> None:
    from neurograph.models.settings import PRESETS

    shown = neurograph(tmp_path, "train", "--help", columns=80).stdout
    _, _, panel = shown.partition("\npresets:\n")
    panel = panel.partition("\n\n")[0]
    assert [line.split()[0] for line in panel.splitlines() if line[2] != " "] == [*PRESETS]
    assert "demo         --model spikenet --hidden 64,10 --epochs 30 --batch 64" in panel
    assert not any(line.rstrip().endswith("-") for line in shown.splitlines()), "no option is cut"


def test_the_tab_key_completes_commands_options_and_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def complete(*words: str) -> list[str]:
        monkeypatch.setenv("_NEUROGRAPH_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", shlex.join(["neurograph", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit):
            app([], prog_name="neurograph")
        return capsys.readouterr().out.split()

    assert complete("ver") == ["verify"]
    assert complete("train", "--qat-e") == ["--qat-epochs"]
    assert complete("train", "--preset", "dblp-") == ["dblp-labels", "dblp-dysign"]
    assert complete("train", "--readout", "l") == ["leaky"]
    assert complete("export", "--profile", "loihi1") == ["loihi1"]
