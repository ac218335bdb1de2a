"""What the quantiser chooses, by which spikes, and how it tells."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import (
    LIF,
    AdaptiveLIF,
    Cause,
    Readout,
    Scheme,
    SoftResetLIF,
)
from neurograph.ir.rounding import check_ranges, pieces_of, round_network
from neurograph.quantization import choose_scheme, quantize
from neurograph.quantization.calibration import Calibration, run_floats
from neurograph.quantization.comparator import SpikeComparator
from neurograph.quantization.report import quantisation_report
from neurograph.runtime.reference import run, run_float
from neurograph.testing import corner_networks
from neurograph.testing.builders import float_layer, float_link, float_network
from neurograph.testing.chips import bare_chip

STEPS, ROWS, WIDE, HIDDEN = 9, 4, 16, 24
profile = partial(bare_chip, weight_bits=8, payload_bits=24)
ALIF = AdaptiveLIF(voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2)
SOFT = SoftResetLIF(voltage_decay=0.2, threshold=1.5)
STOCK = LIF(voltage_decay=0.5, threshold=1.5)


def network(neuron=ALIF, *, seed=0, latency=1):
    rng = np.random.default_rng(seed)

    def layer(name, rows, channels):
        return float_layer(name, rows, channels, neuron, bias=rng.normal(0, 0.05, channels))

    def link(source, target, mix, out, wide):
        weight = rng.normal(0, 1.3 / np.sqrt(wide), (out, wide))
        return float_link(source, target, weight, mix=mix)

    layers = [layer("h", 2, HIDDEN), layer("o", 1, 6)]
    links = [
        link("x", "h", [[1, 0, 0, 0], [0, 1, 1, 1]], HIDDEN, WIDE),
        link("h", "o", [[1, 1]], 6, HIDDEN),
    ]
    readout = Readout(source="o", weight=rng.normal(size=(3, STEPS * 6)), bias=np.zeros(3))
    return float_network(layers, links, steps=STEPS, latency=latency, readout=readout)


def features(targets=48, seed=5, *, alike=0.0):
    """Normal numbers; of a share of the slots, small ones that are the same in all channels."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(targets, STEPS, ROWS, WIDE))
    same = rng.random(x.shape[:3]) < alike
    small = 0.004 * (1 + np.arange(STEPS))[None, :, None, None] + np.zeros_like(x)
    return {"x": np.where(same[..., None], small, x).astype(np.float32)}


def changed(net, quantized, inputs, population):
    nodes = np.arange(len(inputs["x"]))
    floats = run_float(net, inputs, nodes)
    integers = run(quantized, quantized.encode(inputs), nodes)
    return int(np.count_nonzero(floats.spikes[population] != integers.spikes[population]))


def share(quantized, where, cause):
    (error,) = [x for x in quantized.errors if (x.where, x.cause) == (where, cause)]
    return error.amount / error.total


# --- the mean of rounding errors -----------------------------------------------------------------


def test_slots_that_are_all_alike_make_the_mean_travel():
    net, inputs = network(seed=3), features(alike=0.7)
    scheme, choices = choose_scheme(net, profile(), inputs)
    assert [s.name for s in scheme.streams] == ["x", "x.mean"]
    with_mean = round_network(net, scheme)
    alone = round_network(
        net,
        replace(
            scheme,
            streams=scheme.streams[:1],
            projections={n: g for n, g in scheme.projections.items() if "mean" not in n},
        ),
    )
    fresh = features(seed=6, alike=0.7)
    assert changed(net, with_mean, fresh, "h") < 0.5 * changed(net, alone, fresh, "h")
    (choice,) = [c for c in choices if c.what == "mean of rounding errors"]
    assert choice.where == "x.mean"
    assert "without it the best clip changes" in choice.why


def test_without_such_slots_it_stays():
    scheme, choices = choose_scheme(network(), profile(), features())
    assert [s.name for s in scheme.streams] == ["x"]
    assert ("x", "not sent") in {(c.where, c.value) for c in choices}


# --- scales --------------------------------------------------------------------------------------


@pytest.mark.parametrize("neuron", [ALIF, SOFT])
def test_a_program_has_a_scale_per_channel_and_no_guard_bits(neuron):
    quantized = quantize(network(neuron), profile(), features())
    h = quantized.populations[0]
    assert len(set(h.scale)) > HIDDEN / 2
    assert h.neuron.guard_bits == 0
    assert len(h.neuron.threshold) == HIDDEN


def test_the_fixed_lif_shares_one_scale():
    h = quantize(network(STOCK), profile(), features()).populations[0]
    assert isinstance(h.scale, float)
    assert h.neuron.guard_bits == 6


