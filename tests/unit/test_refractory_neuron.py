"""The neuron of SLAYER's ALIF: by hand, as SLAYER computes it, in floats and in integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.check import check
from neurograph.chip.profiles import load_profile
from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.ir import (
    NeuronScale,
    QNetwork,
    QRefractoryLIF,
    RefractoryLIF,
    neuron_kind,
)
from neurograph.ir.passes.cut import cut, cut_payloads
from neurograph.runtime.engine import FloatArithmetic, IntegerArithmetic, trace
from neurograph.runtime.reference import go_on, run, run_float, run_plain
from neurograph.testing import (
    corner_networks,
    float_layer,
    float_link,
    float_network,
    integer_layer,
    integer_link,
    integer_network,
    one_layer,
    random_network,
)
from neurograph.testing.records import assert_same_run
from neurograph.workflow import store

STATES = ("u", "v", "theta", "refractory")
# SLAYER's device parameters (vThMant, iDecay, vDecay, thDecay, refDecay, vThStep), synaptic sums,
# and what the forward pass of lava-dl 0.6.0's slayer.neuron.alif made of them: spikes and states,
# times 4096, after the last step
FROM_SLAYER = (
    (
        (100, 1024, 512, 300, 700, 40),
        "55 77 -52 78 22 30 48 -8 106 -47 -10 8 39 12 -34 -48 -55 -47 -31 109 -24 52 68 -17 -9 16 "
        "-12 105 -26 93 76 84 -36 9 48 26 54 56 54 -45 103 36 94 -11 4 90 -25 -45 6 57 -35 88 1 "
        "-18 34 92 90 88 -5 -52",
        "010010101000100000000000010001010100101001010010000100010100",
        (4902, 63044, 16553, 49045),
    ),
    (
        (37, 4096, 100, 4000, 120, 90),
        "73 61 72 -55 -49 28 0 17 98 -22 32 -2 -7 78 -30 -3 -36 -31 -9 60 40 19 -28 76 76 -17 -46 "
        "-3 -31 76 30 28 -8 28 104 -17 71 -53 -4 98 88 -41 84 84 19 5 106 101 56 10 -21 99 -11 36 "
        "56 -16 -3 67 -23 56",
        "111000000010010000000001100000010010100110110011110100100101",
        (3584, 55553, 8131, 57536),
    ),
    (
        (64, 1, 2900, 20, 4096, 3),
        "8 4 4 1 8 -2 -1 3 4 -4 -3 4 6 3 8 0 -1 6 -5 -3 -3 0 -3 6 6 0 -5 4 -4 3 -3 8 4 8 3 5 0 6 "
        "-4 -3 0 4 1 6 8 0 0 2 4 1 3 8 5 -1 0 0 -3 -5 6 0",
        "000000000000000001000000000000001111111111111111111111111111",
        (6765, 9522, 9275, 18166),
    ),
)


def neuron(**changes):
    given = {"voltage_decay": 0, "threshold": 640, "threshold_decay": 1024, "threshold_step": 64}
    return QRefractoryLIF(**{**given, "refractory_decay": 2048, **changes})


def driven(of, sums, runner=run):
    x = np.array(sums, np.int8).reshape(1, -1, 1, 1)
    record = runner(one_layer([[1]], neuron=of, steps=len(sums)), {"x": x}, np.array([0]))
    states = {name: record.final["h"][name].item() for name in STATES}
    return record.spikes["h"].ravel().astype(int).tolist(), states


@pytest.mark.parametrize("runner", [run, run_plain])
def test_by_hand(runner):
    # v stays at 640 and is never reset; it fires as it reaches theta, 640, not above it
    # refractory 0 -> 1280 -> 640 -> 320 -> 160;  theta 704 -> 688 -> 676 -> 667
    spikes, states = driven(neuron(), [10, 0, 0, 0], runner)
    assert spikes == [1, 0, 0, 0]
    assert states == {"u": 0, "v": 640, "theta": 667, "refractory": 160}
    # in the second step 688 + 640 = 1328 is to be reached: 1344 does, 1280 does not
    spikes, states = driven(neuron(), [10, 11], runner)
    assert spikes == [1, 1]
    assert states == {"u": 704, "v": 1344, "theta": 752, "refractory": 640 + 2 * 688}
    assert driven(neuron(), [10, 10], runner)[0] == [1, 0]


@pytest.mark.parametrize("runner", [run, run_plain])
@pytest.mark.parametrize(("parameters", "sums", "spikes", "states"), FROM_SLAYER)
def test_it_is_slayers_neuron(parameters, sums, spikes, states, runner):
    threshold, current, voltage, theta, refractory, step = parameters
    of = QRefractoryLIF(
        current_decay=current - 1,
        voltage_decay=voltage,
        threshold=threshold << fx.GUARD_BITS,
        threshold_decay=theta,
        threshold_step=step << fx.GUARD_BITS,
        refractory_decay=refractory,
    )
    fired, final = driven(of, [int(a) for a in sums.split()], runner)
    assert "".join(map(str, fired)) == spikes
    assert tuple(final.values()) == states


def test_floats_say_the_same_where_nothing_is_rounded():
    """Quarters and halves of whole numbers: theta, refractory state and reaching are exact.

    The second v is what theta, 10.75, and the refractory state, 10, are together.
    """
    real = RefractoryLIF(
        voltage_decay=0.0,
        threshold=10.0,
        threshold_decay=0.25,
        threshold_step=1.0,
        refractory_decay=0.5,
    )
    network = float_network(
        [float_layer("h", 1, 1, real)], [float_link("x", "h", [[1.0]])], steps=6
    )
    x = np.array([10, 10.75, 0, -5, 9, -3]).reshape(1, 6, 1, 1)
    record = run_float(network, {"x": x}, np.array([0]))
    assert record.spikes["h"].ravel().tolist() == [True, True, False, False, True, False]
    assert set(record.final["h"]) == set(STATES)
    units = one_layer([[4]], neuron=real.rounded(NeuronScale(scale=4.0, guard_bits=6)), steps=6)
    assert units.populations[0].neuron == neuron(threshold=2560, threshold_step=256)
    found = trace(network, FloatArithmetic(network), {"x": x}, record.spikes, "h")
    np.testing.assert_array_equal(found.fired, record.spikes["h"])
    assert found.theta[0, 0, 0, 0] == np.nextafter(10.0, 0)  # which 10 exceeds


@pytest.mark.parametrize("seed", range(4))
def test_membranes_are_found_again_behind_recorded_spikes(seed):
    network, inputs = random_network(
        np.random.default_rng(seed), neuron="RefractoryLIF", recurrent=seed % 2 == 0
    )
    record = run(network, inputs, np.arange(3))
    for p in network.populations:
        found = trace(network, IntegerArithmetic(network), inputs, record.spikes, p.name)
        np.testing.assert_array_equal(found.fired, record.spikes[p.name])
        for updates in (1, 2, network.updates // 2, network.updates):  # v is never reset
            short, given = cut(network, updates), cut_payloads(network, inputs, updates)
            final = run_plain(short, given, np.arange(3)).final[p.name]
            np.testing.assert_array_equal(found.v[:, updates - 1], final["v"])


def test_a_run_goes_on_from_its_refractory_states():
    network, inputs, nodes = corner_networks()["resets, refractory states begin anew"]
    first = replace(network, steps=4, readout=None)
    begun = run(first, {name: x[:, :4] for name, x in inputs.items()}, nodes)
    assert begun.final["a"].keys() == set(STATES)
    assert_same_run(run(network, inputs, nodes), go_on(network, inputs, begun))


def test_it_survives_a_file(tmp_path):
    network = one_layer([[1]], neuron=neuron(threshold_step=3))
    store.save(network, tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert back.populations[0].neuron == network.populations[0].neuron
    assert back.sha256 == network.sha256


def test_its_kind_is_built_in_and_nothing_trains_it():
    kind = neuron_kind("RefractoryLIF")
    assert (kind.real, kind.integer) == (RefractoryLIF, QRefractoryLIF)
    assert not kind.trainable


def test_a_chip_with_neuron_programs_runs_it():
    layer = integer_layer("h", 1, 2, neuron())
    network = integer_network([layer], [integer_link("x", "h", [[2], [4]])])
    assert check(network, load_profile("loihi2")) == ()
    (violation,) = check(network, load_profile("loihi1"))
    assert violation.what == "its adaptive threshold and refractory state"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("threshold", 0, "threshold is 0, expected an integer 1 to 8388607"),
        ("threshold_step", -1, "threshold_step is -1, expected an integer 0 to 8388607"),
        ("threshold_decay", 4097, "threshold_decay is 4097, expected an integer 0 to 4096"),
        ("refractory_decay", 0.5, "refractory_decay is 0.5, expected an integer 0 to 4096"),
        ("guard_bits", 7, "guard_bits is 7, expected an integer 0 to 6"),
    ],
)
def test_what_no_field_holds_is_refused(field, value, message):
    with pytest.raises(NetworkError, match=f"QRefractoryLIF: {message}"):
        neuron(**{field: value})
