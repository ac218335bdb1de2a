"""What a netx file means, against PyTorch's own convolution and the chip's neuron written out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from neurograph.cli.app import app
from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QRefractoryLIF
from neurograph.runtime.exporters import read_network
from neurograph.runtime.reference import fast
from tests.converters.netx_files import CUBA, conv, dense, entry, flatten, write_net

STEPS = 12


def read(folder: Path, *layers: dict[str, Any], steps: int = STEPS) -> QNetwork:
    return read_network(write_net(folder / "x.net", layers, steps), "netx")


def spikes_in(shape: tuple[int, ...], seed: int = 0, share: float = 0.3) -> Array:
    """``(steps, ..)``: channels, height and width, or channels alone."""
    return np.random.default_rng(seed).random((STEPS, *shape)) < share


def as_rows(x: Array) -> Array:
    """``(1, steps, rows, channels)`` of ``(steps, channels, height, width)``: rows (x, y)."""
    steps, channels = x.shape[:2]
    whole = x.reshape(steps, channels, -1, 1) if x.ndim < 4 else x
    return whole.transpose(0, 3, 2, 1).reshape(1, steps, -1, channels).astype(np.int8)


def lif(sums: Array, du: int = 4095, dv: int = 1024, vth: int = 4) -> Array:
    """Spikes ``(steps, ..)`` of the chip's neuron for synaptic sums."""
    u = v = np.zeros(sums.shape[1:], np.int64)
    fired = []
    for a in sums.astype(np.int64):
        u = fx.decay_to_zero(u, 4095 - du) + (a << 6)
        v = fx.decay_to_zero(v, 4096 - dv) + u
        fired.append(v > vth << 6)
        v = np.where(fired[-1], 0, v)
    return np.array(fired)


def ran(network: QNetwork, x: Array) -> Array:
    """What the last layer sends, ``(steps - layers, rows, channels)``: a step later per layer."""
    record = fast.run(network, {"input": as_rows(x)}, np.arange(1))
    found = record.spikes[network.populations[-1].name][0]
    late = len(network.populations)
    assert not found[:late].any(), "nothing fires before anything arrives"
    return found[late:]


def assert_same(found: Array, expected: Array) -> None:
    """All spikes but those that come when the run is over; and there are some, but not all."""
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(found, expected[: len(found)])


def convolved(x: Array, weight: Array, **how: Any) -> Array:
    given = torch.from_numpy(x.astype(np.float64)), torch.from_numpy(weight.astype(np.float64))
    return torch.nn.functional.conv2d(*given, **how).numpy()


