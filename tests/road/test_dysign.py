"""The second model on the same road: trained, exported, run on Lava, reported; and bad input."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurograph.chip.deployment import Deployment
from neurograph.runtime.record import RunRecord
from neurograph.workflow.store import load
from tests import noted
from tests.road.conftest import Command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> Path:
    folder = tmp_path_factory.mktemp("dysign")
    for words in (
        ("data", "synth", "-o", "g", "--nodes", "300"),
        ("features", "g"),
        ("train", "g", "-o", "r", "--preset", "demo-dysign", "--epochs", "3", "--latency", "4"),
    ):
        done = neurograph(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def exported(trained: Path, neurograph: Command, lava: None) -> Path:
    done = neurograph(trained, "export", "r", "--target", "loihi-sim")
    assert done.returncode == 0, done.stdout + done.stderr
    return trained


def test_metrics_tell_what_the_solver_did(trained: Path) -> None:
    rows = [json.loads(x) for x in (trained / "r" / "metrics.jsonl").read_text().splitlines()]
    assert len(rows) == 3
    for row in rows:
        assert 0 <= row["solver_residual"] <= 1e-3
        assert row["solver_failed"] == 0
        assert row["solver_iterations"] >= 1
        assert all(0 < rate < 1 for rate in row["firing_rate"])


@pytest.mark.lava
def test_it_is_deployed_with_feedback_and_compensation(exported: Path) -> None:
    network = load(Deployment, exported / "r" / "deployment.h5").quantized
    assert network.latency == 4
    assert {"h2->h1.feedback", "x->h2.compensation"} <= {
        j.name.rstrip("+-") for j in network.projections
    }


@pytest.mark.lava
@pytest.mark.parametrize("lowering", ["fused", "stock"])
def test_lava_equals_the_reference(exported: Path, neurograph: Command, lowering: str) -> None:
    done = neurograph(exported, "run", "r", "--limit", "12", "--lowering", lowering)
    assert done.returncode == 0, done.stdout + done.stderr
    reference, lava = (
        load(RunRecord, exported / "r" / f"record-{name}.h5") for name in ("reference", "loihi-sim")
    )
    for name, spikes in reference.spikes.items():
        assert np.array_equal(spikes, lava.spikes[name])
        assert 0 < spikes.mean() < 1
        for state, wanted in reference.final[name].items():
            assert np.array_equal(wanted, lava.final[name][state])
    assert np.array_equal(reference.logits, lava.logits)


@pytest.mark.lava
def test_verify_check_and_report_need_no_special_case(exported: Path, neurograph: Command) -> None:
    assert neurograph(exported, "run", "r", "--limit", "20").returncode == 0
    for words in (("verify", "r", "--tolerance", "0"), ("check", "r"), ("report", "r")):
        done = neurograph(exported, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((exported / "r" / "report.json").read_text())
    assert report["network"]["latency"] == 4
    assert report["agreement"]["reference->loihi-sim"]["identical"]
    assert "h2->h1.feedback" in json.dumps(report["events"])


def test_latency_is_chosen_again_after_training(trained: Path, neurograph: Command) -> None:
    run = shutil.copytree(trained / "r", trained / "longer")
    for words in (("export", run, "--latency", "9", "--target", "reference"), ("run", run)):
        done = neurograph(trained, *words, *(("--limit", "20") if words[0] == "run" else ()))
        assert done.returncode == 0, done.stdout + done.stderr
    network = load(Deployment, run / "deployment.h5").quantized
    record = load(RunRecord, run / "record-reference.h5")
    assert network.latency == 9
    assert record.spikes["h2"].shape[1] == 9 * network.steps
    done = neurograph(trained, "export", run, "--latency", "0")
    assert done.returncode == 2
    assert "latency is 0 latency steps" in done.stderr


def test_the_readout_runs_on_the_chip_too(trained: Path, neurograph: Command) -> None:
    logits = []
    run = shutil.copytree(trained / "r", trained / "on-chip")
    for readout in ("host", "on-chip"):
        for words in (("export", "--readout", readout, "--target", "reference"), ("run",)):
            done = neurograph(trained, words[0], run, *words[1:])
            assert done.returncode == 0, done.stdout + done.stderr
        logits.append(load(RunRecord, run / "record-reference.h5").logits)
    assert np.array_equal(*logits)


def test_loihi_1_lacks_what_it_needs_and_says_what_to_do(
    trained: Path, neurograph: Command
) -> None:
    refused = neurograph(trained, "check", "--model", "dysign", "--profile", "loihi1")
    assert refused.returncode == 4
    said = " ".join(refused.stderr.split())
    assert "h1: its soft reset needs 768 SoftResetLIF neurons, limit 0" in said
    assert "train --model spikenet --neuron lif, or use a chip with soft-reset neurons" in said
    assert "x: a graded input needs 2 bits of spike payload, limit 1" in said
    exported = neurograph(trained, "export", "r", "--profile", "loihi1")
    assert exported.returncode == 4
    assert "its soft reset needs" in " ".join(exported.stderr.split())
    assert neurograph(trained, "check", "--model", "dysign", "--latency", "3").returncode == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--latency", "0"), "latency is 0 latency steps per snapshot, needed at least 1"),
        (("--leak", "1.2"), "leak is 1.2, the share of the membrane kept per latency step"),
        (("--solver", "newton"), "no solver 'newton'; known: broyden, neumann"),
        (("--spectral-bound", "0"), "spectral bound 0.0; both must be above 0"),
        (("--neuron", "lif"), "model dysign has neurons of another kind: takes no neuron"),
        (("--qat",), "takes no qat"),
        (("--model", "spikenet", "--leak", "0.5"), "model spikenet has neurons of another kind"),
    ],
)
def test_bad_settings_are_one_error(
    trained: Path, neurograph: Command, options: tuple[str, ...], said: str
) -> None:
    done = neurograph(trained, "train", "g", "-o", "bad", "--preset", "demo-dysign", *options)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (trained / "bad").exists()


def changed_checkpoint(run: Path, change: Callable[..., object]) -> None:
    """Rewrite the best checkpoint with other tensors or another header."""
    noted.change_checkpoint(run / "checkpoint" / "best.safetensors", change)


def test_a_solver_that_fails_now_and_then_is_told(trained: Path, neurograph: Command) -> None:
    done = neurograph(
        trained,
        *("train", "g", "-o", "some", "--preset", "demo-dysign", "--solver", "neumann"),
        *("--spectral-bound", "1000", "--threshold", "0.2", "--dropout", "0", "--epochs", "2"),
        *("--batch", "32"),
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "warning: the neumann solver did not converge in 100% of an epoch's steps" in said
    rows = (trained / "some" / "metrics.jsonl").read_text().splitlines()
    assert all(json.loads(row)["solver_residual"] > 1e-3 for row in rows)


def test_a_feedback_weight_over_its_bound(trained: Path, neurograph: Command) -> None:
    run = shutil.copytree(trained / "r", trained / "over")
    (run / "deployment.h5").unlink(missing_ok=True)
    changed_checkpoint(run, lambda _, t: t["feedback.weight"].mul_(30))
    done = neurograph(trained, "export", run)
    assert done.returncode == 2
    assert "feedback.weight has the spectral norm" in " ".join(done.stderr.split())
    assert not (run / "deployment.h5").exists()


def test_a_checkpoint_of_the_other_model(trained: Path, neurograph: Command) -> None:
    run = shutil.copytree(trained / "r", trained / "other")
    changed_checkpoint(run, lambda header, _: header.update(model="spikenet"))
    done = neurograph(trained, "export", run)
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "of model spikenet, which has no 'compensation': a checkpoint of another model" in said
    resumed = neurograph(
        trained, "train", "g", "-o", "r", "--preset", "demo", "--epochs", "3", "--resume"
    )
    assert resumed.returncode == 2
    said = " ".join(resumed.stderr.split())
    assert "r: was trained with " in said
    assert "--model dysign and not spikenet" in said


def test_a_solver_that_never_converges_ends_the_training(
    trained: Path, neurograph: Command
) -> None:
    """Steep rates and a feedback without bound, for a series: ten steps, then one error."""
    done = neurograph(
        trained,
        *("train", "g", "-o", "stuck", "--preset", "demo-dysign", "--solver", "neumann"),
        *("--spectral-bound", "1000", "--threshold", "0.05", "--dropout", "0", "--batch", "8"),
    )
    assert done.returncode == 2, done.stdout
    said = " ".join(done.stderr.split())
    assert "the neumann solver did not converge in 10 steps in a row: residual" in said
    assert "lower the spectral bound of the feedback (--spectral-bound)" in said
