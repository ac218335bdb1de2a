"""Training in integers at the command line: the road of `--qat`, of `--from`, and every mistake."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from neurograph import models as snn
from neurograph.core.arrays import fingerprint
from neurograph.graphs import io as data
from neurograph.graphs.splits import stratified_split
from neurograph.ir.rounding import out_of_range, round_network
from neurograph.models.checkpoint import save_checkpoint
from neurograph.runtime import host, reference
from neurograph.testing.models import epochs
from tests.road.conftest import Command

pytestmark = pytest.mark.slow
QUICK = ("--epochs", "2", "--qat-epochs", "2")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, neurograph: Command) -> Path:
    """A folder with the built-in graph and two runs: floats, and integers of 4-bit weights."""
    folder = tmp_path_factory.mktemp("qat")
    for words in (
        ("train", "--epochs", "3", "-o", "floats"),
        ("train", *QUICK, "--qat", "--bits", "4", "-o", "both"),
    ):
        done = neurograph(folder, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def check_integers(folder: Path, run: Path) -> None:
    """Its spikes on test nodes are the reference's, and nothing can leave its range."""
    checkpoint = snn.load_checkpoint(run / "checkpoint")
    assert checkpoint.scheme is not None
    graph = data.load_graph(folder / "graphs" / "synthetic")
    from neurograph.graphs import embed as features

    given = features.load_features(folder / "graphs" / "synthetic", None)
    nodes = stratified_split(graph, 0.4, val_share=0.05).test[:40]
    network = round_network(snn.capture(checkpoint), checkpoint.scheme)
    assert not out_of_range(network)
    x = host.inputs(graph, given, checkpoint.config.tree, nodes, seed=1)
    record = reference.run(network, network.encode({"x": x}), nodes)
    assert all(spikes.any() for spikes in record.spikes.values())
    logits = snn.predict(checkpoint, graph, given, nodes, seed=1)
    np.testing.assert_array_equal(logits, record.logits)


def test_both_phases(trained: Path) -> None:
    run = trained / "both"
    assert [row["phase"] for row in epochs(run)] == ["float"] * 2 + ["integer"] * 2
    manifest = json.loads((run / "manifest.json").read_text())["train"]
    assert (manifest["profile"], manifest["settings"]["weight_bits"]) == ("loihi2", 4)
    assert "qat = true" in (run / "config.toml").read_text()
    grids = snn.load_checkpoint(run / "checkpoint").scheme.projections.values()
    assert {grid.bits for grid in grids} == {4}
    check_integers(trained, run)


def test_a_trained_run_goes_on(trained: Path, neurograph: Command) -> None:
    done = neurograph(trained, "train", "--from", "floats", "--qat-epochs", "2", "-o", "on")
    assert done.returncode == 0, done.stdout + done.stderr
    run = trained / "on"
    assert [row["phase"] for row in epochs(run)] == ["integer"] * 2
    manifest = json.loads((run / "manifest.json").read_text())["train"]
    best = trained / "floats" / "checkpoint" / "best.safetensors"
    want = {"run": "floats", "checkpoint_sha256": fingerprint(best.read_bytes())}
    assert manifest["start"] == want
    assert manifest["graph"] == "graphs/synthetic"
    check_integers(trained, run)
    before = load_file(run / "checkpoint" / "best.safetensors")
    again = neurograph(
        trained, "train", "--from", "floats", "--qat-epochs", "2", "-o", "on", "--resume"
    )
    assert again.returncode == 0, again.stderr
    after = load_file(run / "checkpoint" / "best.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


MISTAKES = {
    "bits without qat": (
        ("--bits", "4"),
        "--bits is for training in integers; add --qat, or --from RUN",
    ),
    "profile without qat": (
        ("--profile", "loihi2"),
        "--profile is for training in integers; add --qat, or --from RUN",
    ),
    "too many bits": (("--qat", "--bits", "9"), "weight_bits is 9, needed 2 to 8"),
    "too few bits": (("--qat", "--bits", "1"), "weight_bits is 1, needed 2 to 8"),
    "too many feature bits": (
        ("--qat", "--feature-bits", "40"),
        "feature_bits is 40, needed 2 to 16",
    ),
    "no epochs": (("--qat", "--qat-epochs", "0"), "qat_epochs is 0, needed at least 1"),
    "beyond the profile": (
        ("--qat", "--profile", "loihi1"),
        "feature_bits is 8, profile 'loihi1' has 1; train with fewer, or for another profile",
    ),
    "from and a graph": (
        ("graphs/synthetic", "--from", "floats"),
        "--from goes on with the graph, features and model of that run; leave out a graph",
    ),
    "from and features": (
        ("--from", "floats", "--features", "dynwalk"),
        "--from goes on with the graph, features and model of that run; leave out --features",
    ),
    "from nowhere": (("--from", "nowhere"), "nowhere: nothing trained here; run first: neurograph"),
    "from and another model": (
        ("--from", "floats", "--neuron", "lif"),
        "cannot start from a checkpoint of another model or split: neuron was 'alif', is 'lif'",
    ),
    "from and another split": (
        ("--from", "floats", "--split-seed", "7"),
        "cannot start from a checkpoint of another model or split: split_seed was 42, is 7",
    ),
}


@pytest.mark.parametrize("words", MISTAKES.values(), ids=MISTAKES)
def test_mistakes(trained: Path, neurograph: Command, words: tuple[tuple[str, ...], str]) -> None:
    given, message = words
    done = neurograph(trained, "train", *given, "-o", "never")
    assert done.returncode == 2, done.stdout + done.stderr
    text = " ".join(done.stderr.split())
    assert f"error: {message}" in text
    assert "Traceback" not in text
    assert not (trained / "never" / "checkpoint").exists()


def test_the_run_itself(trained: Path, neurograph: Command) -> None:
    done = neurograph(trained, "train", "--from", "floats", "-o", "floats", "--overwrite")
    assert done.returncode == 2
    assert done.stderr.strip() == ("error: floats: the run to start from; give another folder (-o)")


@pytest.fixture
def spoilt(trained: Path, tmp_path: Path) -> Path:
    for name in ("floats", "graphs"):
        shutil.copytree(trained / name, tmp_path / name)
    return tmp_path


def test_a_run_without_a_checkpoint(spoilt: Path, neurograph: Command) -> None:
    (spoilt / "floats" / "checkpoint" / "best.safetensors").unlink()
    done = neurograph(spoilt, "train", "--from", "floats", "-o", "on")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "error: floats: no best.safetensors; run first: neurograph train"
    )


def test_a_run_whose_features_changed(spoilt: Path, neurograph: Command) -> None:
    shutil.rmtree(spoilt / "graphs" / "synthetic" / "features")
    made = neurograph(spoilt, "features", "graphs/synthetic", "--seed", "9")
    assert made.returncode == 0, made.stderr
    done = neurograph(spoilt, "train", "--from", "floats", "-o", "on")
    assert done.returncode == 2
    assert "the features changed since the training" in " ".join(done.stderr.split())


def test_weights_that_are_no_numbers(spoilt: Path, neurograph: Command) -> None:
    folder = spoilt / "floats" / "checkpoint"
    broken = snn.load_checkpoint(folder)
    broken.state["layers.1.own.bias"][0] = float("nan")
    save_checkpoint(broken, folder / "best.safetensors")
    done = neurograph(spoilt, "train", "--from", "floats", "-o", "on")
    assert done.returncode == 2
    assert (
        "error: cannot start from a checkpoint whose 'layers.1.own.bias' is not finite; train it "
        "again" in " ".join(done.stderr.split())
    )
