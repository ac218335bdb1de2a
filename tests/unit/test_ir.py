"""The IR: what is refused, when each population starts, what a fingerprint covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.core.errors import NetworkError
from neurograph.ir import (
    LIF,
    QLIF,
    AdaptiveLIF,
    Network,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QProjection,
    QSoftResetLIF,
    QStream,
    Readout,
    Stream,
)
from neurograph.ir.bounds import Term, largest_sum, largest_sums, terms
from neurograph.testing import NEURON_KINDS, corner_networks, random_network
from neurograph.testing.builders import (
    constant_readout,
    float_layer,
    float_link,
    integer_layer,
    integer_network,
)

ONE = sp.csr_array(np.ones((1, 1)))


def link(source, target, *, weight=((1, 1), (1, 1)), mix=ONE, delay=0, name=None):
    return float_link(
        source, target, weight, mix=mix, delay=delay, name=name or f"{source}-{target}"
    )


def layer(name, rows=1):
    return float_layer(name, rows, 2, LIF(voltage_decay=1.0, threshold=1.0))


def network(*projections, populations=("h",), steps=3, read="h"):
    layers = tuple(layer(name) for name in populations)
    readout = constant_readout(read, steps * 2, weight=1.0)
    stream = Stream(name="x", rows=1, channels=2)
    return Network(
        streams=(stream,), populations=layers, projections=projections, readout=readout, steps=steps
    )


# --- wiring --------------------------------------------------------------------------------------


def test_a_population_starts_when_its_first_input_arrives():
    net = network(
        link("x", "a"), link("a", "b"), link("x", "b", delay=3), populations=("a", "b"), read="b"
    )
    assert net.wiring.start == {"x": 0, "a": 1, "b": 2}
    assert net.wiring.lag == {"x-a": 0, "a-b": 0, "x-b": 2}
    assert net.wiring.depth == 2


def test_a_delayed_first_input_delays_the_start_and_not_the_clock():
    net = network(link("x", "a", delay=4), populations=("a",), read="a")
    assert net.wiring.start["a"] == 5
    assert net.wiring.lag["x-a"] == 0


def test_a_loop_lags_by_its_length():
    net = network(
        link("x", "a"),
        link("a", "b"),
        link("b", "a", delay=1),
        link("a", "a"),
        populations=("a", "b"),
        read="b",
    )
    assert net.wiring.lag == {"x-a": 0, "a-b": 0, "b-a": 3, "a-a": 1}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: network(link("x", "h"), populations=("h", "g")), "no input reaches g"),
        (lambda: network(link("x", "h"), link("x", "h")), "two projections are called 'x-h'"),
        (lambda: network(link("x", "h"), populations=("h", "h")), "two layers are called 'h'"),
        (lambda: network(link("y", "h")), "x-h|y-h: no layer 'y'; known: x, h"),
        (
            lambda: network(link("x", "h", weight=np.ones((2, 3)))),
            r"weight \(2, 3\), needed \(2, 2\)",
        ),
        (
            lambda: network(link("x", "h", mix=sp.csr_array(np.ones((2, 1))))),
            r"mix \(2, 1\), needed \(1, 1\)",
        ),
        (lambda: network(link("x", "h"), read="z"), "readout: no population 'z'; known: h"),
        (lambda: replace(network(link("x", "h")), steps=4), "weight has 6 inputs, needed 8"),
        (lambda: replace(network(link("x", "h")), latency=0), "both must be at least 1"),
        (lambda: link("x", "h", weight=np.array([[1, np.nan]])), r"x-h: weight\[0, 1\]"),
        (lambda: link("x", "h", mix=sp.csr_array([[0.5]])), "non-negative integers"),
        (lambda: link("x", "h", mix=sp.csr_array([[-1]])), "non-negative integers"),
        (lambda: LIF(voltage_decay=1.5, threshold=1.0), "LIF.voltage_decay is 1.5"),
        (lambda: LIF(voltage_decay=1.0, threshold=0.0), "LIF.threshold is 0.0"),
        (
            lambda: AdaptiveLIF(
                voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=-1.0
            ),
            "threshold_step is -1.0",
        ),
        (lambda: replace(layer("h"), bias=np.array([1.0, np.inf])), "h: bias must be 2 finite"),
    ],
)
def test_a_float_network_that_cannot_be_is_refused(build, message):
    with pytest.raises(NetworkError, match=message):
        build()


# --- integers ------------------------------------------------------------------------------------


def mantissas(weight, **changes):
    return QProjection(
        name="p", source="x", target="h", mix=ONE, weight=np.asarray(weight), **changes
    )


@pytest.mark.parametrize(
    "weight", [[[-256, 254]], [[0, 255]], [[-255, 0]], [[0, 0]], [[255, 1]], [[-3, -7]]]
)
def test_the_chips_mantissas_are_accepted(weight):
    assert mantissas(weight).weight.tolist() == weight


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([[-2, 3]], r"weight\[0,1\] = 3 \(1 such\); the chip holds -256..254, even values only"),
        ([[-2, 256]], r"weight\[0,1\] = 256"),
        ([[-258, 2]], r"weight\[0,0\] = -258"),
        ([[256, 0]], r"weight\[0,0\] = 256 \(1 such\); the chip holds 0..255"),
        ([[-256, 0]], r"weight\[0,0\] = -256 \(1 such\); the chip holds -255..0"),
        ([[1.0, 2.0]], "weights are float64, integers needed"),
    ],
)
def test_other_mantissas_are_refused(weight, message):
    with pytest.raises(NetworkError, match=message):
        mantissas(weight)


@pytest.mark.parametrize(
    "build",
    [
        lambda: QLIF(voltage_decay=4096, threshold=1),
        lambda: QLIF(voltage_decay=0, threshold=0),
        lambda: QLIF(voltage_decay=0, threshold=1 << 17),
        lambda: QLIF(voltage_decay=0, threshold=1, current_decay=4096),
        lambda: QLIF(voltage_decay=0.5, threshold=1),
        lambda: QSoftResetLIF(voltage_decay=4097, threshold=1),
        lambda: QAdaptiveLIF(
            voltage_decay=0, threshold=1 << 23, threshold_decay=1, threshold_step=0
        ),
        lambda: mantissas([[2]], exponent=8),
        lambda: mantissas([[2]], exponent=-9),
        lambda: mantissas([[2]], delay=63),
        lambda: QStream(name="x", rows=1, channels=1, bits=25),
        lambda: QStream(name="x", rows=1, channels=1, scale=0.0),
    ],
)
def test_integers_out_of_range_are_refused(build):
    with pytest.raises(NetworkError):
        build()


def test_a_theta_that_could_leave_24_bits_is_refused():
    with pytest.raises(NetworkError, match=r"theta can reach 20,?480,?000"):
        QAdaptiveLIF(voltage_decay=0, threshold=1, threshold_decay=1, threshold_step=5000)


def test_chip_programs_of_our_own_may_drop_v_whole():
    assert QSoftResetLIF(voltage_decay=4096, threshold=1).voltage_decay == 4096


def test_bias_is_mantissa_shifted_by_exponent():
    neuron = QLIF(voltage_decay=0, threshold=1)
    population = QPopulation(
        name="h", rows=1, channels=2, neuron=neuron, bias_mant=np.array([-3, 4095]), bias_exp=7
    )
    assert population.bias.tolist() == [-384, 524_160]
    with pytest.raises(NetworkError, match=r"h: bias\[1\] is 4096, expected .* -4095 to 4095"):
        replace(population, bias_mant=np.array([0, 4096]))


def test_a_payload_is_rounded_and_clipped():
    stream = QStream(name="x", rows=1, channels=1, bits=4, scale=2.0)
    x = np.array([0.2, 0.3, -1.3, 9.0, -9.0])
    assert stream.encode(x).tolist() == [0, 1, -3, 7, -7]
    assert stream.encode(x).dtype == np.int8
    assert QStream(name="x", rows=1, channels=1, bits=1).encode(
        np.array([1.0, 0.0, -3.0])
    ).tolist() == [1, 0, 0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_payload_does_not_depend_on_the_features_width(dtype):
    x = np.random.default_rng(0).normal(size=1000).astype(np.float16)
    stream = QStream(name="x", rows=1, channels=1, scale=31.7)
    assert stream.encode(x.astype(dtype)).tolist() == stream.encode(x).tolist()


def test_arrays_are_read_only_copies():
    weight = np.array([[2, 4]])
    held = mantissas(weight)
    weight[0, 0] = 6
    assert held.weight[0, 0] == 2
    with pytest.raises(ValueError, match="read-only"):
        held.weight[0, 0] = 8


# --- fingerprint, readout, bounds ----------------------------------------------------------------


def variants(net: QNetwork) -> dict[str, QNetwork]:
    (h, o), (first, *rest) = net.populations, net.projections
    return {
        "neuron": replace(net, populations=(replace(h, neuron=replace(h.neuron, threshold=7)), o)),
        "bias": replace(net, populations=(replace(h, bias_mant=h.bias_mant + 1), o)),
        "bias exponent": replace(net, populations=(replace(h, bias_exp=h.bias_exp + 1), o)),
        "weight": replace(net, projections=(replace(first, weight=first.weight // 4 * 2), *rest)),
        "exponent": replace(net, projections=(replace(first, exponent=1), *rest)),
        "delay": replace(net, projections=(replace(first, delay=9), *rest)),
        "mix": replace(net, projections=(replace(first, mix=first.mix * 2), *rest)),
        "stream": replace(net, streams=(replace(net.streams[0], scale=3.0),)),
        "readout": replace(net, readout=replace(net.readout, bias=net.readout.bias + 1)),
        "latency": replace(net, latency=net.latency + 1),
    }


def test_a_fingerprint_changes_with_everything_that_decides_a_spike():
    net, _ = random_network(np.random.default_rng(0))
    same, _ = random_network(np.random.default_rng(0))
    assert net.sha256 == same.sha256
    others = {name: other.sha256 for name, other in variants(net).items()}
    assert net.sha256 not in others.values()
    assert len(set(others.values())) == len(others)


def test_the_readout_sees_the_mean_over_latency_steps():
    weight = np.array([[1.0, 10.0, 100.0, 1000.0]])  # 2 steps of 2 neurons
    readout = Readout(source="h", weight=weight, bias=np.array([0.5]))
    spikes = np.zeros((1, 4, 1, 2), bool)  # 2 steps of latency 2
    spikes[0, 0, 0, 0] = spikes[0, 2, 0, 1] = spikes[0, 3, 0, 1] = True
    assert readout.logits(spikes, 2).tolist() == [[0.5 + 0.5 + 1000.0]]


def test_bounds_by_hand():
    projection = mantissas([[2, -4], [6, 6]], exponent=-2)
    net = integer_network(
        [integer_layer("h", 1, 2)], [replace(projection, mix=sp.csr_array([[3]]))], bits=8
    )
    (term,) = terms(net)["h"]
    assert term.largest().tolist() == [[3 * 6 * 127, 3 * 12 * 127]]
    assert largest_sums(net) == {"h": 3 * 12 * 127 // 4}


def term(weight, mix, exponent=0, payload_max=1):
    return Term(
        name="p",
        mix=sp.csr_array(mix),
        weight=np.array(weight),
        exponent=exponent,
        payload_max=payload_max,
    )


def test_a_right_shift_of_a_bound_is_that_of_its_negative():
    assert term([[5]], [[1]], exponent=-2).largest_shifted().tolist() == [[2]]  # -5 >> 2 is -2
    assert term([[5]], [[1]], exponent=3).largest_shifted().tolist() == [[40]]


def test_terms_into_other_rows_do_not_add_up():
    both = [term([[6], [2]], [[1], [0]]), term([[2], [8]], [[0], [3]])]
    assert largest_sum(both) == 24
    assert largest_sum([*both, term([[10], [0]], [[1], [1]])]) == 24  # 16 and 3 * 2 + 10, and 24


def test_a_bound_beyond_62_bits_is_refused():
    with pytest.raises(NetworkError, match="p: a synaptic sum can reach"):
        term([[255]], [[20_000]], exponent=7, payload_max=1 << 50).largest()


def test_corner_and_random_networks_wrap_at_most_once():
    nets = [case.network for case in corner_networks().values()]
    nets += [
        random_network(np.random.default_rng(seed), neuron=kind, recurrent=True)[0]
        for seed in range(20)
        for kind in NEURON_KINDS
    ]
    for net in nets:
        largest = largest_sums(net)
        assert max(largest[p.name] << p.neuron.guard_bits for p in net.populations) <= 1 << 24


def test_numpy_scalars_do_not_change_a_fingerprint() -> None:
    """`repr` of a NumPy scalar names its type; a network from a file must still be the same."""
    plain = QStream(name="x", rows=1, channels=2, bits=8, scale=0.5)
    scalar = QStream(name="x", rows=1, channels=2, bits=np.int64(8), scale=np.float64(0.5))
    assert repr(plain) == repr(scalar)
    assert repr(QLIF(voltage_decay=np.int64(3), threshold=np.int32(9))) == repr(
        QLIF(voltage_decay=3, threshold=9)
    )
