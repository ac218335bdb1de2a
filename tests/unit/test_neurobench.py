"""Our operation counts against those of the neurobench package, on networks that it can handle.

The package and snntorch, which it imports, are installed for this file alone, in a folder that
no other test sees.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch import nn

from neurograph.activity import synaptic_ops
from neurograph.complexity import Complexity, of_network
from neurograph.ir import QLIF, QNetwork, QPopulation, QProjection, QStream, Readout
from neurograph.record import EventCounts
from neurograph.snn import Counter
from neurograph.snn.config import SpikeNetConfig
from neurograph.snn.sage import Sage
from neurograph.tree import TreeSpec

PACKAGES = ("neurobench==2.3.0", "snntorch==1.0.0")
BATCH, INPUTS, HIDDEN, CLASSES = 7, 6, 5, 3

SCRIPT = """
import json, sys
import torch
from torch import nn
from neurobench.metrics.static import ConnectionSparsity, Footprint
from neurobench.metrics.workload import ActivationSparsity, SynapticOperations
from neurobench.models import TorchModel

class Step(nn.Module):
    def forward(self, x):
        return (x > 0).to(x.dtype)

class Tree(nn.Module):
    '''One row that hears itself and the mean of its draws, as a user would write it.'''
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.own, self.drawn = nn.Linear(inputs, hidden), nn.Linear(inputs, hidden)
        self.relu, self.readout = nn.ReLU(), nn.Linear(hidden, classes)
    def forward(self, x):
        return self.readout(self.relu(self.own(x[:, 0]) + self.drawn(x[:, 1:].mean(1))))

given = torch.load(sys.argv[1], weights_only=True)
inputs, hidden, classes = given["sizes"]
if given["kind"] == "spikes":
    net = nn.Sequential(nn.Linear(inputs, hidden), Step(), nn.Linear(hidden, classes))
else:
    net = Tree(inputs, hidden, classes)
net.load_state_dict(given["state"])
model = TorchModel(net)
model.add_activation_module(Step)
model.register_hooks()
with torch.no_grad():
    out = model(given["x"])
    data = (given["x"], out)
    found = {
        "Footprint": Footprint()(model),
        "ConnectionSparsity": ConnectionSparsity()(model),
        "ActivationSparsity": ActivationSparsity()(model, out, data),
        "SynapticOperations": SynapticOperations()(model, out, data),
    }
print(json.dumps(found, default=float))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory, missing: Callable[[str, str], None]) -> Path:
    folder = tmp_path_factory.mktemp("neurobench")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    done = subprocess.run([*pip, *PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode:
        missing("neurobench", f"{' and '.join(PACKAGES)} cannot be installed for this test")
    return folder


def by_neurobench(packages: Path, tmp_path: Path, given: dict[str, Any]) -> dict[str, Any]:
    torch.save(given, tmp_path / "given.pt")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "given.pt")],
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def assert_same(ours: Complexity, theirs: dict[str, Any]) -> None:
    mine = ours.neurobench()
    for name in ("Effective_MACs", "Effective_ACs", "Dense"):
        assert mine["SynapticOperations"][name] == pytest.approx(theirs["SynapticOperations"][name])
    assert mine["ActivationSparsity"] == pytest.approx(theirs["ActivationSparsity"])
    assert round(mine["ConnectionSparsity"], 4) == theirs["ConnectionSparsity"]  # it rounds


@pytest.mark.parametrize("bits", [8, 1])
def test_a_spiking_layer_and_its_readout(bits: int, packages: Path, tmp_path: Path) -> None:
    """Real-valued or plain input into spikes, spikes into a linear readout."""
    rng = np.random.default_rng(bits)
    x = rng.integers(0, 2, (BATCH, INPUTS)) if bits == 1 else rng.integers(-4, 5, (BATCH, INPUTS))
    weight = rng.integers(-3, 4, (HIDDEN, INPUTS)) * 2
    readout = rng.integers(-1, 2, (CLASSES, HIDDEN)).astype(float)
    spikes = x @ weight.T > 0
    state = {
        "0.weight": torch.tensor(weight, dtype=torch.float32),
        "0.bias": torch.zeros(HIDDEN),
        "2.weight": torch.tensor(readout, dtype=torch.float32),
        "2.bias": torch.zeros(CLASSES),
    }
    theirs = by_neurobench(
        packages,
        tmp_path,
        {
            "kind": "spikes",
            "sizes": [INPUTS, HIDDEN, CLASSES],
            "state": state,
            "x": torch.tensor(x, dtype=torch.float32),
        },
    )
    network = QNetwork(
        streams=(QStream(name="x", rows=1, channels=INPUTS, bits=bits),),
        populations=(
            QPopulation(
                name="h",
                rows=1,
                channels=HIDDEN,
                neuron=QLIF(voltage_decay=1000, threshold=100),
                bias_mant=np.zeros(HIDDEN, int),
            ),
        ),
        projections=(
            QProjection(name="x>h", source="x", target="h", mix=sp.csr_array([[1]]), weight=weight),
        ),
        readout=Readout(source="h", weight=readout, bias=np.zeros(CLASSES)),
        steps=1,
    )
    sent = {
        "x": np.count_nonzero(x, axis=0)[None, None],
        "h": np.count_nonzero(spikes, axis=0)[None, None],
    }
    counts = EventCounts(
        network_sha256=network.sha256,
        targets=BATCH,
        sent=sent,
        active={"h": sent["h"]},
        synaptic_ops={"x>h": int(synaptic_ops(network, network.projections[0], sent).sum())},
        host_macs=0,
        bytes_in=0,
        bytes_out=0,
    )
    ours = of_network(network, counts)
    assert_same(ours, theirs)
    kind = "Effective_ACs" if bits == 1 else "Effective_MACs"
    assert theirs["SynapticOperations"][kind] > 0


def test_a_twin_of_one_hop(packages: Path, tmp_path: Path) -> None:
    """One target, two draws, one snapshot; its additions before the mean are ours alone."""
    torch.manual_seed(4)
    config = SpikeNetConfig(
        features=INPUTS, classes=CLASSES, steps=1, hidden=(HIDDEN,), tree=TreeSpec(fanouts=(2,))
    )
    model = Sage(config)
    with torch.no_grad():
        model.dense[0].own.weight[0, :3] = 0.0
    rng = np.random.default_rng(5)
    values = rng.normal(size=(1, 20, INPUTS)).astype(np.float32) * (
        rng.random((1, 20, INPUTS)) < 0.6
    )
    slots = rng.integers(0, 20, (BATCH, 1, 3)).astype(np.int32)
    counter = Counter(model)
    counter.infer(values, slots)
    ours = counter.complexity()
    named: dict[str, nn.Module] = {
        "own": model.dense[0].own,
        "drawn": model.dense[0].neighbours,
        "readout": model.readout,
    }
    theirs = by_neurobench(
        packages,
        tmp_path,
        {
            "kind": "tree",
            "sizes": [INPUTS, HIDDEN, CLASSES],
            "state": {f"{n}.{k}": v for n, m in named.items() for k, v in m.state_dict().items()},
            "x": torch.from_numpy(values[0][slots[:, 0]]),
        },
    )
    (added,) = {layer.acs for layer in ours.layers if layer.acs}
    assert added == np.count_nonzero(values[0][slots[:, 0, 1:]]) / BATCH
    operations = theirs["SynapticOperations"]
    assert operations["Effective_ACs"] == 0
    operations["Effective_ACs"] = added
    assert_same(ours, theirs)
    assert ours.footprint == theirs["Footprint"]
