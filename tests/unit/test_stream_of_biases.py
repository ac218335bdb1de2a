"""A stream whose integers are biases: what it adds, what it costs, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.check import check
from neurograph.chip.footprint import footprints
from neurograph.chip.place import place
from neurograph.chip.profiles import load_profile
from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.cost.energy.events import events_of
from neurograph.ir import QLIF, QNetwork, QRelay
from neurograph.ir.passes.cut import cut, cut_payloads
from neurograph.ir.rounding import out_of_range
from neurograph.ir.values import written_fields
from neurograph.runtime.engine import IntegerArithmetic, trace
from neurograph.runtime.reference import count_events, go_on, run, run_plain
from neurograph.testing import corner_networks, integer_layer, integer_link, integer_network
from neurograph.testing.chips import with_limits
from neurograph.testing.records import assert_same_run
from neurograph.testing.resident_corners import resident_corners
from neurograph.workflow import store

COUNTER = QLIF(voltage_decay=0, threshold=10)  # keeps all of v; fires above 640
NODES = np.array([4])


def one_layer(*, steps=4, latency=1, bias=0, bias_bits=12, exponent=6, channels=1, neuron=COUNTER):
    layer = integer_layer("h", 1, channels, neuron, bias=bias, bias_exp=exponent, bias_from="image")
    return integer_network(
        [layer], [], steps=steps, latency=latency, bias_bits=bias_bits, begin_together=True
    )


def image(values):
    return {"image": np.array(values, np.int32).reshape(1, len(values), 1, -1)}


@pytest.mark.parametrize("runner", [run, run_plain])
def test_it_is_added_to_v_in_the_very_update(runner):
    # mantissas 4, 7, 11, -3 times 64: v = 256, 704 (fires), 704 (fires), -192
    record = runner(one_layer(), image([4, 7, 11, -3]), NODES)
    assert record.spikes["h"].ravel().tolist() == [False, True, True, False]
    assert record.final["h"]["v"].item() == -192
    assert record.final["h"]["u"].item() == 0


@pytest.mark.parametrize("runner", [run, run_plain])
def test_it_adds_to_the_populations_own_and_is_held_for_a_snapshot(runner):
    # 2 of its own: 5, 10, 15 (fires); 4, 8, 12 (fires), in units of 64
    record = runner(one_layer(steps=2, latency=3, bias=2), image([3, 2]), NODES)
    assert record.spikes["h"].ravel().tolist() == [False, False, True, False, False, True]


def test_a_population_whose_bias_a_stream_sets_begins_at_once():
    network = corner_networks()["biases besides inputs"].network
    assert not network.begin_together
    assert network.wiring.start == {"x": 0, "image": 0, "a": 0, "b": 0, "c": 1}
    assert network.wiring.lag == {"x->a": 2, "a->b": 1, "b->c": 0}


def test_it_has_neither_synapse_nor_axon_and_sends_nothing():
    network, inputs = one_layer(channels=3), image([[4, 0, 0], [4, 0, 9], [4, 7, 9], [0, 7, 9]])
    profile = load_profile("loihi1")  # which has no graded spikes, and 13 bits of a bias
    assert check(network, profile) == ()
    placement = place(network, profile, replicas=1)
    record = run(network, inputs, NODES)
    counts = count_events(network, inputs, record)
    assert counts.sent["image"].shape == (4, 1, 3)
    assert counts.spikes["image"] == 0
    assert counts.synaptic_ops == {}
    assert counts.bytes_in == 2 * 4  # 12 bits of what changes: 4, 9, 7, and the 4 that ends
    (footprint,) = footprints(network)
    assert footprint.synapses.tolist() == footprint.axons_in.tolist() == [0, 0, 0]
    kinds = {e.kind for e in events_of(network, placement, counts, None) if e.per_inference}
    assert kinds <= {"update_active", "update_inactive", "spike", "message"}  # to the host


def test_a_chip_holds_so_many_bits_of_it():
    network, profile = one_layer(bias_bits=13), load_profile("loihi1")
    assert check(network, profile) == ()
    (violation,) = check(network, with_limits(profile, bias_mantissa_bits=12))
    assert (violation.where, violation.what, violation.needed) == ("h", "its bias", 13)


def test_its_range_is_part_of_the_proof():
    wide = replace(COUNTER, voltage_decay=4095)
    network = one_layer(bias_bits=13, exponent=7, neuron=wide)
    assert network.largest_bias(network.populations[0]).tolist() == [fx.BIAS_MANT_MAX << 7]
    assert out_of_range(network) == {}
    strong = integer_link("x", "h", [[254]], exponent=7)  # 254 << 7 << 6, of spikes
    for bits, beyond in ((2, set()), (13, {"h"})):
        layer = integer_layer("h", 1, 1, wide, bias_exp=7, bias_from="image")
        links = [replace(strong, name=f"p{n}") for n in range(4)]
        both = integer_network([layer], links, bias_bits=bits, begin_together=True)
        assert out_of_range(both).keys() == beyond


def test_it_is_another_network_and_survives_a_file(tmp_path):
    network = one_layer()
    constant = replace(network, populations=(replace(network.populations[0], bias_from=""),))
    assert network.sha256 != constant.sha256
    store.save(network, tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert back.populations[0].bias_from == "image"
    assert back.sha256 == network.sha256
    assert "bias_from" not in written_fields(constant.populations[0])


def test_membranes_are_found_again_behind_recorded_spikes():
    network, inputs, nodes = corner_networks()["biases besides inputs"]
    record = run(network, inputs, nodes)
    for p in network.populations:
        found = trace(network, IntegerArithmetic(network), inputs, record.spikes, p.name)
        np.testing.assert_array_equal(found.fired, record.spikes[p.name])


@pytest.mark.parametrize("name", ["biases from a stream", "biases besides inputs"])
def test_a_network_that_is_cut_short_is_what_it_was_till_then(name):
    network, inputs, nodes = corner_networks()[name]
    want = run(network, inputs, nodes)
    short = cut(network, 5)
    got = run_plain(short, cut_payloads(network, inputs, 5), nodes)
    for p in network.populations:
        np.testing.assert_array_equal(got.spikes[p.name], want.spikes[p.name][:, :5])


def test_a_run_goes_on_with_the_biases_of_later_snapshots():
    network, inputs, nodes = corner_networks()["biases from a stream"]
    first = replace(network, steps=4, readout=None)
    begun = run(first, {name: x[:, :4] for name, x in inputs.items()}, nodes)
    assert_same_run(run(network, inputs, nodes), go_on(network, inputs, begun))


def _with(**changes):
    network = one_layer()
    return replace(network, populations=(replace(network.populations[0], **changes),))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _with(bias_from="picture"), "from 'picture', no such stream; known: image"),
        (
            lambda: replace(one_layer(), streams=one_layer(channels=2).streams),
            "of 1 rows x 2 channels, needed 1 x 1, a number for each neuron",
        ),
        (
            lambda: replace(one_layer(), projections=(integer_link("image", "h", [[1]]),)),
            "which also sends along image->h; needed a stream for each",
        ),
        (lambda: one_layer(bias_bits=14), "can reach 8,191, limit 4,095.* fewer bits"),
        (lambda: one_layer(bias_bits=13, bias=1), "can reach 4,096, limit 4,095"),
        (
            lambda: integer_layer("r", 1, 1, QRelay(), bias_from="x"),
            "r: a Relay holds nothing that a reset or a stream of biases would change",
        ),
    ],
)
def test_what_no_register_holds_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_payloads_beyond_the_register_are_refused():
    with pytest.raises(NetworkError, match="image: payloads -3 to 2048, 12 bits hold -2047 to"):
        run(one_layer(), image([4, 7, 2048, -3]), NODES)


def test_nodes_that_hear_each_other_have_no_such_biases():
    network = resident_corners()["recurrence"].network
    p = network.populations[-1]
    with pytest.raises(NetworkError, match=f"the bias of '{p.name}' from a stream: not where"):
        replace(network, populations=(*network.populations[:-1], replace(p, bias_from="x")))
