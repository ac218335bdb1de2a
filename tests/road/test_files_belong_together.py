"""A file of a run that was changed or replaced by itself is noticed, whatever reads it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurograph.chip.deployment import Deployment
from neurograph.core.errors import StoreError
from neurograph.runtime.record import EventCounts, RunRecord
from neurograph.workflow import store
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.report import write_report
from neurograph.workflow.run import Run
from neurograph.workflow.verify import verify
from tests import noted
from tests.command import Done

Command = Callable[..., Done]


@pytest.fixture
def run(road: Path, tmp_path: Path) -> RunFolder:
    """A run that was trained, exported, run and reported."""
    return RunFolder(shutil.copytree((road / "runs" / "latest").resolve(), tmp_path / "run"))


def _in_manifest(run: RunFolder, change: Callable[[Any], object]) -> None:
    whole = json.loads(run.manifest.read_text())
    change(whole)
    run.manifest.write_text(json.dumps(whole))


def _weights(path: Path) -> None:
    """Some weights of a checkpoint have another exponent."""
    data = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    for n in range(5):
        data[start + 64 * n + 3] ^= 0x40
    path.write_bytes(data)


def test_a_weight(run: RunFolder) -> None:
    _weights(run.best)
    with pytest.raises(StoreError, match=r"best\.safetensors: damaged .its contents"):
        _ = Run(run).checkpoint


def test_a_setting(run: RunFolder, road: Path, neurograph: Command) -> None:
    _in_manifest(run, lambda whole: whole["train"]["settings"].update(split_seed=7))
    done = neurograph(road, "run", run.path, "--backend", "reference", "--limit", "2")
    assert done.returncode not in (0, 1)
    assert "says split_seed = 7, and the model in best.safetensors was trained with 42" in (
        " ".join(done.stderr.split())
    )


def test_a_threshold_and_a_weight_of_the_deployment(run: RunFolder) -> None:
    deployment = store.load(Deployment, run.deployment)
    integers, floats = deployment.quantized, deployment.floats
    first = integers.projections[0]
    shifted = replace(first, weight=np.roll(first.weight, 1, axis=0))
    others = (shifted, *integers.projections[1:])
    store.save(replace(deployment, quantized=replace(integers, projections=others)), run.deployment)
    with pytest.raises(StoreError, match="its integers are not those that export made"):
        _ = Run(run).deployment
    before = floats.projections[0]
    doubled = replace(before, weight=2 * before.weight)
    others = (doubled, *floats.projections[1:])
    store.save(replace(deployment, network=replace(floats, projections=others)), run.deployment)
    with pytest.raises(StoreError, match="its floats are not those that export made"):
        _ = Run(run).deployment


@pytest.mark.parametrize("backend", ["float", "reference"])
@pytest.mark.parametrize("how", [lambda x: x[:, ::-1], lambda x: x + 1e9])
def test_logits_of_a_record(
    how: Callable[..., Any], backend: str, run: RunFolder, road: Path, neurograph: Command
) -> None:
    record = store.load(RunRecord, run.record(backend))
    store.save(replace(record, logits=how(record.logits)), run.record(backend))
    before = run.reports[1].read_bytes()
    done = neurograph(road, "report", run.path)
    assert done.returncode not in (0, 1)
    assert f"record-{backend}.h5: its contents are not what the run left" in (
        " ".join(done.stderr.split())
    )
    assert run.reports[1].read_bytes() == before
    done = neurograph(road, "verify", run.path, "--tolerance", "0")
    assert done.returncode == 5
    assert f"record-{backend}.h5: its contents" in " ".join(done.stderr.split())


def test_counts_of_events(run: RunFolder) -> None:
    counts = store.load(EventCounts, run.events)
    store.save(replace(counts, inferences=2 * counts.inferences), run.events)
    with pytest.raises(StoreError, match=r"events\.h5: its contents are not what the run left"):
        _ = Run(run).events


def test_a_run_of_an_earlier_version_noted_less(run: RunFolder) -> None:
    def forget(whole: Any) -> None:
        del whole["run"]["events"], whole["export"]["network"], whole["export"]["floats"]
        for ran in whole["run"]["runs"].values():
            del ran["record"]

    _in_manifest(run, forget)
    counts = store.load(EventCounts, run.events)
    store.save(replace(counts, inferences=2 * counts.inferences), run.events)
    opened = Run(run)
    assert opened.events.inferences == 2 * counts.inferences
    assert opened.deployment.network is not None


def test_nodes_that_the_graph_does_not_have(
    run: RunFolder, road: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(road)
    for backend in ("float", "reference", "loihi-sim"):
        record = store.load(RunRecord, run.record(backend))
        noted.keep(replace(record, nodes=record.nodes + 10**6), run.path)
    with pytest.raises(StoreError, match=r"its records are of nodes 1000\d+ to \d+, and the graph"):
        verify(Run(run))
    with pytest.raises(StoreError, match="its records are of nodes"):
        write_report(Run(run))
