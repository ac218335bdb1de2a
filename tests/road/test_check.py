"""The command `check`: before training, of a trained run, of an exported one; and bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import Done, in_a_process, in_this_process

SEEN = """
import sys
from neurograph.cli import main
try:
    main()
except SystemExit:
    pass
print([m for m in ("torch", "lava", "pandas", "sklearn", "gensim") if m in sys.modules])
"""


def neurograph(*arguments: str, cwd: Path) -> Done:
    return in_this_process(cwd, *arguments, columns=80)


def test_before_training_it_says_what_fits_without_pytorch(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SEEN, "check", "--model", "spikenet", "--hidden", "512"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "hidden 512, 10" in done.stdout
    assert "(default sizes)" in done.stdout
    assert "fits 'loihi2'" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]", "nothing heavy was imported"
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_exits_4_with_what_helps(tmp_path: Path) -> None:
    done = in_a_process(tmp_path, "check", "--model", "spikenet", "--profile", "loihi1", columns=80)
    assert (done.returncode, done.stdout) == (4, "")
    assert "error: does not fit profile 'loihi1' (5 violations):" in done.stderr
    assert "no change of the model meets this chip's limits (x: a graded input)" in done.stderr
    assert "--profile loihi2  (" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_says_the_same(tmp_path: Path) -> None:
    wrong = neurograph(
        "check", "--model", "spikenet", "--profile", "loihi1", "--json", cwd=tmp_path
    )
    told = json.loads(wrong.stdout)
    assert (wrong.returncode, told["fits"], len(told["violations"])) == (4, False, 5)
    assert [fix["options"] for fix in told["fixes"]][-1].startswith("--profile loihi2")
    assert [v["where"] for v in told["unmet"]] == ["x"]
    right = neurograph("check", "--model", "spikenet", "--replicas", "500", "--json", cwd=tmp_path)
    told = json.loads(right.stdout)
    assert (right.returncode, told["fits"], told["violations"]) == (0, True, [])
    assert told["chips"] == -(-500 // told["replicas_per_chip"])
    assert told["assumed"] == [], "what a core holds is measured"


@pytest.mark.slow
def test_of_a_run_before_and_after_its_export(tmp_path: Path) -> None:
    trained = neurograph("train", "--epochs", "1", "--hidden", "8,4", "-o", "r", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    before = neurograph("check", "r", cwd=tmp_path)
    assert "r: the trained model, before quantisation" in before.stdout
    assert neurograph("export", "r", "--target", "reference", cwd=tmp_path).returncode == 0
    after = neurograph("check", "r", cwd=tmp_path)
    assert "r: the exported integers" in after.stdout
    refused = neurograph(
        "export", "r", "--target", "reference", "--profile", "loihi1", cwd=tmp_path
    )
    assert refused.returncode == 4
    assert "what would help: neurograph check r --profile loihi1\n" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "spikenet", "--hidden", "many"), "--hidden is 'many', needed e.g. 128,10"),
        (("--model", "spikenet", "--replicas", "0"), "--replicas is 0, needed at least 1"),
        (("r", "--model", "spikenet"), "r and --model spikenet: give a run, or a model"),
        (("--hidden", "8"), "--hidden: for a model before training; add --model spikenet"),
        (("--model", "sage"), "model sage has no spikes: it is a baseline"),
        (("--model", "spikenet", "--preset", "big"), "no preset 'big'; known: dblp, tmall"),
        (("nowhere",), "nowhere"),
        (("--model", "spikenet", "--profile", "loihi3"), "no profile 'loihi3'; known: loihi1"),
    ],
)
def test_bad_input(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = neurograph("check", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_damaged_checkpoint_is_one_error(tmp_path: Path) -> None:
    file = tmp_path / "r" / "checkpoint" / "best.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff" * 40)
    done = neurograph("check", "r", cwd=tmp_path)
    assert done.returncode == 2
    assert "damaged or not a checkpoint" in done.stderr.replace("\n", " ")
