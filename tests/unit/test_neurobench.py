"""Our operation counts against those of the neurobench package, on networks that it can handle.

The package and snntorch, which it imports, are installed for this file alone, in a folder that
no other test sees; constraints.txt says in which versions.
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
import torch

from neurograph.cost.complexity import Complexity, of_network
from neurograph.ir import Readout
from neurograph.models.registry import config_class
from neurograph.models.sage.model import Sage, SageGru
from neurograph.testing.builders import one_layer
from neurograph.testing.records import event_counts

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
PACKAGES = ("neurobench", "snntorch")
BATCH, INPUTS, HIDDEN, CLASSES = 7, 6, 5, 3

SCRIPT = """
import json, sys
import torch
from torch import nn
from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount
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

class Gru(Tree):
    '''The same in every snapshot, then a GRU over them; all its states are read out.'''
    def __init__(self, inputs, hidden, classes, steps):
        super().__init__(inputs, hidden, classes)
        self.cell, self.readout = nn.GRUCell(hidden, hidden), nn.Linear(steps * hidden, classes)
    def forward(self, x):
        state, states = torch.zeros(len(x), self.cell.hidden_size), []
        for now in x.unbind(1):
            hidden = self.relu(self.own(now[:, 0]) + self.drawn(now[:, 1:].mean(1)))
            state = self.cell(hidden, state)
            states.append(state)
        return self.readout(torch.cat(states, 1))

given = torch.load(sys.argv[1], weights_only=True)
inputs, hidden, classes = given["sizes"]
if given["kind"] == "spikes":
    net = nn.Sequential(nn.Linear(inputs, hidden), Step(), nn.Linear(hidden, classes))
elif given["kind"] == "sage":
    net = Tree(inputs, hidden, classes)
else:
    net = Gru(inputs, hidden, classes, given["x"].shape[1])
net.load_state_dict(given["state"])
model = TorchModel(net)
model.add_activation_module(Step)
model.add_activation_module(nn.GRUCell)
model.register_hooks()
with torch.no_grad():
    out = model(given["x"])
    data = (given["x"], out)
    found = {
        "Footprint": Footprint()(model),
        "ParameterCount": ParameterCount()(model),
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
    words = [*pip, "-c", str(CONSTRAINTS), *PACKAGES]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
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


@pytest.mark.slow
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
    network = one_layer(
        weight,
        bits=bits,
        steps=1,
        readout=Readout(source="h", weight=readout, bias=np.zeros(CLASSES)),
        name="x>h",
    )
    sent = {
        "x": np.count_nonzero(x, axis=0)[None, None],
        "h": np.count_nonzero(spikes, axis=0)[None, None],
    }
    counts = event_counts(network, sent, {"h": sent["h"]}, targets=BATCH)
    ours = of_network(network, counts)
    assert_same(ours, theirs)
    kind = "Effective_ACs" if bits == 1 else "Effective_MACs"
    assert theirs["SynapticOperations"][kind] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("model", "steps"), [("sage", 1), ("sage-gru", 4)])
def test_a_twin_of_one_hop(model: str, steps: int, packages: Path, tmp_path: Path) -> None:
    """One target, two draws; its additions before the mean are ours alone."""
    torch.manual_seed(4)
    config = config_class(model)(
        features=INPUTS, classes=CLASSES, steps=steps, hidden=(HIDDEN,), fanouts=(2,)
    )
    baseline = config.build()
    with torch.no_grad():
        baseline.dense[0].own.weight[0, :3] = 0.0
    values, slots = sampled(steps)
    counter = baseline.counter()
    counter.infer(values, slots)
    ours = counter.complexity()
    x = np.stack([values[t][slots[:, t]] for t in range(steps)], axis=1)  # (B, T, 3, F)
    theirs = by_neurobench(
        packages,
        tmp_path,
        {
            "kind": model,
            "sizes": [INPUTS, HIDDEN, CLASSES],
            "state": state_of(baseline),
            "x": torch.from_numpy(x[:, 0] if model == "sage" else x),
        },
    )
    (added,) = {layer.acs for layer in ours.layers if layer.acs}
    assert added == np.count_nonzero(x[:, :, 1:]) / BATCH
    operations = theirs["SynapticOperations"]
    assert operations["Effective_ACs"] == 0
    operations["Effective_ACs"] = added
    assert_same(ours, theirs)
    for name in ("Footprint", "ParameterCount"):
        assert ours.neurobench()[name] == theirs[name]


def sampled(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of 20 nodes, some of them 0, and the trees of a batch."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(steps, 20, INPUTS)) * (rng.random((steps, 20, INPUTS)) < 0.6)
    slots = rng.integers(0, 20, (BATCH, steps, 3))
    return values.astype(np.float32), slots.astype(np.int32)


def state_of(baseline: Sage) -> dict[str, torch.Tensor]:
    """Its weights under the names of the script."""
    named = {
        "own": baseline.dense[0].own,
        "drawn": baseline.dense[0].neighbours,
        "readout": baseline.readout,
    }
    state = {f"{n}.{k}": v for n, m in named.items() for k, v in m.state_dict().items()}
    if isinstance(baseline, SageGru):
        names = {k.removesuffix("_l0"): v for k, v in baseline.gru.state_dict().items()}
        state |= {f"cell.{k}": v for k, v in names.items()}
    return state
