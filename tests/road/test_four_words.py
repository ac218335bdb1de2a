"""The four words: what each leaves behind, and that it is true."""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from neurograph import models as snn
from neurograph.chip.deployment import Deployment
from neurograph.graphs import io as data
from neurograph.runtime import reference
from neurograph.runtime.record import EventCounts, RunRecord
from neurograph.tasks import f1
from neurograph.workflow import store
from tests.road.conftest import Command

pytestmark = [pytest.mark.lava, pytest.mark.slow]


@pytest.fixture
def run(road: Path) -> Path:
    return road / "runs" / "latest"


def records(run: Path) -> dict[str, RunRecord]:
    return {
        name: store.load(RunRecord, run / f"record-{name}.h5")
        for name in ("float", "reference", "loihi-sim")
    }


def test_the_files_of_a_run(run: Path) -> None:
    for name in (
        *("config.toml", "metrics.jsonl", "checkpoint/best.safetensors", "deployment.h5"),
        *("record-float.h5", "record-reference.h5", "record-loihi-sim.h5", "events.h5"),
        *("report.html", "report.json", "manifest.json"),
    ):
        assert (run / name).is_file(), name
    assert not [p.name for p in run.iterdir() if p.name.startswith(".holder")]


def test_lava_is_identical_and_not_silent(run: Path) -> None:
    made = records(run)
    lava, integers = made["loihi-sim"], made["reference"]
    for name, spikes in integers.spikes.items():
        assert spikes.sum() > 50, f"{name} is silent; equality would prove nothing"
        np.testing.assert_array_equal(lava.spikes[name], spikes)
        for state, values in integers.final[name].items():
            np.testing.assert_array_equal(lava.final[name][state], values)
    np.testing.assert_array_equal(lava.logits, integers.logits)
    assert "lava-nc" in lava.versions


def test_the_float_record_is_the_trained_model(run: Path, road: Path) -> None:
    deployment = store.load(Deployment, run / "deployment.h5")
    record = records(run)["float"]
    graph = data.load_graph(road / "graphs" / "synthetic")
    manifest = json.loads((run / "manifest.json").read_text())
    from neurograph.graphs.embed import load_features

    given = load_features(road / "graphs" / "synthetic", manifest["train"]["features"])
    checkpoint = snn.load_checkpoint(run / "checkpoint")
    logits = snn.predict(checkpoint, graph, given, record.nodes, seed=deployment.sample_seed)
    same = np.argmax(logits, axis=1) == record.predictions
    assert same.mean() > 0.98, "torch and the captured network may differ by a rounding, no more"
    np.testing.assert_allclose(np.median(np.abs(logits - record.logits)), 0, atol=1e-4)


def test_report_json_tells_what_the_records_hold(run: Path, road: Path) -> None:
    report = json.loads((run / "report.json").read_text())
    schema = json.loads(files("neurograph.report").joinpath("schema.json").read_text())
    jsonschema.validate(report, schema)
    graph = data.load_graph(road / "graphs" / "synthetic")
    made = records(run)
    for name in ("float", "reference", "loihi-sim"):
        want = f1(graph.labels[made[name].nodes], made[name].predictions)
        assert report["scores"][name]["micro_f1"] == pytest.approx(want.micro)
        assert report["scores"][name]["macro_f1"] == pytest.approx(want.macro)
    assert report["agreement"]["reference->loihi-sim"]["spikes"] == 1
    assert report["agreement"]["reference->loihi-sim"]["predictions"] == 1
    for name, spikes in made["loihi-sim"].spikes.items():
        np.testing.assert_allclose(report["spike_rate"][name], spikes.mean(axis=(0, 2, 3)))
    deployment = store.load(Deployment, run / "deployment.h5")
    assert report["placement"]["cores"] == deployment.placement.cores
    dynamic = report["energy"]["dynamic_j"]
    assert 0 < dynamic["low"] <= dynamic["typical"] <= dynamic["high"] < 1e-3
    assert report["provenance"]["graph"]["generated"] is True


def test_events_are_counted_from_the_spikes(run: Path) -> None:
    counts = store.load(EventCounts, run / "events.h5")
    lava = records(run)["loihi-sim"]
    assert counts.inferences == len(lava.nodes) == 60
    for name, spikes in lava.spikes.items():
        assert counts.spikes[name] == int(spikes.sum())
        assert counts.active_updates[name] + counts.inactive_updates[name] == spikes.size
    deployment = store.load(Deployment, run / "deployment.h5")
    weights = {p.name: p for p in deployment.quantized.projections}
    readers = weights["h1->h2.self"]
    by_hand = lava.spikes["h1"][:, :, 0].sum(axis=(0, 1)) @ np.count_nonzero(readers.weight, axis=0)
    assert counts.synaptic_ops["h1->h2.self"] == by_hand