@pytest.mark.parametrize("latency", [1, 3])
def test_the_comparator_counts_what_a_whole_run_changes(latency):
    net, inputs = network(seed=2, latency=latency), features()
    scheme, _ = choose_scheme(net, profile(), inputs, weight_bits=4)
    quantized = round_network(net, scheme)
    measured = Calibration(
        network=net,
        inputs=inputs,
        activity=run_floats(net, inputs),
        streams=scheme.streams,
    )
    h = quantized.populations[0]
    found = SpikeComparator(measured, "h").changed(
        h, {"x->h": pieces_of(quantized.projections, "x->h")}
    )
    assert found.sum() == changed(net, quantized, inputs, "h") > 0


def test_the_comparator_of_a_deeper_layer_hears_the_floats_spikes():
    net, inputs = network(seed=2), features()
    fine = quantize(net, profile(), inputs)
    coarse = quantize(net, profile(), inputs, weight_bits=2, feature_bits=3)
    # its own integers are the same in both but for the scheme; the coarse layer below is not heard
    assert share(coarse, "o", Cause.OWN_INTEGERS_ALONE) < 0.5 * share(
        coarse, "o", Cause.SPIKES_DIFFER
    )
    own = Cause.OWN_INTEGERS_ALONE
    assert share(fine, "o", own) <= share(coarse, "o", own)


def test_payloads_alone_change_what_rounded_features_change_in_floats():
    net, inputs = network(seed=4), features()
    quantized = quantize(net, profile(), inputs, feature_bits=4)
    stream = quantized.streams[0]
    decoded = {"x": stream.encode(inputs["x"]) / np.float32(stream.scale)}
    nodes = np.arange(len(inputs["x"]))
    floats, rounded = run_float(net, inputs, nodes), run_float(net, decoded, nodes)
    for name in ("h", "o"):
        wanted = np.mean(floats.spikes[name] != rounded.spikes[name])
        assert share(quantized, name, Cause.PAYLOADS_ALONE) == pytest.approx(wanted)
        assert wanted > 0


# --- signs and outliers --------------------------------------------------------------------------


def test_signs_are_split_where_that_changes_fewer_spikes():
    net, inputs = network(seed=1), features()
    quantized = quantize(net, profile(), inputs, weight_bits=4)
    parts = pieces_of(quantized.projections, "x->h")
    assert [j.name for j in parts] == ["x->h+", "x->h-"]
    assert parts[0].weight.min() >= 0 >= parts[1].weight.max()
    assert parts[0].exponent == parts[1].exponent
    steps = np.abs(np.concatenate([j.weight.ravel() for j in parts])) // 16
    assert (np.abs(parts[0].weight) % 16 == 0).all()
    assert (steps % 2 == 1).any()  # odd ones, which both signs in one projection cannot hold


@pytest.mark.parametrize("neuron", [ALIF, STOCK])
def test_one_weight_a_thousand_times_the_rest_is_kept_apart(neuron):
    net, inputs = network(neuron), features()
    inputs["x"][..., 3] = 0.0  # nothing drives it, or it would drive everything
    weight = np.array(net.projections[0].weight)
    weight[5, 3] = 1000 * np.abs(weight).max()
    first = replace(net.projections[0], weight=weight)
    net = replace(net, projections=(first, net.projections[1]))
    quantized = quantize(net, profile(), inputs)
    large = [j for j in quantized.projections if ".large" in j.name]
    assert sum(np.count_nonzero(j.weight) for j in large) == 1
    assert share(quantized, "x->h", Cause.WEIGHTS_ZEROED) < 0.1
    assert changed(net, quantized, inputs, "h") < 0.02 * STEPS * 2 * HIDDEN * len(inputs["x"])
    (choice,) = [c for c in quantized.choices if c.what == "outliers apart"]
    assert choice.where == "x->h.large"


def test_a_layer_of_one_value_and_a_layer_of_zeros():
    net, inputs = network(), features()
    same = replace(net.projections[0], weight=np.full((HIDDEN, WIDE), 0.25))
    zero = replace(net.projections[1], weight=np.zeros((6, HIDDEN)))
    net = replace(net, projections=(same, zero))
    quantized = quantize(net, profile(), inputs)
    held = {w.name: w for w in quantisation_report(net, quantized).weights}
    assert (held["x->h"].levels, held["x->h"].error) == (1, pytest.approx(0.0, abs=0.002))
    assert (held["h->o"].levels, held["h->o"].largest) == (1, 0)


