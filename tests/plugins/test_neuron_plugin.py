"""A kind of neuron that a package adds: trained, exported, run on Lava, reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurograph.runtime.record import RunRecord
from neurograph.workflow import store
from tests.plugins.conftest import Command, Install, mentions

PACKAGE = Path(__file__).with_name("neurograph_plugin_neuron")
CHIP = PACKAGE / PACKAGE.name / "chip.toml"
SMALL = ("--hidden", "24,8", "--fanouts", "3,2", "--epochs", "3")

REFERENCES_AGREE = """
import numpy as np
from neurograph.runtime.reference import run
from neurograph.runtime.reference.plain import run_plain
from neurograph.testing import random_network
from neurograph.verify import compare

for seed in range(8):
    network, inputs = random_network(np.random.default_rng(seed), neuron="SoftAdaptiveLIF")
    fast, plain = (f(network, inputs, np.arange(3)) for f in (run, run_plain))
    assert compare(plain, fast).identical, seed
    assert set(fast.final["h"]) == {"u", "v", "theta"}
    assert any(0 < s.mean() < 1 for s in fast.spikes.values()), "silence proves nothing"
"""

TRAINING_AGREES = """
import numpy as np
import torch
from neurograph.graphs.sampling import sample
from neurograph.ir.rounding import round_network
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.integer.net import IntegerNet
from neurograph.models.spikenet.model import SpikeNet
from neurograph.runtime import reference
from neurograph.testing.graphs import random_graph
from neurograph.testing.schemes import plain_scheme

config = SpikeNetConfig(
    features=5, classes=3, steps=6, hidden=(16, 6), neuron="salif", tau=3.0, dropout=0.0
)
torch.manual_seed(5)
model = SpikeNet(config)
with torch.no_grad():
    for layer in model.spiking:
        layer.own.weight *= 4
        layer.neighbours.weight *= 4
graph, features = random_graph(np.random.default_rng(2), steps=config.steps)
slots = sample(graph, np.arange(12), config.tree, seed=1)
network = model.capture()
scheme = plain_scheme(network, 4.0, bits=4, guard_bits=1, means=True)
net = IntegerNet.of(model, scheme)
fired = net.of_trees(features.values, slots)
quantized = round_network(network, scheme)
x = features.values[np.arange(config.steps)[:, None], slots]
record = reference.run(quantized, quantized.encode({"x": x}), np.arange(len(slots)))
for number, spikes in enumerate(fired, 1):
    want = record.spikes[f"h{number}"]
    assert 0.01 < want.mean() < 0.99, want.mean()
    np.testing.assert_array_equal(spikes.detach().numpy() > 0, want)
net.read_out(fired).square().sum().backward()
for name, parameter in model.named_parameters():
    assert parameter.grad.abs().max() > 0, name
"""


@pytest.fixture(scope="module")
def installed(install: Install) -> Path:
    return install(PACKAGE)


@pytest.fixture(scope="module")
def trained(installed: Path, neurograph: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a model of the package's neurons was trained."""
    folder = tmp_path_factory.mktemp("trained")
    words = ("train", "--neuron", "salif", "--tau", "2", *SMALL, "--out", "run")
    neurograph(installed, folder, *words)
    return folder


def test_nothing_of_the_core_knows_it() -> None:
    assert mentions(PACKAGE.name, "SoftAdaptive", "salif", "lsnn") == []


@pytest.mark.parametrize("script", [REFERENCES_AGREE, TRAINING_AGREES], ids=["run", "train"])
def test_it_means_the_same_wherever_it_runs(installed: Path, script: str) -> None:
    """Both references give the same; the integers of training are those of the reference."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.lava
def test_the_four_words(trained: Path, installed: Path, neurograph: Command, lava: None) -> None:
    run = trained / "run"
    neurograph(installed, trained, "export", "run", "--target", "loihi-sim", "--profile", CHIP)
    neurograph(installed, trained, "run", "run", "--limit", "40")
    verified = neurograph(installed, trained, "verify", "run", "--tolerance", "0", "--json")
    assert json.loads(verified.stdout)
    neurograph(installed, trained, "report", "run")
    integers, lava_record = (
        store.load(RunRecord, run / f"record-{name}.h5") for name in ("reference", "loihi-sim")
    )
    assert set(integers.spikes) == {"h1", "h2"}
    for name, spikes in integers.spikes.items():
        assert 0.01 < spikes.mean() < 0.99, f"{name} does not fire; equality would prove nothing"
        np.testing.assert_array_equal(lava_record.spikes[name], spikes)
        assert set(integers.final[name]) == {"u", "v", "theta"}
        for state, values in integers.final[name].items():
            np.testing.assert_array_equal(lava_record.final[name][state], values)
    report = json.loads((run / "report.json").read_text())
    kinds = {p["neuron"] for p in report["network"]["populations"]}
    assert kinds == {"SoftAdaptiveLIF"}


def test_a_chip_without_it_says_what_it_lacks(
    trained: Path, installed: Path, neurograph: Command
) -> None:
    words = ("check", "run", "--profile", "loihi2")
    done = neurograph(installed, trained, *words, check=False)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert "h1: its soft reset under an adaptive threshold needs" in said
    assert "train with --neuron alif, or use a chip with such neurons" in said


def test_without_the_package_it_is_refused_by_name(
    trained: Path, installed: Path, neurograph: Command
) -> None:
    words = ("train", "--neuron", "salif", *SMALL, "--out", "other")
    done = neurograph(None, trained, *words, check=False)
    assert done.returncode == 2
    assert "no neuron 'salif'; known: if, lif, plif, alif" in " ".join(done.stderr.split())
    done = neurograph(None, trained, "profiles", "show", CHIP, check=False)
    assert done.returncode == 2
    assert (
        "neurons.3: expected 'LIF', 'SoftResetLIF', 'AdaptiveLIF', 'RefractoryLIF' or 'Relay', "
        "got 'SoftAdaptiveLIF'" in (" ".join(done.stderr.split()))
    )


def test_it_trains_on_in_integers(trained: Path, installed: Path, neurograph: Command) -> None:
    """Forward as the chip computes it, its soft reset included."""
    words = ("train", "--neuron", "salif", "--qat", "--qat-epochs", "1", *SMALL, "--out", "qat")
    neurograph(installed, trained, *words)
    rows = [
        json.loads(line) for line in (trained / "qat" / "metrics.jsonl").read_text().splitlines()
    ]
    assert rows[-1]["phase"] != rows[0].get("phase")
