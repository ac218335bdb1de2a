"""What is finished stays unless somebody says otherwise, goes on as it began, and can be moved."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from neurograph.models.training.trainer import Trainer
from neurograph.workflow.folder import RunFolder
from tests.command import Done, in_this_process
from tests.conftest import Once

TRAIN = ("train", "g", "--hidden", "8,4", "--fanouts", "2,2", "--folds", "0", "--no-yardsticks")
SHORT = (*TRAIN, "--epochs", "2", "--patience", "0")
STEPS = (
    ("data", "synth", "-o", "g", "--nodes", "80", "--classes", "2", "--steps", "3"),
    ("features", "g", "--dim", "6"),
    (*SHORT, "-o", "r"),
    ("export", "r", "--backend", "reference", "--calibrate", "16"),
    ("run", "r", "--limit", "8"),
    ("report", "r"),
)


def done(folder: Path, *words: str | Path) -> Done:
    found = in_this_process(folder, *words)
    assert found.returncode == 0, f"{words}:\n{found.stdout}{found.stderr}"
    return found


def refused(folder: Path, *words: str | Path) -> str:
    """What a command says that is refused and changes nothing."""
    before = files(folder)
    found = in_this_process(folder, *words)
    assert found.returncode == 2, found.stdout + found.stderr
    assert files(folder) == before
    return " ".join(found.stderr.split())


def files(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of every file."""
    paths = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != ".lock")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def names(run: Path) -> set[str]:
    return {path.name for path in run.iterdir() if path.name[0] != "."}


TRAINED = {"checkpoint", "config.toml", "manifest.json", "metrics.jsonl", "split.npz"}
MADE = {"deployment.h5", "record-float.h5", "record-reference.h5", "events.h5"}
REPORTS = {"report.html", "report.json"}


@pytest.fixture(scope="module")
def whole(once: Once) -> Path:
    return once("nothing-is-lost", lambda folder: [done(folder, *w) for w in STEPS] and None)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "here", symlinks=True))


def interrupted(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A Ctrl-C while the epoch after so many is trained."""
    epoch = Trainer.epoch

    def pressed(self: Trainer, number: int) -> dict[str, object]:
        if number > after:
            os.kill(os.getpid(), signal.SIGINT)
        return epoch(self, number)

    monkeypatch.setattr(Trainer, "epoch", pressed)


def no_room_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The disk is full where a file of this name would take its place."""
    place = os.replace

    def full(source: str | Path, target: str | Path) -> None:
        if Path(target).name == name and Path(source).name.endswith(".unfinished"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source))
        place(source, target)

    monkeypatch.setattr("os.replace", full)


def test_every_command_asks_before_it_replaces(folder: Path) -> None:
    (folder / "home").mkdir()
    (folder / "home" / "letter.txt").write_text("dear")
    done(folder, "predict", "r", "--nodes", "test", "-o", "p.csv")
    edges = "".join(f"{n},{(n + 1) % 9}\n" for n in range(9))
    (folder / "e.csv").write_text(f"source,target\n{edges}")
    for said, *words in (
        ("r: there already: a trained model; go on with it: neurograph train --resume r", *SHORT),
        ("r: there already: a trained model", "demo"),
        ("g: there already: another graph, 'synthetic' and its", "data", "synth", "--seed", "7"),
        ("g: there already: another graph", "data", "import", "--edges", "e.csv", "--yes"),
        ("home: is there and is no run (it holds letter.txt)", *SHORT),
        ("home: is there and is no graph (it holds letter.txt)", "data", "synth"),
        ("p.csv: there already: a file", "predict", "r"),
        ("p.csv: there already: a file", "embed", "r"),
        ("p.csv: there already: a file", "data", "export", "g", "--to", "graphml"),
    ):
        out = said.partition(":")[0]
        assert said in refused(folder, *words, "-o", out)
    for words in (("--dim", "7"), ("--seed", "1")):
        said = refused(folder, "features", "g", *words)
        assert "g: there already: dynwalk features" in said
        assert said.endswith("; replace what is there: --overwrite")
    before = files(folder)
    assert "are there already" in done(folder, "features", "g", "--dim", "6").stderr
    done(folder, *STEPS[0])  # the same graph
    assert files(folder) == before


