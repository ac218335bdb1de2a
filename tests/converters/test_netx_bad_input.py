"""Files that cannot be read: one error each, with layer, field and remedy; nothing is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from neurograph.cli.app import app
from neurograph.core.errors import FormatError, NetworkError, NeuroGraphError, StoreError
from neurograph.runtime.exporters import read_network
from tests.converters.netx_files import CUBA, conv, dense, entry, flatten, write_net

WEIGHT, KERNEL = np.ones((2, 3)), np.ones((2, 1, 3, 3))
LARGE = [[300, 1, 0], [1, 0, -1]]
RF = {**CUBA, "type": "RF_PHASE"}

LAYERS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no weight": (
        [dense(WEIGHT, weight=None)],
        "layer 0 (dense): no field 'weight'; fields: neuron, shape, type; export",
    ),
    "no neuron": ([dense(WEIGHT, neuron=None)], "layer 0 (dense): no group 'neuron'; export"),
    "no decay": (
        [dense(WEIGHT, neuron={**CUBA, "iDecay": None})],
        "layer 0 (dense), neuron: no field 'iDecay'; fields: refDelay, type, vDecay, vThMant; "
        "export",
    ),
    "fractions": (
        [dense(WEIGHT), dense([[1, 0.5], [0.25, 2]])],
        "layer 1 (dense): weight[0,1] = 0.5 is no integer (2 such); quantise",
    ),
    "no number": (
        [dense([[np.nan, 1]])],
        "layer 0 (dense): weight[0,0] = nan is no integer (1 such); quantise",
    ),
    "excitatory": (
        [dense([[256, 1]])],
        "dense0: weight[0,0] = 256, the sign mode 'excitatory' holds 0 to 255, and a sign alone "
        "255 in magnitude; train",
    ),
    "inhibitory": (
        [dense([[-257, -1]])],
        "dense0: weight[0,0] = -257, the sign mode 'inhibitory' holds -255 to 0, and",
    ),
    "mixed": (
        [dense(LARGE)],
        "dense0: weight[0,0] = 300, the sign mode 'mixed' holds -256 to 254, and",
    ),
    "late": (
        [dense(WEIGHT, delay=[0.0, 63.0])],
        "layer 0 (dense): delays 0 to 63 steps, the field holds 0 to 62; train with a smaller "
        "max_delay",
    ),
    "early": ([dense(WEIGHT, delay=[-1.0, 0.0])], "layer 0 (dense): delays -1 to 0 steps, the"),
    "delays of others": (
        [dense(WEIGHT, delay=np.zeros(4))],
        "layer 0 (dense): delay has shape (4,), needed one number, one per neuron (2) or one per "
        "input",
    ),
    "delayed and recurrent": (
        [dense(np.ones((2, 2)), "dense_rec", weight_rec=np.ones((2, 2)), delay=[1.0, 2.0])],
        "layer 0 (dense_rec): has delays and hears itself",
    ),
    "pool": (
        [entry(1, 4, 4), {"type": "pool", "shape": [1, 2, 2]}],
        "layer 1 (pool): cannot be read; use a convolution with a stride",
    ),
    "average": ([dense(WEIGHT), {"type": "average"}], "layer 1 (average): cannot be read; end"),
    "concat": ([{"type": "concat"}], "layer 0 (concat): cannot be read; only chains"),
    "convT": ([{"type": "convT"}], "layer 0 (convT): cannot be read;"),
    "unknown": (
        [{"type": "attention"}],
        "layer 0 (attention): no such kind of layer is known; known: input, conv, flatten, dense, "
        "dense_rec; leave it out",
    ),
    "sigma-delta": (
        [dense(WEIGHT), dense(np.ones((1, 2)), neuron={"type": "SDNN", "vThMant": 3})],
        "layer 1 (dense), neuron: 'SDNN' cannot be read: sigma-delta neurons send numbers",
    ),
    "resonate and fire": (
        [dense(WEIGHT, neuron=RF)],
        "layer 0 (dense), neuron: 'RF_PHASE' cannot be read: resonate-and-fire neurons",
    ),
    "refractory": (
        [dense(WEIGHT, neuron={**CUBA, "refDelay": 2})],
        "layer 0 (dense), neuron: refDelay is 2, needed 1 to 1; a neuron may fire in every step",
    ),
    "no decay at all": (
        [dense(WEIGHT, neuron={**CUBA, "iDecay": 0})],
        "layer 0 (dense), neuron: iDecay is 0, needed 1 to 4096; u always loses",
    ),
    "threshold": (
        [dense(WEIGHT, neuron={**CUBA, "vThMant": 262143})],
        "layer 0 (dense), neuron: vThMant is 262143, needed 1 to 131071; the chip's field",
    ),
    "bias": (
        [dense(WEIGHT, bias=[1.0, 4096.0])],
        "layer 0 (dense): bias holds 4096, limit +-4095; train with a smaller scale",
    ),
    "biases": (
        [dense(WEIGHT, bias=[1.0, 2.0, 3.0])],
        "layer 0 (dense): bias has shape (3,), needed one number per channel (2), or one for all",
    ),
    "where it enters": (
        [conv(KERNEL, (2, 2, 2))],
        "conv0: nothing says the shape of what enters",
    ),
    "another size": (
        [entry(1, 5, 4), conv(KERNEL, (2, 2, 2))],
        "conv1: shape 2 x 2 x 2, but a layer of 1 x 5 x 4 gives 2 x 3 x 2; export",
    ),
    "other channels": (
        [entry(3, 4, 4), conv(KERNEL, (2, 2, 2))],
        "conv1: kernels of 1 channels hear a layer of 3 x 4 x 4; export",
    ),
    "not flat": (
        [entry(1, 4, 4), conv(KERNEL, (2, 2, 2)), dense(np.ones((3, 8)))],
        "dense2: 8 inputs hear a layer of 2 x 2 x 2, without a layer 'flatten' between them",
    ),
    "too wide": (
        [entry(1, 4, 4), conv(KERNEL, (2, 2, 2)), flatten(8), dense(np.ones((3, 9)))],
        "dense3: 9 inputs hear a layer of 2 x 2 x 2; export",
    ),
    "no neurons": ([entry(1, 4, 4), flatten(16)], "no layer has neurons; needed a convolution"),
    "flat alone": ([flatten(16)], "no layer has neurons; needed a convolution or a dense layer"),
    "an empty layer": (
        [dense(WEIGHT, shape=[0])],
        "layer 0 (dense): shape holds no neuron; export",
    ),
    "a second input": (
        [dense(WEIGHT), entry(2, neuron=CUBA)],
        "input1: an input behind another layer; only chains are read",
    ),
    "a stride of 0": (
        [entry(1, 4, 4), conv(KERNEL, (2, 2, 2), stride=[0, 1])],
        "layer 1 (conv): stride is [0, 1], needed one or two integers of at least 1",
    ),
    "groups": (
        [entry(1, 4, 4), conv(np.ones((3, 1, 3, 3)), (3, 2, 2), groups=2)],
        "layer 1 (conv): weight has shape (3, 1, 3, 3), needed (3, channels in, height, width) in "
        "2 groups",
    ),
}


@pytest.mark.parametrize(("layers", "said"), LAYERS.values(), ids=LAYERS)
def test_a_layer_that_cannot_be_read(
    tmp_path: Path, layers: list[dict[str, Any]], said: str
) -> None:
    path = write_net(tmp_path / "x.net", layers)
    with pytest.raises(NetworkError, match=f"^{re.escape(f'{path}: {said}')}"):
        read_network(path, "netx")


def test_no_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "x.net"
    path.write_text("layer")
    with pytest.raises(StoreError, match=r"x\.net: no HDF5 file; needed what SLAYER's"):
        read_network(path, "netx")


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    path = write_net(tmp_path / "x.net", [dense(np.ones((40, 50)))])
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(NeuroGraphError, match=r"x\.net: "):
        read_network(path, "netx")


def test_no_layers(tmp_path: Path) -> None:
    path = tmp_path / "x.net"
    with h5py.File(path, "w") as file:
        file["weights"] = 3
    with pytest.raises(
        StoreError, match=r"no group 'layer' with layers in it \(it holds weights\)"
    ):
        read_network(path, "netx")


def test_a_layer_is_missing(tmp_path: Path) -> None:
    path = write_net(tmp_path / "x.net", [dense(WEIGHT), dense(WEIGHT)])
    with h5py.File(path, "a") as file:
        file.move("layer/0", "layer/7")
    with pytest.raises(StoreError, match="layers 1, 7, needed 0 to 1, and 0 is missing; export"):
        read_network(path, "netx")


def test_nothing_is_left_of_an_import_that_fails(tmp_path: Path) -> None:
    path = write_net(tmp_path / "x.net", [dense([[0.5]])])
    done = CliRunner().invoke(app, ["import", str(path), "-o", str(tmp_path / "run")])
    assert isinstance(done.exception, NetworkError)
    assert [p.name for p in tmp_path.iterdir()] == ["x.net"]


OPTIONS = {
    "an offset alone": ({"reset_offset": 3}, "--reset-offset is 3, and nothing resets; add an"),
    "no interval": ({"reset_interval": 0}, "--reset-interval is 0, --reset-offset 0; needed an"),
    "beyond": ({"reset_interval": 3, "reset_offset": 3}, "--reset-interval is 3, --reset-offset 3"),
    "a shape": ({"input_shape": (3, 4)}, "--input-shape is 3,4, needed channels, height and width"),
    "unknown": (
        {"skip_layers": 1},
        "'netx' takes no skip_layers; it has reset_interval, reset_offset, input_shape",
    ),
}


@pytest.mark.parametrize(("options", "said"), OPTIONS.values(), ids=OPTIONS)
def test_options(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    path = write_net(tmp_path / "x.net", [dense(WEIGHT)])
    with pytest.raises(FormatError, match=f"^{re.escape(said)}"):
        read_network(path, "netx", options)
