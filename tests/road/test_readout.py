"""`export --readout on-chip`: the same predictions and logits as with the readout on the host."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurograph.chip.deployment import Deployment
from neurograph.runtime.record import RunRecord
from neurograph.workflow.store import load
from tests.road.conftest import Command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> Path:
    folder = tmp_path_factory.mktemp("readout")
    for words in (
        ("data", "synth", "-o", "g", "--nodes", "300"),
        ("features", "g"),
        ("train", "g", "-o", "r", "--preset", "demo", "--epochs", "3"),
    ):
        done = neurograph(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


def test_the_readout_can_run_on_the_chip(trained: Path, neurograph: Command) -> None:
    found = {}
    for readout in ("host", "on-chip"):
        for words in (("export", "--readout", readout, "--target", "reference"), ("run",)):
            done = neurograph(trained, words[0], "r", *words[1:])
            assert done.returncode == 0, done.stdout + done.stderr
        deployment = load(Deployment, trained / "r" / "deployment.h5")
        assert deployment.runs_where["linear readout"] == readout
        assert deployment.provenance["readout"] == readout
        assert any(error.where == "readout" for error in deployment.quantized.errors)
        found[readout] = deployment, load(RunRecord, trained / "r" / "record-reference.h5")
    (host, on_host), (chip, on_chip) = found["host"], found["on-chip"]
    assert np.array_equal(on_host.logits, on_chip.logits)
    assert np.ptp(on_host.logits) > 0
    names = [[p.name for p in d.quantized.populations] for d in (host, chip)]
    assert names[1] == [*names[0], "clock", "gates", "logits"]
    for words in (("verify", "r", "--tolerance", "0"), ("report", "r")):
        done = neurograph(trained, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((trained / "r" / "report.json").read_text())
    assert report["parts"]["linear readout"] == "on-chip"
    assert report["events"]["host_macs"] == 0