def test_the_old_goes_when_the_new_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = folder / "r"
    (run / "notes.txt").write_text("mine")
    before = files(run)
    with monkeypatch.context() as patch:
        interrupted(patch, 0)
        assert in_this_process(folder, *SHORT, "--overwrite", "-o", "r").returncode == 130
    assert files(run) == before, "nothing of the new model was there"
    failed = in_this_process(folder, *SHORT, "--learning-rate", "1e30", "--overwrite", "-o", "r")
    assert failed.returncode == 2
    assert files(run) == before
    for file in ("best.safetensors", "last.safetensors", "metrics.jsonl", "config.toml"):
        with monkeypatch.context() as patch:
            no_room_for(patch, file)
            full = in_this_process(folder, *SHORT, "--seed", "3", "--overwrite", "-o", "r")
            assert full.returncode == 3
            assert "r: the run that was there is as it was" in full.stderr
            assert files(run) == before, f"{file} of the first epoch was not written"
            assert in_this_process(folder, *SHORT, "-o", "n").returncode == 3
            assert not (folder / "n").exists()
    done(folder, *SHORT, "--seed", "3", "--overwrite", "-o", "r")
    assert names(run) == {*TRAINED, "notes.txt"}
    assert json.loads((run / "manifest.json").read_text()).keys() == {"train"}


def test_killed_while_the_old_run_stands_aside(folder: Path) -> None:
    run = folder / "r"
    before = files(run)
    RunFolder(run).put_aside()
    (run / "manifest.json").write_text('{"train": {}}')  # of the new one, and no more
    with RunFolder(run).lock("a test"):
        assert files(run) == {**before, ".holder": files(run)[".holder"]}
    RunFolder(run).put_aside()
    shutil.copytree(run / ".replaced" / "checkpoint", run / "checkpoint")
    with RunFolder(run).lock("a test"):
        assert names(run) == {"checkpoint"}, "the new one has a model"
    assert not (run / ".replaced").exists()
    (folder / "else").mkdir()
    (run / ".replaced").symlink_to("../else")
    with RunFolder(run).lock("a test"):
        assert (folder / "else").is_dir()
    assert not (run / ".replaced").is_symlink()


def test_export_keeps_what_is_of_the_same_integers(folder: Path) -> None:
    run = folder / "r"
    assert names(run) == TRAINED | MADE | REPORTS
    before = files(run)
    for words in (("--explain",), ("--json",), ("--explain", "--json")):
        done(folder, "export", "r", *words)
    assert files(run) == before, "it only reads"
    records = {name: sha for name, sha in before.items() if name in MADE - {"deployment.h5"}}
    again = done(folder, *STEPS[3], "--replicas", "1")
    assert {name: files(run)[name] for name in records} == records
    assert "of the export before, and gone: report.html, report.json" in again.stderr
    done(folder, "report", "r")
    other = done(folder, *STEPS[3], "--weight-bits", "3")
    gone = "record-float.h5, record-reference.h5, report.html, report.json"
    assert f"of the export before, and gone: {gone}" in other.stderr
    assert names(run) == TRAINED | {"deployment.h5"}
    shutil.rmtree(run / "checkpoint")
    assert "run first: neurograph train" in refused(folder, "export", "r", "--explain")