def test_the_reference_alone_needs_no_lava_and_gives_the_same(
    road: Path, run: Path, neurograph: Command, tmp_path: Path
) -> None:
    want = records(run)["reference"]
    copy = tmp_path / "copy"
    shutil.copytree(run.resolve(), copy)
    done = neurograph(road, "run", copy, "--target", "reference", "--limit", "60")
    assert done.returncode == 0, done.stderr
    got = store.load(RunRecord, copy / "record-reference.h5")
    np.testing.assert_array_equal(got.spikes["h1"], want.spikes["h1"])
    assert (copy / "record-loihi-sim.h5").exists(), "it is of the same nodes and integers"
    fewer = neurograph(road, "run", copy, "--target", "reference", "--limit", "59")
    assert fewer.returncode == 0, fewer.stderr
    assert not (copy / "record-loihi-sim.h5").exists(), "no record of an older run is left"
    assert neurograph(road, "report", copy).returncode == 0
    report = json.loads((copy / "report.json").read_text())
    assert set(report["scores"]) == {"float", "reference"}


def test_verify_passes_and_fails_by_its_tolerance(road: Path, process: Command) -> None:
    good = process(road, "verify", "--tolerance", "0.5", "--json")
    assert good.returncode == 0, good.stdout + good.stderr
    found = json.loads(good.stdout)
    assert found["reference->loihi-sim"]["identical"] is True
    assert found["reference->loihi-sim"]["labels"]["changed"] == 0
    low, high = found["float->reference"]["predictions_interval"]
    assert low <= found["float->reference"]["predictions"] <= high
    assert len(found["float->reference"]["layers"]["h1"]["growth"]) == 10
    bad = process(road, "verify", "--tolerance", "1.01")
    assert bad.returncode == 5
    assert "past the tolerance: reference against float" in bad.stderr


def test_verify_fails_when_one_lava_spike_differs(
    road: Path, run: Path, neurograph: Command, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run.resolve(), copy)
    path = copy / "record-loihi-sim.h5"
    record = store.load(RunRecord, path)
    spikes = {name: array.copy() for name, array in record.spikes.items()}
    spikes["h2"][7, 3, 0, 1] ^= True
    from dataclasses import replace

    store.save(replace(record, spikes=spikes), path)
    done = neurograph(road, "verify", copy, "--tolerance", "0")
    assert done.returncode == 5
    assert "h2" in done.stdout
    assert f"{record.nodes[7]}" in done.stdout
    assert "must be identical" in done.stderr
    assert re.search(
        rf"h2: snapshot 4 of 10, node {record.nodes[7]}, row 0 \(node itself\), channel 1: "
        r"reference (fires|is silent), v \S+ against threshold \S+ \(\S+; integers \S+ and \S+\); "
        r"loihi-sim (fires|is silent); run again on this node, loihi-sim (fires|is silent), as "
        r"reference does: the difference does not reproduce \(1 spike differs\)",
        done.stdout,
    )


def test_reference_fast_equals_plain_on_the_trained_network(run: Path, road: Path) -> None:
    from neurograph.graphs.embed import load_features
    from neurograph.runtime import host

    deployment = store.load(Deployment, run / "deployment.h5")
    graph = data.load_graph(road / "graphs" / "synthetic")
    nodes = records(run)["reference"].nodes[:3]
    given = host.inputs(
        graph,
        load_features(road / "graphs" / "synthetic"),
        deployment.tree,
        nodes,
        seed=deployment.sample_seed,
    )
    payload = deployment.quantized.encode({"x": given})
    plain = reference.run_plain(deployment.quantized, payload, nodes)
    fast = reference.run(deployment.quantized, payload, nodes)
    assert plain.spikes["h1"].any()
    for name in plain.spikes:
        np.testing.assert_array_equal(plain.spikes[name], fast.spikes[name])
        for state, values in plain.final[name].items():
            np.testing.assert_array_equal(fast.final[name][state], values)


def test_export_is_deterministic(
    road: Path, run: Path, neurograph: Command, tmp_path: Path
) -> None:
    want = store.load(Deployment, run / "deployment.h5").quantized.sha256
    copy = tmp_path / "copy"
    shutil.copytree(run.resolve(), copy)
    assert neurograph(road, "export", copy).returncode == 0
    assert store.load(Deployment, copy / "deployment.h5").quantized.sha256 == want
