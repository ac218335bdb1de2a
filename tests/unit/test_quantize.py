"""Quantisation: what it proves, what it loses and says so, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.chip.profile import Constant
from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.ir import (
    LIF,
    QLIF,
    AdaptiveLIF,
    QAdaptiveLIF,
    Readout,
    SoftResetLIF,
)
from neurograph.ir.rounding import mantissa_range, mantissas, smallest_exponent
from neurograph.quantization import quantize
from neurograph.runtime.reference import run, run_float
from neurograph.testing.builders import float_layer, float_link, float_network
from neurograph.testing.chips import bare_chip
from neurograph.verify import compare

STEPS, ROWS, WIDE, HIDDEN, OUT = 8, 3, 12, 16, 6
profile = partial(bare_chip, weight_bits=8, payload_bits=24)
NEURONS = {
    "if": LIF(voltage_decay=0.0, threshold=2.0),
    "lif": LIF(current_decay=0.7, voltage_decay=0.5, threshold=1.5),
    "memoryless lif": LIF(voltage_decay=1.0, threshold=1.0),
    "soft": SoftResetLIF(voltage_decay=0.1, threshold=2.0),
    "adaptive": AdaptiveLIF(
        voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2
    ),
}


def network(neuron=NEURONS["adaptive"], *, seed=0, latency=1, loop=False, binary=False, gain=1.0):
    rng = np.random.default_rng(seed)

    def dense(source, target, mix, out, wide, fan):
        weight = gain * rng.normal(0, 1.2 / np.sqrt(fan), (out, wide))
        return float_link(source, target, weight, mix=mix)

    links = [
        dense("x", "h", [[1, 1, 0], [0, 0, 1]], HIDDEN, WIDE, 1.5 * WIDE),
        dense("h", "o", [[1, 2]], OUT, HIDDEN, HIDDEN),
        dense("x", "o", [[1, 0, 0]], OUT, WIDE, WIDE),
    ]
    if loop:
        links.append(dense("h", "h", np.eye(2), HIDDEN, HIDDEN, 4 * HIDDEN))
    readout = Readout(source="o", weight=rng.normal(size=(4, STEPS * OUT)), bias=rng.normal(size=4))
    layers = [
        float_layer(name, rows, channels, neuron, bias=rng.normal(0, 0.1, channels))
        for name, rows, channels in (("h", 2, HIDDEN), ("o", 1, OUT))
    ]
    return float_network(
        layers, links, binary=binary, steps=STEPS, latency=latency, readout=readout
    )


def features(targets, seed=9, *, binary=False):
    shape = (targets, STEPS, ROWS, WIDE)
    rng = np.random.default_rng(seed)
    return {"x": (rng.random(shape) < 0.3 if binary else rng.normal(size=shape)).astype(np.float32)}


def agreement(net, quantized, inputs):
    nodes = np.arange(len(inputs["x"]))
    floats = run_float(net, inputs, nodes)
    payloads = quantized.encode(inputs)
    integers = run(quantized, payloads, nodes)
    return floats, integers, compare(floats, integers)


def error_of(quantized, where, what):
    (error,) = [x for x in quantized.errors if (x.where, x.what) == (where, what)]
    return error


# --- what it is for ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NEURONS)
@pytest.mark.parametrize("shape", ["graded", "binary", "loop", "latency"])
def test_integers_fire_where_floats_do(kind, shape):
    net = network(
        NEURONS[kind],
        binary=shape == "binary",
        loop=shape == "loop",
        latency=3 if shape == "latency" else 1,
    )
    inputs = features(64, binary=shape == "binary")
    quantized = quantize(net, profile(), features(64, seed=1, binary=shape == "binary"))
    floats, integers, agrees = agreement(net, quantized, inputs)
    for name in ("h", "o"):
        assert 0.02 < floats.spikes[name].mean() < 0.6
        same = agrees.spikes_by_population[name]
        chance = (integers.spikes[name] == np.roll(floats.spikes[name], 1, axis=0)).mean()
        assert 1 - same < 0.15 * (1 - chance)
    assert agrees.predictions > 0.8


def test_more_bits_agree_more():
    net, inputs = network(seed=3), features(64)
    same = {
        bits: agreement(
            net, quantize(net, profile(), inputs, weight_bits=bits, feature_bits=bits + 2), inputs
        )[2].spikes
        for bits in (3, 5, 8)
    }
    assert same[3] < same[5] < same[8]


def test_it_is_deterministic():
    net, inputs = network(), features(32)
    first, second = (quantize(net, profile(), inputs) for _ in range(2))
    assert first.sha256 == second.sha256
    assert first.errors == second.errors


# --- what it proves ------------------------------------------------------------------------------


def worst_sums(quantized):
    """Per population and channel: every source at the sign of its weight, worked out by loops."""
    reach = {s.name: s.payload_max for s in quantized.streams}
    found = {p.name: np.zeros((p.rows, p.channels)) for p in quantized.populations}
    for j in quantized.projections:
        mix, top = j.mix.toarray(), reach.get(j.source, 1)
        for row, channel in np.ndindex(found[j.target].shape):
            raw = sum(abs(int(w)) for w in j.weight[channel]) * int(mix[row].sum()) * top
            found[j.target][row, channel] += np.ceil(raw * 2.0**j.exponent)
    return {name: sums.max(axis=0) for name, sums in found.items()}


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(sorted(NEURONS)),
    gain=st.sampled_from([0.5, 1.0, 30.0]),
    bits=st.sampled_from([4, 8]),
)
def test_no_input_at_all_makes_u_wrap(seed, kind, gain, bits):
    net = network(NEURONS[kind], seed=seed, gain=gain)
    quantized = quantize(net, profile(), features(8, seed=seed), weight_bits=bits)
    top = quantized.streams[0].payload_max
    worst = worst_sums(quantized)
    for population in quantized.populations:
        keep = 1 - (population.neuron.current_decay + 1) / 4096
        pile = sum(keep**k for k in range(quantized.updates))
        reached = worst[population.name] * 2**population.neuron.guard_bits * pile
        assert reached.max() <= fx.STATE_MAX
    # the worst input of every channel of h, at every step: payloads of the sign of its weights
    into = [j for j in quantized.projections if (j.source, j.target) == ("x", "h")]
    weight = np.sum([j.weight.astype(int) for j in into], axis=0)  # of both signs, perhaps split
    worst = np.sign(weight) * top  # (channels, inputs)
    inputs = np.repeat(worst[:, None, None, :], ROWS, axis=2)
    inputs = np.repeat(np.concatenate([inputs, -inputs]), STEPS, axis=1).astype(np.int8)
    means = {
        s.name: np.zeros((len(inputs), STEPS, ROWS, 1), np.int8)
        for s in quantized.streams
        if s.mean_of
    }
    record = run(quantized, {"x": inputs, **means}, np.arange(len(inputs)))
    bias = np.abs(quantized.populations[0].bias)
    memoryless = quantized.populations[0].neuron.current_decay == 4095
    u = record.final["h"]["u"][np.arange(HIDDEN), :, np.arange(HIDDEN)]  # of the channel aimed at
    assert (u > 0).all() or not weight.any(axis=1).all()
    short = quantized.populations[0].neuron.voltage_decay >= 2048  # a longer v may saturate
    added = bias if short else 0
    assert not memoryless or (u.max(axis=1) + added).max() <= fx.STATE_MAX


def test_weights_use_the_width_of_their_mantissas():
    quantized = quantize(network(), profile(), features(64))
    used = {j.name: int(np.abs(j.weight.astype(int)).max()) for j in quantized.projections}
    assert all(128 <= top <= 256 for top in used.values())
    assert max(used.values()) >= 230


@pytest.mark.parametrize("bits", [2, 3, 4, 6, 8])
def test_fewer_weight_bits_leave_fewer_mantissas(bits):
    quantized = quantize(network(seed=5, gain=2.0), profile(), features(32), weight_bits=bits)
    for j in quantized.projections:
        assert len(np.unique(j.weight)) <= 1 << bits
        split = j.name.endswith(("+", "-"))  # one sign: twice as fine
        assert not np.any(j.weight % ((1 if split else 2) << (8 - bits)))


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    seed=st.integers(0, 10_000),
    bits=st.integers(2, 8),
    log_gain=st.floats(-3, 12),
    sign=st.sampled_from([-1, 0, 1]),
    split=st.booleans(),
)
def test_a_rounded_weight_is_within_half_a_step(seed, bits, log_gain, sign, split):
    weight = np.random.default_rng(seed).normal(size=(3, 5))
    weight = np.abs(weight) * sign if sign else weight
    gain = 2.0 ** (log_gain + np.array([0.0, 0.3, -0.4]))  # per channel
    exponent = smallest_exponent(weight, gain, bits, split=split)
    held, inside = mantissas(weight, gain, bits, exponent, split=split)
    low, high, step = mantissa_range(weight, bits, split=split)
    assert inside.all()
    assert low <= held.min() <= held.max() <= high
    decoded = held * (2.0**exponent / gain)[:, None]
    limit = step * 2.0**exponent / gain / 2 * (1 + 1e-9)
    assert (np.abs(decoded - weight) <= limit[:, None]).all()
    if exponent > fx.WEIGHT_EXP_MIN:  # at one exponent less, the largest would not fit
        assert np.abs(weight * gain[:, None]).max() * 2.0 ** -(exponent - 1) > high - 1e-9


# --- neurons -------------------------------------------------------------------------------------


def test_constants_of_an_adaptive_neuron():
    quantized = quantize(network(), profile(), features(32))
    h = quantized.populations[0]
    assert isinstance(h.neuron, QAdaptiveLIF)
    assert h.neuron.guard_bits == 0
    assert h.neuron.threshold == tuple(round(scale) for scale in h.scale)
    assert h.neuron.threshold_step == tuple(round(0.2 * scale) for scale in h.scale)
    assert h.neuron.threshold_decay == round(0.3 * 4096)
    assert (h.neuron.voltage_decay, h.neuron.current_decay) == (4096, 4095)


def test_stock_lif_keeps_a_4096th_of_v_and_says_so():
    quantized = quantize(network(NEURONS["memoryless lif"]), profile(), features(32))
    h = quantized.populations[0]
    assert isinstance(h.neuron, QLIF)
    assert h.neuron.voltage_decay == 4095
    assert error_of(quantized, "h", "voltage decay rounded").amount == pytest.approx(1 / 4096)
    assert error_of(quantized, "h", "current decay rounded").amount == 0


def test_biases_survive():
    net = network(seed=2)
    quantized = quantize(net, profile(), features(32))
    for wanted, held in zip(net.populations, quantized.populations, strict=True):
        step = (1 << held.bias_exp) / held.unit
        assert (np.abs(held.bias / held.unit - wanted.bias) <= step / 2 * (1 + 1e-9)).all()
        assert step.max() < 0.001  # of a threshold of 1


@pytest.mark.parametrize("bias", [60.0, -60.0])
def test_a_large_bias_limits_the_scale(bias):
    net = network(NEURONS["lif"])
    h = replace(net.populations[0], bias=np.linspace(0, bias, HIDDEN))
    net = replace(net, populations=(h, net.populations[1]))
    held = quantize(net, profile(), features(32)).populations[0]
    assert held.bias[-1] / held.unit[-1] == pytest.approx(bias, rel=0.001)


def decoded_weights(quantized, name):
    """What the integer projections of one float projection hold together, in float units."""
    payload = {s.name: s.scale for s in quantized.streams}
    scales = {p.name: p.scales for p in quantized.populations}
    parts = [j for j in quantized.projections if j.name in (name, f"{name}+", f"{name}-")]
    return sum(
        j.weight * (2.0**j.exponent * payload.get(j.source, 1.0) / scales[j.target])[:, None]
        for j in parts
    )


# --- what it loses -------------------------------------------------------------------------------


def test_losses_are_those_of_the_integers():
    net, inputs = network(seed=4), features(48)
    quantized = quantize(net, profile(), inputs, weight_bits=4)
    stream = quantized.streams[0]
    for wanted in net.projections:
        decoded = decoded_weights(quantized, wanted.name)
        rms = np.sqrt(np.mean((decoded - wanted.weight) ** 2))
        assert error_of(quantized, wanted.name, "rms error of weights").amount == pytest.approx(rms)
        gone = np.count_nonzero((wanted.weight != 0) & (decoded == 0))
        assert error_of(quantized, wanted.name, "weights rounded to zero").amount == gone > 0
    clipped = np.abs(np.rint(inputs["x"] * np.float32(stream.scale))) > stream.payload_max
    error = error_of(quantized, "x", "features clipped")
    assert (error.amount, error.total) == (clipped.sum(), clipped.size)
    _, _, agrees = agreement(net, quantized, inputs)
    for name, same in agrees.spikes_by_population.items():
        error = error_of(quantized, name, "spikes that differ on calibration nodes")
        assert 1 - error.amount / error.total == pytest.approx(same)


def test_outliers_are_clipped_so_that_the_many_keep_their_resolution():
    inputs = features(64)
    inputs["x"][0, 0, 0, 0] = 500.0
    net = network()
    quantized = quantize(net, profile(), inputs)
    assert error_of(quantized, "x", "features clipped").amount >= 1
    assert agreement(net, quantized, inputs)[2].spikes > 0.97


def test_features_of_small_range_are_not_clipped():
    inputs = {"x": np.sign(features(64)["x"])}
    quantized = quantize(network(), profile(), inputs)
    assert quantized.streams[0].scale == pytest.approx(127.0)
    assert error_of(quantized, "x", "features clipped").amount == 0


def test_an_all_zero_projection_is_kept():
    net = network()
    empty = replace(net.projections[2], weight=np.zeros((OUT, WIDE)))
    net = replace(net, projections=(*net.projections[:2], empty))
    quantized = quantize(net, profile(), features(32))
    assert not quantized.projections[2].weight.any()
    assert error_of(quantized, "x->o", "weights rounded to zero").total == 0


def test_constant_zero_features_are_quantised():
    quantized = quantize(network(), profile(), {"x": np.zeros((4, STEPS, ROWS, WIDE))})
    assert quantized.streams[0].scale == 1.0


# --- what it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: quantize(network(), profile(), features(0)),
            "calibration without nodes: give inputs of at least one training node",
        ),
        (
            lambda: quantize(network(), profile(), {}),
            "calibration without nodes: give inputs of at least one training node",
        ),
        (
            lambda: quantize(network(), profile(), features(4), weight_bits=9),
            "weights of 9 bits, profile 'test' has 8; use fewer weight bits",
        ),
        (
            lambda: quantize(network(), profile(), features(4), weight_bits=1),
            "weights of 1 bits; at least 2, sign included",
        ),
        (
            lambda: quantize(network(), profile(payload_bits=1), features(4)),
            "x: features of 8 bits, profile 'test' has 1; use fewer feature bits, binary "
            "features, or a chip with graded spikes",
        ),
        (
            lambda: quantize(network(), profile(), {"x": features(4)["x"][:, :, :2]}),
            f"x: input (4, {STEPS}, 2, {WIDE}), needed (4, {STEPS}, {ROWS}, {WIDE}) "
            "(nodes, steps, rows, channels)",
        ),
        (
            lambda: quantize(network(), profile(), {"x": features(4)["x"] * np.nan}),
            "x: input[0, 0, 0, 0] is not a finite number",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(NetworkError) as error:
        call()
    assert str(error.value) == message


def test_binary_features_need_no_graded_spikes():
    net = network(binary=True)
    quantized = quantize(net, profile(payload_bits=1), features(16, binary=True))
    assert quantized.streams[0].bits == 1


def test_an_unknown_limit_is_no_limit():
    unknown = Constant(value=None, low=None, high=None, unit="bit", source="s", basis="assumed")
    chip = profile()
    chip = replace(chip, limits={**chip.limits, "payload_bits": unknown})
    assert quantize(network(), chip, features(8), feature_bits=10).streams[0].bits == 10


def test_a_layer_that_falls_silent_is_named():
    # large weights that no input uses leave the others, all far smaller, at zero
    net = network(NEURONS["memoryless lif"])
    weight = np.full((HIDDEN, WIDE), 0.02)
    weight[:, :3] = -60.0  # too many to be outliers
    first = replace(net.projections[0], weight=weight)
    net = replace(
        net,
        populations=(replace(net.populations[0], bias=np.full(HIDDEN, 0.9)), net.populations[1]),
        projections=(first, *net.projections[1:]),
    )
    inputs = np.abs(features(16)["x"])
    inputs[..., :3] = 0.0
    with pytest.raises(NetworkError, match=r"^h: quantisation silences it: .* fires at \d+\.\d\d%"):
        quantize(net, profile(), {"x": inputs}, weight_bits=4)