def test_an_interrupted_training_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how, from the graph alone, to the same bytes."""
    longer = (*TRAIN, "--epochs", "4")
    done(folder, *longer, "-o", "whole")
    with monkeypatch.context() as patch:
        interrupted(patch, 2)
        stopped = in_this_process(folder, *longer)
    assert stopped.returncode == 130
    said = "what is done is kept; to go on: neurograph train --resume runs/g\ninterrupted\n"
    assert stopped.stderr.endswith(said)
    assert (folder / "runs" / "latest").resolve() == folder / "runs" / "g"
    done(folder, "export", "--backend", "reference", "--calibrate", "8")  # the latest run
    assert "--hidden 8,4 and not 9,4" in refused(
        folder, "train", "g", "--resume", "--hidden", "9,4"
    )
    done(folder, "train", "g", "--resume", *TRAIN[2:])
    here, there = files(folder / "runs" / "g"), files(folder / "whole")
    assert {name for name in there if here[name] != there[name]} == {"manifest.json"}
    assert "all 4 epochs were done before; more: " in done(folder, "train", "--resume").stderr


def test_killed_while_the_first_epoch_is_written(folder: Path) -> None:
    done(folder, *SHORT, "-o", "whole")
    (folder / "r" / "checkpoint" / "last.safetensors").unlink()
    said = refused(folder, "train", "--resume", "r")  # no training that was killed has two rows
    assert "nothing to go on with" in said
    (folder / "r" / "metrics.jsonl").unlink()
    done(folder, "train", "--resume", "r")
    here, there = files(folder / "r"), files(folder / "whole")
    assert {name for name in there if here[name] != there[name]} == {"manifest.json"}


def test_a_resumed_run_is_as_it_began_and_may_be_longer(folder: Path) -> None:
    done(folder, *TRAIN, "--epochs", "4", "-o", "whole")
    done(folder, "train", "--resume", "r", "--epochs", "4")
    here, there = files(folder / "r"), files(folder / "whole")
    assert {name for name in there if here[name] != there[name]} == {"manifest.json"}
    assert not MADE & names(folder / "r"), "they were of another model"
    told = json.loads((folder / "r" / "manifest.json").read_text())["train"]
    assert told["settings"]["epochs"] == 4
    assert told["command"].endswith("-o r")
    assert len(told["resumed"]) == 1
    assert "epochs was 4, is 3" in refused(folder, "train", "--resume", "r", "--epochs", "3")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--resume", "rr"), "rr: no such run folder; did you mean r?"),
        (("g", "--resume", "-o", "rr"), "rr: no such run folder; did you mean r?"),
        (("--resume", "gg"), "gg: no such run folder"),
        (("r",), "r: no graph here"),
        (("g", "--resume", "--features", "given"), "--features dynwalk and not given"),
        (("g", "--resume", "--overwrite"), "leave out --overwrite"),
    ],
)
def test_a_typing_error_trains_nothing(folder: Path, words: tuple[str, ...], said: str) -> None:
    (folder / "runs").mkdir(exist_ok=True)
    assert said in refused(folder, "train", *words)


def test_no_run_on_a_graph(folder: Path) -> None:
    shutil.rmtree(folder / "runs")
    done(folder, "data", "synth", "-o", "h", "--nodes", "60", "--steps", "2")
    assert "no run in 'runs' was begun on this graph" in refused(folder, "train", "h", "--resume")


def test_two_trainings_are_equal_in_every_byte(folder: Path) -> None:
    with_yardsticks = [word for word in SHORT if word != "--no-yardsticks"]
    for name in ("a", "b"):
        done(folder, *with_yardsticks, "-o", name)
    one, two = files(folder / "a"), files(folder / "b")
    assert one.keys() == two.keys()
    assert "yardsticks.json" in one
    assert {name for name in one if one[name] != two[name]} == {"manifest.json"}
    trees = [json.loads((folder / name / "manifest.json").read_text()) for name in "ab"]
    for tree in trees:
        for of in ("at", "command", "seconds"):
            del tree["train"][of]
        del tree["baseline"]
    assert trees[0] == trees[1]


def test_a_run_is_found_from_any_folder(folder: Path) -> None:
    (folder / "else").mkdir()
    done(folder / "else", "report", "../r")
    (folder / "moved").mkdir()
    for name in ("g", "r"):
        (folder / name).rename(folder / "moved" / name)
    done(folder, "verify", "moved/r")


def test_a_graph_that_was_moved_is_named_once(folder: Path) -> None:
    (folder / "g").rename(folder / "g2")
    said = refused(folder, "run", "r", "--limit", "5")
    assert "r: was trained on the graph /" in said
    assert f", which is not there; looked for {folder / 'g'}, " in said
    assert said.endswith("say where it is now: --graph FOLDER")
    done(folder, "data", "synth", "-o", "other", "--nodes", "90")
    done(folder, "features", "other", "--dim", "6")
    wrong = refused(folder, "run", "r", "--limit", "5", "--graph", "other")
    assert "the graph changed since the training" in wrong
    for words in (("verify", "r", "--graph", "g2"), ("run", "r", "--limit", "5")):
        done(folder, *words)


def test_a_renamed_latest_run_is_found(folder: Path) -> None:
    runs = folder / "runs"
    shutil.rmtree(runs)
    runs.mkdir()
    shutil.copytree(folder / "r", runs / "renamed")
    (runs / "latest").symlink_to("r")
    done(folder, "verify")
    assert (runs / "latest").readlink() == Path("renamed")
    (runs / "latest").unlink()
    (runs / "latest").symlink_to("../away")
    said = refused(folder, "verify")
    assert "runs/latest points to away, which is gone; name the run (there: runs/renamed)" in said
