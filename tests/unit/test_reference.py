"""The two integer references agree to the bit, and mean what is worked out by hand here."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import EXACT_FLOAT32, EXACT_FLOAT64, exact_dtype
from neurograph.core.errors import NetworkError
from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QSoftResetLIF,
)
from neurograph.ir.bounds import largest_sums
from neurograph.runtime.engine import IntegerArithmetic, chunks, groups
from neurograph.runtime.engine.arithmetic import state_dtype
from neurograph.runtime.engine.scratch import borrowed
from neurograph.runtime.engine.synapses import (
    Synapses,
    emitted,
)
from neurograph.runtime.reference import run, run_plain
from neurograph.testing import (
    NEURON_KINDS,
    corner_networks,
    random_chip_network,
    random_network,
)
from neurograph.testing.builders import constant_readout, one_layer
from neurograph.verify import compare

CORNERS = corner_networks()
RUNNERS = {"plain": run_plain, "fast": run}


def single(neuron, *, weight=1, latency=1, bias=0, steps=6, exponent=0):
    """x -> h, one neuron."""
    return one_layer(
        [[weight]],
        neuron=neuron,
        exponent=exponent,
        bias=bias,
        steps=steps,
        latency=latency,
        readout=constant_readout("h", steps, weight=1.0, classes=1),
    )


def drive(runner, network, payload):
    x = np.array(payload, np.int8).reshape(1, -1, 1, 1)
    record = runner(network, {"x": x}, np.array([5]))
    state = {name: int(value[0, 0, 0]) for name, value in record.final["h"].items()}
    return record.spikes["h"][0, :, 0, 0].astype(int).tolist(), state


@pytest.fixture(params=RUNNERS)
def runner(request):
    return RUNNERS[request.param]


# --- by hand -------------------------------------------------------------------------------------


def test_lif_by_hand(runner):
    neuron = QLIF(current_decay=2047, voltage_decay=1024, threshold=10)  # u halves, v keeps 3/4
    # u: 384, 192, 96, ..;  v: 384, 480, 456, then 342 + 48 = 390; 640 is never passed
    spikes, state = drive(runner, single(neuron, steps=4), [6, 0, 0, 0])
    assert spikes == [0, 0, 0, 0]
    assert state == {"u": 48, "v": 390}
    # 8 and again 8: v = 512, then 384 + (256 + 512) = 1152 > 640, reset to 0, then 0 + 384
    spikes, state = drive(runner, single(neuron, steps=3), [8, 8, 0])
    assert spikes == [0, 1, 0]
    assert state == {"u": 384, "v": 384}


def test_soft_reset_by_hand(runner):
    neuron = QSoftResetLIF(voltage_decay=0, threshold=10)
    spikes, state = drive(runner, single(neuron, steps=4), [25, 0, 0, 0])
    # v = 1600 - 640 = 960, with u = 0 then 960 - 640 = 320, then at rest
    assert spikes == [1, 1, 0, 0]
    assert state == {"u": 0, "v": 320}


def test_adaptive_threshold_by_hand(runner):
    neuron = QAdaptiveLIF(
        voltage_decay=4096, threshold=1000, threshold_decay=1024, threshold_step=101
    )
    # theta 1000 -> 750 -> 562 (floor) -> 421 + 101 = 522 -> 391 (floor) -> 293
    spikes, state = drive(runner, single(neuron, steps=5), [15, 11, 9, 8, 0])
    assert spikes == [0, 0, 1, 0, 0]  # 960, 704, 576, 512, 0 against 1000, 750, 562, 522, 391
    assert state == {"u": 0, "v": 0, "theta": 293}


def test_soft_reset_with_fewer_guard_bits_by_hand(runner):
    given = {"current_decay": 2047, "voltage_decay": 1024, "threshold": 10}  # u halves, v keeps 3/4
    # u: 200, 100, 50, 25;  v: 200 - 80, 90 + 100 - 80, 82 + 50 - 80, 39 + 25
    neuron = QSoftResetLIF(guard_bits=3, **given)
    spikes, state = drive(runner, single(neuron, steps=4), [25, 0, 0, 0])
    assert spikes == [1, 1, 1, 0]
    assert state == {"u": 25, "v": 64}
    # u: 25, 12, 6, 3;  v: 25 - 10, 11 + 12 - 10, 9 + 6 - 10, 3 + 3
    neuron = QSoftResetLIF(guard_bits=0, **given)
    spikes, state = drive(runner, single(neuron, steps=4), [25, 0, 0, 0])
    assert spikes == [1, 1, 1, 0]
    assert state == {"u": 3, "v": 6}


def test_adaptive_threshold_with_fewer_guard_bits_by_hand(runner):
    given = {"voltage_decay": 4096, "threshold_decay": 1024}
    # theta 160 -> 120 -> 90 -> 67 (floor) + 24 = 91 -> 68 (floor); v: 8 times the payload, plus 8
    neuron = QAdaptiveLIF(guard_bits=3, threshold=160, threshold_step=24, **given)
    spikes, state = drive(runner, single(neuron, steps=4, bias=8), [19, 14, 12, 8])
    assert spikes == [0, 0, 1, 0]  # 160, 120, 104, 72 against 160, 120, 90, 91
    assert state == {"u": 64, "v": 72, "theta": 68}
    # theta 20 -> 15 -> 11 (floor) -> 8 (floor) + 3 = 11 -> 8 (floor); v: the payload plus 1
    neuron = QAdaptiveLIF(guard_bits=0, threshold=20, threshold_step=3, **given)
    spikes, state = drive(runner, single(neuron, steps=4, bias=1), [19, 14, 12, 8])
    assert spikes == [0, 0, 1, 0]  # 20, 15, 13, 9 against 20, 15, 11, 11
    assert state == {"u": 8, "v": 9, "theta": 8}


def test_fewer_guard_bits_leave_room_for_larger_sums(runner):
    given = {"voltage_decay": 4096, "threshold": (1 << 23) - 1, "threshold_decay": 0}
    a = 65 * 255 * 128  # 2,121,600: twice what 3 guard bits leave room for
    for bits, u in {0: a, 3: (a << 3) - (1 << 24)}.items():
        neuron = QAdaptiveLIF(guard_bits=bits, threshold_step=0, **given)
        _, state = drive(runner, single(neuron, steps=1, weight=255, exponent=7), [65])
        assert (state["u"], state["v"]) == (u, u)


def test_each_channel_has_its_own_threshold_and_step_in_every_row(runner):
    def fired(neuron):
        network = one_layer(
            np.eye(3, dtype=int),
            neuron=neuron,
            mix=np.eye(2, dtype=int),
            readout=constant_readout("h", 12, weight=1.0, classes=1),
        )
        x = np.array([[[10, 20, 30], [11, 21, 31]], [[20, 20, 20], [13, 24, 36]]], np.int8)
        record = runner(network, {"x": x[None]}, np.array([5]))
        states = {name: value[0].tolist() for name, value in record.final["h"].items()}
        return record.spikes["h"][0].astype(int).tolist(), states

    # v is 64 times the payload; the second row's first payloads are one above 10, 20, 30
    spikes, state = fired(QSoftResetLIF(voltage_decay=0, threshold=(10, 20, 30)))
    assert spikes == [[[0, 0, 0], [1, 1, 1]], [[1, 1, 1], [1, 1, 1]]]
    assert state["v"] == [[1280, 1280, 1280], [256, 320, 448]]
    neuron = QAdaptiveLIF(
        voltage_decay=4096,
        threshold=(640, 1280, 1920),
        threshold_decay=0,
        threshold_step=(192, 193, 512),
    )
    spikes, state = fired(neuron)  # the second row's theta: 832, 1473, 2432; v: 832, 1536, 2304
    assert spikes == [[[0, 0, 0], [1, 1, 1]], [[1, 0, 0], [0, 1, 0]]]
    assert state["theta"] == [[832, 1280, 1920], [832, 1666, 2432]]


def test_bias_goes_into_v_and_payloads_are_held_for_the_latency(runner):
    neuron = QLIF(voltage_decay=0, threshold=1000)
    spikes, state = drive(runner, single(neuron, steps=2, latency=3, bias=-5), [2, 1])
    assert state == {"u": 64, "v": 3 * 128 + 3 * 64 - 6 * 5}
    assert spikes == [0] * 6


def test_a_negative_sum_is_floored_after_the_shift(runner):
    neuron = QLIF(voltage_decay=4095, threshold=1000)
    _, state = drive(runner, single(neuron, steps=1, exponent=-3), [-1])
    assert state["u"] == -64


def test_a_wrap_changes_the_sign_of_u(runner):
    neuron = QAdaptiveLIF(
        voltage_decay=4096, threshold=(1 << 23) - 1, threshold_decay=0, threshold_step=0
    )
    _, state = drive(runner, single(neuron, steps=1, weight=255, exponent=3), [65])
    assert state["u"] == (65 * 255 * 8 << 6) - (1 << 24)


# --- plain = fast --------------------------------------------------------------------------------


def assert_identical(network, inputs, nodes):
    plain, fast = run_plain(network, inputs, nodes), run(network, inputs, nodes)
    agreement = compare(plain, fast)
    assert agreement.first_difference is None
    assert agreement.final_states is True
    np.testing.assert_array_equal(plain.logits, fast.logits)
    return plain


@pytest.mark.parametrize("name", CORNERS)
def test_fast_equals_plain_at_the_corners(name):
    assert_identical(*CORNERS[name])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    neuron=st.sampled_from(NEURON_KINDS),
    recurrent=st.booleans(),
    binary=st.booleans(),
    make=st.sampled_from([random_network, random_chip_network]),
)
def test_fast_equals_plain_on_random_networks(seed, neuron, recurrent, binary, make):
    rng = np.random.default_rng(seed)
    network, inputs = make(rng, neuron=neuron, recurrent=recurrent, binary=binary)
    record = assert_identical(network, inputs, np.arange(3))
    assert all(np.any(state["v"]) or record.spikes[n].any() for n, state in record.final.items())


@pytest.mark.parametrize("make", [random_network, random_chip_network])
@pytest.mark.parametrize("kind", NEURON_KINDS)
def test_random_networks_fire(kind, make):
    rates = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        network, inputs = make(rng, neuron=kind, recurrent=seed % 2 == 0)
        record = run(network, inputs, np.arange(3))
        rates.append([record.spikes[n].mean() for n in ("h", "o")])
    assert 0.1 < np.mean(rates) < 0.6
    assert np.mean(np.array(rates) > 0.02) > 0.9


def test_corners_reach_what_they_are_for():
    fired = {
        name: run(*case).spikes["h"].sum()
        for name, case in CORNERS.items()
        if "h" in [p.name for p in case.network.populations]
    }
    adaptive = ["adaptive", *(f"adaptive, {bits} guard bits," for bits in (0, 3))]
    # thresholds out of reach, so that v may stay clipped
    tall = [f"{kind} {what}" for kind in adaptive for what in ("u wraps", "v clips")]
    tall += [f"{kind} u with memory wraps" for kind in adaptive]
    silent = {name for name, count in fired.items() if count == 0}
    assert silent <= {*tall, "du 0 still decays", "dv 1 and dv 4095"}


def test_chunks_of_nodes_do_not_change_a_bit(monkeypatch):
    network, inputs = random_network(np.random.default_rng(3), recurrent=True, targets=7)
    whole = run(network, inputs, np.arange(7))
    monkeypatch.setattr("neurograph.runtime.engine.simulation._CHUNK_BYTES", 1)
    assert len(list(chunks(network, 7))) == 1  # the targets of a loop share each step's calls
    monkeypatch.setattr("neurograph.runtime.engine.simulation._LOOP_NODES", 1)
    assert len(list(chunks(network, 7))) == 7
    done = []
    parts = run(network, inputs, np.arange(7), progress=lambda n, of: done.append((n, of)))
    assert compare(whole, parts).identical
    assert done == [(n, 7) for n in range(1, 8)]


def test_populations_are_grouped_by_loops():
    case = CORNERS["loops and delays"]
    assert groups(case.network) == (("a", "b"),)
    network, _ = random_network(np.random.default_rng(0))
    assert groups(network) == (("h",), ("o",))


def test_downstream_of_a_loop_runs_after_it():
    network, inputs = random_network(np.random.default_rng(1), recurrent=True)
    kept = tuple(j for j in network.projections if j.name != "o->h")  # h -> h stays
    network = replace(network, projections=kept)
    assert groups(network) == (("h",), ("o",))
    assert_identical(network, inputs, np.arange(3))


# --- exact sums ----------------------------------------------------------------------------------


def test_dtypes_follow_the_bound():
    assert exact_dtype(EXACT_FLOAT32) == np.float32
    assert exact_dtype(EXACT_FLOAT32 + 1) == np.float64
    assert exact_dtype(EXACT_FLOAT64 + 1) == np.int64


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_sums_are_exact_at_every_payload_width(bits):
    rng = np.random.default_rng(bits)
    top = (1 << (bits - 1)) - 1
    mix = sp.csr_array(np.array([[3, 1, 0], [0, 0, 0], [1, 1, 1]]))
    weight = 2 * rng.integers(-128, 128, (5, 40))
    x = rng.integers(-top, top + 1, (2, 3, 3, 40))
    x[0] = top  # every product at its largest
    bound = 4 * int(np.abs(weight).sum(axis=1).max()) * top
    synapses = Synapses(mix, np.array(weight.T, exact_dtype(bound), order="C"), 0)
    want = np.einsum("qr,btrc,oc->btqo", mix.toarray(), x, weight).reshape(2, 3, -1)
    total = np.ones(want.shape, np.int64)
    synapses.add(emitted(x), total)
    np.testing.assert_array_equal(total, want + 1)


def test_an_empty_mix_adds_nothing():
    synapses = Synapses(sp.csr_array((2, 3)), np.ones((4, 5), np.float32), 0)
    total = np.zeros((6, 7, 10), np.int32)
    synapses.add(np.ones((6, 7, 3, 4), np.int8), total)
    assert not total.any()


def test_silent_rows_add_nothing_and_late_sums_are_dropped():
    """Held for two updates, one update late: of four emissions the last arrives half, or never."""
    mix, weight = sp.csr_array([[1, 0], [2, 1]]), np.array([[2.0, -4.0]], np.float32)
    x = np.zeros((1, 4, 2, 1), np.int8)
    x[0, :, 1, 0] = [3, 0, -5, 7]
    total = np.zeros((1, 8, 4), np.int32)
    Synapses(mix, weight, -1).add(x, total, lag=1, hold=2)
    wanted = np.repeat([0, 3, 0, -5, 7], [1, 2, 2, 2, 1])  # times 2 and -4, halved
    np.testing.assert_array_equal(total[0, :, 2], wanted)
    np.testing.assert_array_equal(total[0, :, 3], -2 * wanted)
    assert not total[0, :, :2].any()


@pytest.mark.parametrize("exponent", [-3, 0, 2])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_a_source_of_one_channel_is_floored_row_by_row(exponent, dtype):
    rng = np.random.default_rng(4)
    mix = sp.csr_array(np.array([[3, 1, 0], [0, 0, 0], [1, 1, 1]]))
    weight = 2 * rng.integers(-128, 128, (5, 1))
    x = rng.integers(-127, 128, (2, 4, 3, 1)).astype(np.int8)
    total = np.ones((2, 9, 15), dtype)
    Synapses(mix, weight.T.astype(np.float32), exponent).add(emitted(x), total, lag=1, hold=2)
    sums = np.einsum("qr,btrc,oc->btqo", mix.toarray(), x.astype(int), weight)
    late = np.repeat(fx.shift_sum(sums, exponent), 2, axis=1).reshape(2, 8, 15)
    np.testing.assert_array_equal(total[:, 1:], late + 1)
    assert (total[:, 0] == 1).all()


# --- states in 32 bits ---------------------------------------------------------------------------


def widest(above, *, decay=4095, soft=False):
    """A layer whose lifted sums reach 2^24 and no more, or one 64th more, and whose v is cut."""
    given = {"voltage_decay": 64, "current_decay": decay, "guard_bits": 3}
    most = (1 << 23) - 1
    neuron = (
        QSoftResetLIF(threshold=(1 << 17) - 1, **given)
        if soft
        else QAdaptiveLIF(threshold=most, threshold_decay=0, threshold_step=0, **given)
    )
    weight = np.full((2, 64 + above), -256)
    weight[1] = 254
    rng = np.random.default_rng(above)
    network = one_layer(
        weight,
        neuron=neuron,
        exponent=7,
        bits=1,
        bias=[-4000, 4000],
        bias_exp=7,
        steps=12,
        readout=constant_readout("h", 24, weight=1.0, classes=1),
    )
    share = np.array([1, 1, 0.5, 0.4])[:, None, None, None]
    x = rng.random((4, 12, 1, 64 + above)) < share
    x[1, ::2] = 0  # everything and nothing by turns
    return network, {"x": x.astype(np.int8)}


@pytest.mark.parametrize("decay", [0, 2047, 4095])
@pytest.mark.parametrize("above", [0, 1])
@pytest.mark.parametrize("soft", [False, True])
def test_states_are_in_32_bits_up_to_the_last_sum_that_fits(above, decay, soft):
    network, inputs = widest(above, decay=decay, soft=soft)
    (layer,), bound = network.populations, largest_sums(network)["h"]
    assert bound << 3 == (1 << 24) + above * (1 << 18)
    state = IntegerArithmetic(network).initial("h", 1)
    assert {state.u.dtype, state.v.dtype, state.theta.dtype} == {state_dtype(layer, bound)}
    assert state.u.dtype == (np.int64 if above else np.int32)
    assert_identical(network, inputs, np.arange(4))


def test_borrowed_memory_is_of_a_thread_and_a_name():
    first = borrowed("a", (3, 4), np.int32)
    first[:] = 7
    assert np.shares_memory(first, borrowed("a", (2,), np.float64))
    assert not np.shares_memory(first, borrowed("b", (2,), np.float64))
    grown = borrowed("a", (100, 4), np.int64)
    assert grown.shape == (100, 4)
    found = []
    other = threading.Thread(target=lambda: found.append(borrowed("a", (2,), np.int32)))
    other.start()
    other.join()
    assert not np.shares_memory(grown, found[0])


# --- inputs --------------------------------------------------------------------------------------


def bad_inputs():
    x = np.zeros((2, 6, 1, 1), np.int8)
    low = x.copy()
    low[1, 2] = -128
    return {
        "inputs ['y'], needed one per stream: ['x']": {"y": x},
        "x: input (2, 5, 1, 1), needed (2, 6, 1, 1) (nodes, steps, rows, channels)": {
            "x": x[:, :5]
        },
        "x: input is float64, integers needed (QStream.encode)": {"x": x.astype(float)},
        "x: payloads -128 to 0, 8 bits hold -127 to 127 (QStream.encode)": {"x": low},
    }


@pytest.mark.parametrize("message", bad_inputs())
def test_inputs_that_do_not_fit_are_refused(runner, message):
    network = single(QLIF(voltage_decay=0, threshold=9))
    with pytest.raises(NetworkError) as error:
        runner(network, bad_inputs()[message], np.arange(2))
    assert str(error.value) == message


def test_no_nodes_are_refused(runner):
    network = single(QLIF(voltage_decay=0, threshold=9))
    with pytest.raises(NetworkError, match="a run over no nodes"):
        runner(network, {"x": np.zeros((0, 6, 1, 1), np.int8)}, np.arange(0))


def test_plain_spikes_are_zero_or_one(runner):
    network = single(QLIF(voltage_decay=0, threshold=9))
    network = replace(network, streams=(replace(network.streams[0], bits=1),))
    with pytest.raises(NetworkError, match="payloads -1 to 0, 1 bits hold 0 to 1"):
        drive(runner, network, [0, 0, -1, 0, 0, 0])


def test_a_record_says_what_ran(runner):
    network, inputs = random_network(np.random.default_rng(2))
    record = runner(network, inputs, np.array([9, 4, 7]))
    assert record.network_sha256 == network.sha256
    assert record.nodes.tolist() == [9, 4, 7]
    assert set(record.versions) == {"numpy", "numba"}
    flat = record.spikes["o"].reshape(3, network.steps, network.latency, -1).mean(axis=2)
    want = flat.reshape(3, -1) @ network.readout.weight.T + network.readout.bias
    np.testing.assert_allclose(record.logits, want)
