"""Populations that begin anew from time to time: when, with what, and on which clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import QLIF, PeriodicReset, QAdaptiveLIF, QNetwork, QRelay
from neurograph.ir.passes.cut import cut, cut_payloads
from neurograph.ir.passes.on_chip_readout import LOGITS, readout_on_chip
from neurograph.ir.readout_grid import round_readout
from neurograph.ir.rounding import out_of_range
from neurograph.ir.values import written_fields
from neurograph.runtime.engine import IntegerArithmetic, trace
from neurograph.runtime.reference import go_on, run, run_plain
from neurograph.testing import (
    corner_networks,
    integer_chain,
    integer_layer,
    integer_link,
    integer_network,
    one_layer,
)
from neurograph.testing.records import assert_same_run
from neurograph.testing.resident_corners import resident_corners
from neurograph.workflow import store

COUNTER = QLIF(voltage_decay=0, threshold=10)  # keeps all of v; fires above 640
CORNERS = [name for name, case in corner_networks().items() if name.startswith("resets")]


def timed(reset, *, neuron=COUNTER, steps=8, together=True):
    """x -> h, one neuron, whose bias adds 4 units of a sum."""
    layer = integer_layer("h", 1, 1, neuron, bias=4, bias_exp=6, reset=reset)
    links = [integer_link("x", "h", [[1]])]
    return integer_network([layer], links, steps=steps, begin_together=together)


def alone(network, runner=run_plain):
    x = np.zeros((1, network.steps, 1, 1), np.int8)
    record = runner(network, {"x": x}, np.array([0]))
    return record.spikes["h"].ravel().astype(int).tolist(), record.final["h"]


@pytest.mark.parametrize("runner", [run, run_plain])
def test_it_acts_before_the_update(runner):
    # v counts 4, 8, 12 (fires above 10); anew before updates 2 and 7
    spikes, final = alone(timed(PeriodicReset(interval=5, offset=2)), runner)
    assert spikes == [0, 0, 0, 0, 1, 0, 0, 0]
    assert final["v"].item() == 4 * 64


@pytest.mark.parametrize("runner", [run, run_plain])
def test_a_threshold_returns_to_where_it_was(runner):
    neuron = QAdaptiveLIF(voltage_decay=0, threshold=200, threshold_decay=1, threshold_step=2000)
    # fires in update 0, which lifts theta out of reach, until all is as at first
    spikes, final = alone(timed(PeriodicReset(interval=3), neuron=neuron, steps=7), runner)
    assert spikes == [1, 0, 0, 1, 0, 0, 1]
    assert final["theta"].item() == 2199


def test_it_is_told_on_the_populations_own_clock():
    reset = PeriodicReset(interval=5, offset=2)
    layers = [integer_layer("h", 1, 1, COUNTER, bias=4, bias_exp=6, reset=reset)]
    links = [integer_link("x", "h", [[1]], delay=3)]
    late = integer_network(layers, links, steps=8)
    assert late.wiring.start["h"] == 4
    assert alone(late)[0] == alone(timed(reset))[0]


@pytest.mark.parametrize("name", CORNERS)
def test_membranes_and_thresholds_are_found_again_behind_recorded_spikes(name):
    network, inputs, nodes = corner_networks()[name]
    record = run(network, inputs, nodes)
    for p in network.populations:
        found = trace(network, IntegerArithmetic(network), inputs, record.spikes, p.name)
        np.testing.assert_array_equal(found.fired, record.spikes[p.name])
    if "thresholds" in name:
        a = trace(network, IntegerArithmetic(network), inputs, record.spikes, "a")
        assert (a.theta[:, 1::4] == np.array([2500])).all()  # anew in updates 1, 5, ..
        assert (a.theta[:, 2:] != 2500).any()


@pytest.mark.parametrize("name", [*CORNERS, "images, one after the other"])
def test_a_run_goes_on_at_the_same_beat(name):
    network, inputs, nodes = corner_networks()[name]
    want = run(network, inputs, nodes)
    for done in (1, network.steps // 2, network.steps - 1):
        first = replace(network, steps=done, readout=None)
        begun = run(first, {n: x[:, :done] for n, x in inputs.items()}, nodes)
        assert_same_run(want, go_on(network, inputs, begun))


def test_a_network_that_is_cut_short_begins_anew_as_often():
    network, inputs, nodes = corner_networks()["resets, thresholds begin anew"]
    want = run(network, inputs, nodes)
    got = run_plain(cut(network, 11), cut_payloads(network, inputs, 11), nodes)
    for p in network.populations:
        np.testing.assert_array_equal(got.spikes[p.name], want.spikes[p.name][:, :11])


def test_pieces_begin_where_it_acts():
    reset = PeriodicReset(interval=4, offset=1)
    assert list(reset.pieces(0, 10)) == [(0, 1), (1, 5), (5, 9), (9, 10)]
    assert list(reset.pieces(1, 5)) == [(1, 5)]
    assert list(reset.pieces(5, 6)) == [(5, 6)]
    assert list(reset.pieces(3, 3)) == []
    for since in range(9):
        later = reset.since(since)
        acts = [reset.acts_before(k) for k in range(since, since + 12)]
        assert acts == [later.acts_before(k) for k in range(12)]


def test_what_begins_anew_accumulates_less():
    """A current that is kept nearly for ever leaves 24 bits in 40 updates, and not in 4."""
    kept = QLIF(current_decay=0, voltage_decay=4095, threshold=1000)
    network = one_layer([[254]], neuron=kept, exponent=2, bits=6, steps=40)
    assert out_of_range(network).keys() == {"h"}
    layer = replace(network.populations[0], reset=PeriodicReset(interval=4))
    assert out_of_range(replace(network, populations=(layer,))) == {}


def test_it_is_another_network_and_survives_a_file(tmp_path):
    network = timed(PeriodicReset(interval=5, offset=2))
    never = replace(network, populations=(replace(network.populations[0], reset=None),))
    other = replace(
        network, populations=(replace(never.populations[0], reset=PeriodicReset(interval=5)),)
    )
    assert len({network.sha256, never.sha256, other.sha256}) == 3
    store.save(network, tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert back.populations[0].reset == PeriodicReset(interval=5, offset=2)
    assert back.sha256 == network.sha256
    assert "reset" not in written_fields(never.populations[0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PeriodicReset(interval=0), "reset: interval is 0, expected an integer of at"),
        (lambda: PeriodicReset(interval=2.5), "reset: interval is 2.5, expected an integer"),
        (lambda: PeriodicReset(interval=4, offset=4), "reset: offset is 4, .* 0 to 3"),
        (
            lambda: integer_layer("h", 1, 1, reset=3),
            "h: reset is 3, expected a PeriodicReset or None",
        ),
        (
            lambda: integer_layer("r", 1, 1, QRelay(), reset=PeriodicReset(interval=2)),
            "r: a Relay holds nothing that a reset",
        ),
    ],
)
def test_what_is_no_reset_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_accumulators_of_a_readout_are_never_reset():
    network = integer_chain(("x", 1, 2), ("h", 1, 3), steps=3)
    rounded = replace(network, readout=round_readout(network.readout, 3, 1))
    on_chip = readout_on_chip(rounded)
    populations = tuple(
        replace(p, reset=PeriodicReset(interval=2)) if p.name == LOGITS else p
        for p in on_chip.populations
    )
    with pytest.raises(NetworkError, match=r"no row of accumulators; .* and no reset"):
        replace(on_chip, populations=populations)


def test_nodes_that_hear_each_other_are_not_reset():
    network = resident_corners()["recurrence"].network
    p = replace(network.populations[-1], reset=PeriodicReset(interval=2))
    with pytest.raises(NetworkError, match=f"the reset of '{p.name}': not where nodes hear"):
        replace(network, populations=(*network.populations[:-1], p))