def test_a_threshold_beyond_17_bits_says_so():
    net = network(LIF(voltage_decay=0.5, threshold=1e9))
    with pytest.raises(NetworkError) as error:
        quantize(net, profile(), features(8))
    assert "x->h: at the largest scale that 'h' can have" in str(error.value)
    assert "threshold 1e+09), all its weights round to zero" in str(error.value)
    assert "a threshold has 17 bits in the fixed LIF" in str(error.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(value):
    weight = np.ones((HIDDEN, WIDE))
    weight[1, 2] = value
    with pytest.raises(NetworkError, match=r"^x->h: weight\[1, 2\] is not a finite number"):
        replace(network().projections[0], weight=weight)


def test_every_silenced_layer_is_named():
    net, inputs = network(STOCK), features(16)
    inputs["x"][..., :4] = 0.0
    weights = [np.array(j.weight) for j in net.projections]
    weights[0][:, :4] = 3000.0  # too many to be outliers, and nothing drives them
    net = replace(
        net,
        projections=tuple(
            replace(j, weight=w) for j, w in zip(net.projections, weights, strict=True)
        ),
    )
    with pytest.raises(NetworkError) as error:
        quantize(net, profile(), inputs, weight_bits=4)
    assert str(error.value).startswith("h: quantisation silences it: on the calibration nodes")
    assert "; o: quantisation silences it" in str(error.value)
    assert str(error.value).endswith("use more weight or feature bits")


# --- schemes -------------------------------------------------------------------------------------


def test_a_scheme_survives_json_and_gives_the_same_network():
    net, inputs = network(), features(alike=0.7)
    scheme, _ = choose_scheme(net, profile(), inputs, weight_bits=6)
    again = Scheme.from_dict(json.loads(json.dumps(scheme.to_dict())))
    assert again == scheme
    chosen = quantize(net, profile(), inputs, weight_bits=6)
    given = quantize(net, profile(), inputs, scheme=again)
    assert given.sha256 == chosen.sha256
    assert given.errors == chosen.errors
    assert {c.why for c in given.choices} == {
        "fixed in training, whose forward pass ran these integers"
    }


@pytest.mark.parametrize("damage", [{}, {"streams": [{"nam": 1}]}, {"streams": 3}])
def test_no_scheme(damage):
    with pytest.raises(NetworkError, match=r"^no quantisation scheme \(.*\); quantise again$"):
        Scheme.from_dict(damage)


def test_a_scheme_of_another_network():
    scheme, _ = choose_scheme(network(), profile(), features())
    other = network()
    renamed = tuple(replace(j, name=j.name + "2") for j in other.projections)
    with pytest.raises(NetworkError) as error:
        round_network(replace(other, projections=renamed), scheme)
    assert str(error.value) == (
        "quantisation scheme of another network: it has the projections x->h, h->o; "
        "needed x->h2, h->o2; quantise again"
    )


def test_ranges_are_checked():
    with pytest.raises(NetworkError, match=r"^h: its state can reach \d[\d,]+, limit 8,388,607"):
        check_ranges(corner_networks()["LIF u wraps"].network)
    check_ranges(quantize(network(), profile(), features()))


# --- what it tells -------------------------------------------------------------------------------


def test_every_number_has_its_reason():
    net = network()
    quantized = quantize(net, profile(), features(alike=0.7))
    told = {(c.where, c.what) for c in quantized.choices}
    assert told >= {
        ("x", "scale"),
        ("h", "scale"),
        ("h", "threshold"),
        ("h", "threshold step"),
        ("h", "bias"),
        ("x->h", "mantissas and exponent"),
        ("x.mean->h", "mantissas and exponent"),
        ("h->o", "mantissas and exponent"),
    }
    assert all(c.value and c.why for c in quantized.choices)


def test_a_report_is_that_of_the_integers():
    net, inputs = network(seed=7), features()
    quantized = quantize(net, profile(), inputs, weight_bits=4, feature_bits=4)
    found = quantisation_report(net, quantized)
    (stream,) = found.inputs
    assert stream.clip == pytest.approx(7 / quantized.streams[0].scale)
    for w in found.weights:
        parts = pieces_of(quantized.projections, w.name)
        held = np.concatenate([j.weight.ravel() * 2.0**j.exponent for j in parts])
        assert w.levels == len(set(held.tolist())) <= 31
        assert w.largest == max(int(np.abs(j.weight.astype(int)).max()) for j in parts)
        assert 3 <= w.bits_used <= 4
    h, o = found.layers
    assert h.scale == (min(quantized.populations[0].scale), max(quantized.populations[0].scale))
    assert h.differ > 0.001
    assert "--feature-bits 6" in h.suggestion
    assert any(line.startswith("h: ") for line in found.suggestions)
    assert o.own < h.differ


def test_nothing_is_suggested_where_hardly_a_spike_differs():
    net = network()
    found = quantisation_report(net, quantize(net, profile(), features(), feature_bits=16))
    fine = [layer for layer in found.layers if layer.differ < 0.001]
    assert fine
    assert not any(layer.suggestion for layer in fine)
    assert not any(line.startswith(f"{fine[0].name}: ") for line in found.suggestions)
