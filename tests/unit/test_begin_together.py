"""All populations begin in the first hardware step, as on a chip; by default none does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import QLIF, QNetwork
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.ir.values import written_fields
from neurograph.runtime.reference import count_events, go_on, run, run_plain
from neurograph.testing import corner_networks, integer_layer, integer_link, integer_network
from neurograph.testing.records import assert_same_run
from neurograph.testing.resident_corners import resident_corners
from neurograph.workflow import store

# keeps all of v but 1/4096 of u; fires above 640
COUNTER = QLIF(voltage_decay=0, threshold=10)


def chain(*, together=True, bias=0, steps=6):
    """x -> a -> b, one neuron each, whose spikes of weight 11 make the next one fire at once."""
    layers = [integer_layer(name, 1, 1, COUNTER, bias=bias, bias_exp=6) for name in "ab"]
    links = [integer_link("x", "a", [[11]]), integer_link("a", "b", [[11]])]
    return integer_network(layers, links, steps=steps, begin_together=together)


def spikes(network, given, runner=run_plain):
    x = np.array(given, np.int8).reshape(1, -1, 1, 1)
    record = runner(network, {"x": x}, np.array([0]))
    return {name: s.ravel().astype(int).tolist() for name, s in record.spikes.items()}


@pytest.mark.parametrize("runner", [run, run_plain])
def test_each_layer_is_a_step_later_than_the_one_before(runner):
    found = spikes(chain(), [1, 0, 0, 1, 0, 0], runner)
    assert found == {"a": [0, 1, 0, 0, 1, 0], "b": [0, 0, 1, 0, 0, 1]}
    found = spikes(chain(together=False), [1, 0, 0, 1, 0, 0], runner)
    assert found == {"a": [1, 0, 0, 1, 0, 0], "b": [1, 0, 0, 1, 0, 0]}


@pytest.mark.parametrize("runner", [run, run_plain])
def test_biases_charge_from_the_first_step_on(runner):
    # 4 units per step: above 10 in the third
    found = spikes(chain(bias=4), [0] * 6, runner)
    assert found["a"] == [0, 0, 1, 0, 0, 1]
    assert found["b"] == [0, 0, 1, 1, 0, 0]  # 12; then 4 + 11 of a's; 4, 8 ..


def test_every_lag_is_one_and_the_delay():
    network = corner_networks()["all begin together"].network
    assert set(network.wiring.start.values()) == {0}
    assert network.wiring.depth == 0
    assert all(network.wiring.lag[j.name] == 1 + j.delay for j in network.projections)


def test_a_population_may_be_alone_where_all_begin_together():
    layers = [integer_layer("alone", 1, 1, COUNTER, bias=6, bias_exp=6)]
    layers.append(integer_layer("h", 1, 1, COUNTER))
    links = [integer_link("x", "h", [[0]]), integer_link("alone", "h", [[11]])]
    network = integer_network(layers, links, steps=4, begin_together=True)
    assert spikes(network, [1, 1, 1, 1]) == {"alone": [0, 1, 0, 1], "h": [0, 0, 1, 0]}
    with pytest.raises(NetworkError, match="no input reaches alone"):
        replace(network, begin_together=False)
    counted = count_events(network, {"x": np.ones((1, 4, 1, 1), np.int8)}, run(*case(network)))
    assert counted.synaptic_ops == {"x->h": 0, "alone->h": 1}  # the second spike is too late


def case(network, nodes=1):
    x = {s.name: np.ones((nodes, network.steps, s.rows, s.channels)) for s in network.streams}
    return network, {n: a.astype(np.int8) for n, a in x.items()}, np.arange(nodes)


def test_a_network_of_bias_neurons_alone_runs():
    layer = integer_layer("h", 1, 2, COUNTER, bias=[6, 4], bias_exp=6)
    links = [integer_link("x", "h", [[0], [0]])]
    network = replace(integer_network([layer], links, steps=4, begin_together=True), projections=())
    want = run_plain(*case(network, 3))
    assert_same_run(want, run(*case(network, 3)))
    assert want.spikes["h"][2, :, 0].astype(int).tolist() == [[0, 0], [1, 0], [0, 1], [1, 0]]


def test_the_choice_is_another_network_and_survives_a_file(tmp_path):
    network = chain()
    assert network.sha256 != replace(network, begin_together=False).sha256
    store.save(network, tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert back.begin_together
    assert back.sha256 == network.sha256


def test_networks_that_say_nothing_are_what_they_were():
    network = corner_networks()["mixed rows"].network
    old = "f069a222"
    assert network.sha256.startswith(old)
    assert "begin_together" not in written_fields(network)


def test_a_run_goes_on_where_all_begin_together():
    network, inputs, nodes = corner_networks()["all begin together, in loops"]
    want = run(network, inputs, nodes)
    first = replace(network, steps=9, readout=None)
    begun = run(first, {name: x[:, :9] for name, x in inputs.items()}, nodes)
    assert_same_run(want, go_on(network, inputs, begun))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: replace(n, begin_together=1), "begin_together is 1, expected true or false"),
        (lambda n: replace(n, streams=(), projections=()), "a network without a stream"),
    ],
)
def test_what_cannot_begin_together_is_refused(change, message):
    with pytest.raises(NetworkError, match=message):
        change(chain())


def test_nodes_that_hear_each_other_do_not_begin_together():
    network = next(iter(resident_corners().values())).network
    with pytest.raises(NetworkError, match="not where nodes hear each other"):
        replace(network, begin_together=True)


def test_the_readout_of_such_a_network_stays_on_the_host():
    with pytest.raises(NetworkError, match="here all begin together; keep the readout on the host"):
        readout_on_chip(chain())
