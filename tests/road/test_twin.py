"""A model without spikes on the road: trained, run, reported beside the spikes, never exported."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from neurograph import models as snn
from neurograph.core.arrays import fingerprint
from neurograph.cost.baseline import Baseline, load_baseline
from neurograph.graphs import io as data
from neurograph.graphs.embed import load_features
from neurograph.tasks import f1
from neurograph.workflow.dataset import SAMPLE_SEED
from tests.road.conftest import Command
from tests.road.test_bad_input import refused
from tests.road.test_four_words import records

pytestmark = [pytest.mark.lava, pytest.mark.slow]
GRAPH = Path("graphs") / "synthetic"


@pytest.fixture(scope="module")
def twin(road: Path, neurograph: Command) -> Path:
    """A twin, trained on the graph of `road` and run on the nodes that it ran on."""
    latest = road / "runs" / "latest"
    before = latest.readlink()
    settings = ("--preset", "demo", "--epochs", "6", "-o", "runs/twin")
    for words in (("train", GRAPH, "--model", "sage", *settings), ("run", "--limit", "60")):
        done = neurograph(road, *words)
        assert done.returncode == 0, done.stderr
    latest.unlink()
    latest.symlink_to(before)  # other tests look there for the spikes
    return road / "runs" / "twin"


def found(run: Path) -> Baseline:
    return load_baseline(run / "baseline.json")


def test_the_baseline_is_the_trained_model_on_the_nodes_of_the_spikes(
    road: Path, twin: Path
) -> None:
    made, spikes = found(twin), records(road / "runs" / "latest")["reference"]
    assert made.nodes_sha256 == fingerprint(spikes.nodes)
    assert (made.model, made.nodes, made.count) == ("sage", "test", 60)
    graph = data.load_graph(road / GRAPH)
    features = load_features(road / GRAPH)
    checkpoint = snn.load_checkpoint(twin / "checkpoint")
    logits = snn.predict(checkpoint, graph, features, spikes.nodes, seed=SAMPLE_SEED)
    score = f1(graph.labels[spikes.nodes], logits.argmax(1))
    assert made.scores == {"micro_f1": score.micro, "macro_f1": score.macro}
    assert made.scores["micro_f1"] > 0.5, "it has learnt nothing"
    assert made.complexity.parameters == sum(t.numel() for t in checkpoint.state.values())


def test_the_table_of_a_run_shows_operations(road: Path, twin: Path, neurograph: Command) -> None:
    done = neurograph(road, "run", twin, "--nodes", "val")
    assert done.returncode == 0, done.stderr
    layers = found(twin).complexity.layers
    assert [layer.name for layer in layers] == ["h1", "h2", "readout"]
    for layer in layers:
        assert f"{layer.macs:,.0f}" in done.stdout
        assert f"{layer.dense:,.0f}" in done.stdout
    assert neurograph(road, "run", twin, "--limit", "60").returncode == 0


def test_the_report_sets_it_beside_the_spikes(
    road: Path, twin: Path, tmp_path: Path, neurograph: Command
) -> None:
    run = Path(shutil.copytree((road / "runs" / "latest").resolve(), tmp_path / "run"))
    done = neurograph(road, "report", run, "--baseline", twin)
    assert done.returncode == 0, done.stderr
    report = json.loads((run / "report.json").read_text())
    schema = json.loads(files("neurograph.report").joinpath("schema.json").read_text())
    jsonschema.validate(report, schema)
    (beside,) = report["comparison"]["baselines"]
    assert beside["scores"] == found(twin).scores
    assert beside["neurobench"] == found(twin).complexity.neurobench()
    h1, h2, readout = report["comparison"]["spiking"]["layers"]
    assert h1["spiking"] == 0
    assert 0 < h2["acs"] < h2["spiking"] == h2["dense"]
    config = snn.load_checkpoint(twin / "checkpoint").config
    slots = 1 + config.tree.fanouts[0]  # that h2 hears, whether signs are split or not
    assert h2["dense"] == config.steps * slots * np.prod(config.hidden)
    assert readout["acs"] <= readout["spiking"]


def test_a_twin_is_not_exported(road: Path, twin: Path, neurograph: Command) -> None:
    refused(
        neurograph(road, "export", twin),
        "a model without spikes is a baseline",
        "neurograph report SPIKING_RUN --baseline RUN",
    )
    assert not (twin / "deployment.h5").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "runs/twin", "--backend", "loihi-sim"), "leave out --backend"),
        (("report", "runs/twin"), "neurograph report SPIKING_RUN --baseline runs/twin"),
        (("verify", "runs/twin"), "neurograph report SPIKING_RUN --baseline runs/twin"),
        (("run", "runs/twin", "--nodes", "some"), "no node set 'some'"),
        (("run", "runs/twin", "--limit", "0"), "--limit is 0, needed at least 1"),
        (("train", GRAPH, "--model", "sage", "--tau", "2"), "it takes no tau"),
        (("train", GRAPH, "--model", "sage", "--qat"), "it takes no qat"),
        (("train", "--from", "runs/twin"), "it takes no qat"),
    ],
)
def test_what_a_twin_has_not(
    road: Path, twin: Path, neurograph: Command, words: tuple[str, ...], message: str
) -> None:
    before = (twin / "baseline.json").read_bytes()
    runs = sorted((road / "runs").iterdir())
    refused(neurograph(road, *words), message)
    assert (twin / "baseline.json").read_bytes() == before
    assert sorted((road / "runs").iterdir()) == runs


def test_a_baseline_of_other_nodes_is_refused(
    road: Path, twin: Path, tmp_path: Path, neurograph: Command
) -> None:
    other = Path(shutil.copytree(twin, tmp_path / "twin"))
    assert neurograph(road, "run", other, "--limit", "30").returncode == 0
    before = (road / "runs" / "latest" / "report.json").read_bytes()
    refused(neurograph(road, "report", "--baseline", other), "baseline sage is of other nodes")
    assert (road / "runs" / "latest" / "report.json").read_bytes() == before