WAYS = {
    "plain": {},
    "stride": {"stride": (2, 1)},
    "padding": {"padding": (1, 2)},
    "dilation": {"dilation": (2, 1), "padding": (0, 1)},
    "groups": {"groups": 2},
    "all": {"stride": (1, 2), "padding": (2, 0), "dilation": (1, 2), "groups": 2},
}


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_a_convolution_is_pytorchs(tmp_path: Path, how: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    weight = rng.integers(-9, 10, (6, 4 // how.get("groups", 1), 3, 2))
    x = spikes_in((4, 7, 6))
    sums = convolved(x, weight, **how)
    # SLAYER's kernels have an axis of time
    layer = conv(weight[..., None], sums.shape[1:], **how)
    assert_same(ran(read(tmp_path, entry(4, 7, 6), layer), x), as_rows(lif(sums))[0])


def test_positions_are_flattened_channel_height_width(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    kernel, weight = rng.integers(-6, 9, (3, 2, 2, 2)), rng.integers(-5, 6, (5, 3 * 3 * 2))
    x = spikes_in((2, 4, 3))
    hidden = lif(convolved(x, kernel))
    expected = lif(hidden.reshape(STEPS, -1).astype(int) @ weight.T)
    layers = entry(2, 4, 3), conv(kernel, (3, 3, 2)), flatten(18), dense(weight)
    assert_same(ran(read(tmp_path, *layers), x)[:, 0], expected)


WEIGHTS = {
    "even": [[2, -4, 256 - 2], [-256, 8, 0]],
    "odd": [[1, -3, 127], [-128, 5, 0]],
    "odd and large": [[255, -3, 0], [-255, 5, 7]],
    "excitatory": [[255, 3, 0], [1, 0, 9]],
    "inhibitory": [[-255, -3, 0], [-1, 0, -9]],
    "inhibitory, the lowest": [[-256, -4, 0], [-2, 0, -8]],
    "inhibitory, of powers of two": [[-4, -4, -4], [-4, 0, -4]],
    "all zero": [[0, 0, 0], [0, 0, 0]],
}


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
def test_a_sum_is_that_of_the_files_integers(tmp_path: Path, weight: list[list[int]]) -> None:
    network = read(tmp_path, dense(weight))
    held = sum(j.weight.astype(float) * 2.0**j.exponent for j in network.projections)
    np.testing.assert_array_equal(held, weight)
    x = spikes_in((3,), share=0.6)
    found, expected = ran(network, x)[:, 0], lif(x.astype(int) @ np.transpose(weight))
    np.testing.assert_array_equal(found, expected[: len(found)])


DELAYS = {
    "one": 3,
    "per neuron": [0, 2, 5, 0],
    "per input": [1, 0, 4],
    "per synapse": [[0, 1, 2], [2, 0, 0], [9, 3, 0], [0, 0, 1]],
}


@pytest.mark.parametrize("delay", DELAYS.values(), ids=DELAYS)
def test_delays_hold_back_what_a_neuron_hears(tmp_path: Path, delay: Any) -> None:
    weight = np.random.default_rng(5).integers(-7, 12, (4, 3))
    network = read(tmp_path, dense(weight, delay=np.array(delay, np.float32)))
    x = spikes_in((3,), share=0.5).astype(int)
    late = np.array(delay)
    late = np.broadcast_to(late[:, None] if late.shape == (4,) else late, weight.shape)
    sums = np.zeros((STEPS, 4), int)
    for (i, j), d in np.ndenumerate(late):
        sums[d:, i] += weight[i, j] * x[: STEPS - d, j]
    assert_same(ran(network, x)[:, 0], lif(sums))
    assert len(network.projections) == len(np.unique(late))


def test_a_recurrent_layer_hears_itself_a_step_later(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    weight, again = rng.integers(0, 9, (4, 3)), rng.integers(-9, 6, (4, 4))
    layer = dense(weight, "dense_rec", weight_rec=again.astype(np.float32))
    x = spikes_in((3,), share=0.5).astype(int)
    v, fired, expected = np.zeros(4, np.int64), np.zeros(4, bool), []
    for now in x:
        v = fx.decay_to_zero(v, 3072) + (weight @ now + again @ fired << 6)
        fired = v > 4 << 6
        v = np.where(fired, 0, v)
        expected.append(fired)
    assert not np.array_equal(expected, lif(x @ weight.T)), "what it hears of itself matters"
    assert_same(ran(read(tmp_path, layer), x)[:, 0], np.array(expected))


def test_fields_of_a_neuron(tmp_path: Path) -> None:
    neuron = {"type": "LOIHI", "iDecay": 410, "vDecay": 0, "vThMant": 131071, "refDelay": 1}
    network = read(tmp_path, dense([[3]], neuron=neuron, bias=[-60.0]))
    (p,) = network.populations
    assert (p.neuron.current_decay, p.neuron.voltage_decay) == (409, 0)
    assert (p.neuron.threshold, p.neuron.theta) == (131071, 131071 << 6)
    assert p.bias.tolist() == [-60 << 6]
    assert network.steps == STEPS
    assert replace(network, steps=3).steps == 3


def test_an_image_sets_biases_from_the_first_step_on(tmp_path: Path) -> None:
    """Numbers of an input layer with neurons, and the spikes that they make."""
    image = np.random.default_rng(7).integers(-4, 9, (2, 3, 4))
    network = read(tmp_path, entry(2, 3, 4, neuron=CUBA), conv(np.ones((1, 2, 3, 4)), (1, 1, 1)))
    assert [j.source for j in network.projections] == ["input0"] * 12
    whole = np.repeat(image[None], STEPS, axis=0)
    record = fast.run(network, {"input": as_rows(whole)}, np.arange(1))
    np.testing.assert_array_equal(record.spikes["input0"], as_rows(lif(whole)))


def test_every_layer_begins_anew_a_step_later(tmp_path: Path) -> None:
    layers = dense([[3]]), dense([[2]]), dense([[5]])
    path = write_net(tmp_path / "x.net", layers)
    found = read_network(path, "netx", {"reset_interval": 3, "reset_offset": 2})
    resets = [p.reset for p in found.populations]
    assert [(r.interval, r.offset) for r in resets if r] == [(3, 2), (3, 0), (3, 1)]
    assert {p.reset for p in read_network(path, "netx").populations} == {None}


def test_the_shape_of_what_enters_may_be_given(tmp_path: Path) -> None:
    path = write_net(tmp_path / "x.net", [conv(np.ones((1, 2, 3, 3)), (1, 4, 5))])
    (stream,) = read_network(path, "netx", {"input_shape": (2, 6, 7)}).streams
    assert (stream.rows, stream.channels, stream.bits) == (42, 2, 1)


def test_the_command(tmp_path: Path) -> None:
    path = write_net(tmp_path / "x.net", [conv(np.ones((1, 2, 3, 3)), (1, 4, 5))])
    words = ["import", str(path), "-o", str(tmp_path / "run"), "--reset-interval", "17"]
    done = CliRunner().invoke(app, [*words, "--input-shape", "2,6,7"])
    assert done.exit_code == 0, done.output
    assert "1 population, 20 neurons" in " ".join(done.output.split())
    facts = json.loads((tmp_path / "run" / "manifest.json").read_text())["import"]
    assert (facts["file"], facts["format"]) == ("x.net", "netx")
    assert facts["options"] == {"reset_interval": 17, "input_shape": [2, 6, 7]}


def test_fields_of_an_adaptive_neuron(tmp_path: Path) -> None:
    neuron = {
        "type": "ALIF",
        **{"iDecay": 1229, "vDecay": 4096, "thDecay": 205, "refDecay": 819},
        **{"vThMant": 64, "vThStep": 32, "refDelay": 1, "gradedSpike": False},
    }
    (p,) = read(tmp_path, dense([[3]], neuron=neuron)).populations
    assert p.neuron == QRefractoryLIF(
        current_decay=1228,
        voltage_decay=4096,
        threshold=64 << 6,
        threshold_decay=205,
        threshold_step=32 << 6,
        refractory_decay=819,
    )
