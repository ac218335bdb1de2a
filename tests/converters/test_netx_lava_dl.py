"""Networks that SLAYER trains and exports: lava-dl's own Network on Lava, and ours, spike by spike.

lava-dl needs an environment of its own, of which NEUROGRAPH_LAVA_DL names the interpreter: what
NeuroGraph needs, Lava, PyTorch, and

    pip install --no-deps --ignore-requires-python lava-dl==0.6.0
    pip install matplotlib opencv-python-headless
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neurograph_lava
from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.exporters import read_network
from neurograph.runtime.reference import fast
from neurograph.testing.records import assert_same_run

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("NEUROGRAPH_LAVA_DL", "")
NETWORKS = {  # what the importer is told, and the spikes of all layers together
    "dense": ({}, 40 * (30 + 24 + 10)),
    "conv": ({"input_shape": (2, 8, 9)}, 40 * (6 * 4 * 5 + 8 * 3 * 1 + 10)),
    "recurrent": ({}, 40 * (16 + 12 + 10)),
    "alif": ({}, 40 * (16 + 12 + 10)),  # SLAYER's own forward pass
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.lava,
    pytest.mark.skipif(not PYTHON, reason="NEUROGRAPH_LAVA_DL names no interpreter with lava-dl"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every network, what went in, and what each layer of lava-dl's sent."""
    folder = tmp_path_factory.mktemp("slayer")
    script = Path(__file__).with_name("lava_dl_runs.py")
    path = os.pathsep.join((str(ROOT), str(ROOT / "converters")))
    done = subprocess.run(
        [PYTHON, str(script), str(folder)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.usefixtures("lava")
@pytest.mark.parametrize("name", NETWORKS)
def test_every_spike_is_lava_dls(made: Path, name: str) -> None:
    told, values = NETWORKS[name]
    with np.load(made / f"{name}.npz") as files:
        given, *sent = (files[part] for part in ("x", *(f"layer{k}" for k in range(3))))
    network = replace(read_network(made / f"{name}.net", "netx", told), steps=len(given))
    inputs = {"input": _rows(given, network.streams[0].rows)[None].astype(np.int8)}
    record = fast.run(network, inputs, np.arange(1))
    compared = 0
    for population, theirs in zip(network.populations, sent, strict=True):
        assert theirs.any(), population.name
        ours = record.spikes[population.name][0]
        np.testing.assert_array_equal(ours, _rows(theirs, population.rows), population.name)
        compared += ours.size
    assert compared == values
    _check_reads(network, name)
    assert_same_run(record, neurograph_lava.run(network, inputs, np.arange(1)))


def _check_reads(network: QNetwork, name: str) -> None:
    """What each network is there for, it has."""
    if name == "dense":
        assert len({j.delay for j in network.projections}) > 3
    if name == "conv":
        assert len(network.projections) == 9 + 6 + 3
    if name == "recurrent":
        assert any(j.source == j.target for j in network.projections)


def _rows(x: Array, rows: int) -> Array:
    """``(steps, rows, channels)`` of axes step, x, y, channel, or step, channel."""
    return x.reshape(len(x), rows, -1)
