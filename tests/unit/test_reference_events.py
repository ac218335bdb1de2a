"""Event counts: worked by hand, and equal to counting synapse by synapse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import QLIF
from neurograph.runtime.reference import count_events, run
from neurograph.testing import random_network
from neurograph.testing.builders import constant_readout, one_layer


def one_to_three(bits=8, latency=1, delay=0):
    """One input neuron into three of four, each of which fires on any positive input."""
    return one_layer(
        [[2], [4], [6], [0]],
        neuron=QLIF(voltage_decay=4095, threshold=1),
        delay=delay,
        bits=bits,
        steps=3,
        latency=latency,
        readout=constant_readout("h", 3 * 4, weight=1.0),
    )


def counted(network, payload):
    x = np.array(payload, np.int8).reshape(len(payload), 3, 1, 1)
    record = run(network, {"x": x}, np.arange(len(x)))
    return count_events(network, {"x": x}, record)


def test_one_spike_into_three_synapses_is_three_operations():
    events = counted(one_to_three(), [[0, 5, 0]])
    assert events.inferences == 1
    assert events.synaptic_ops == {"p": 3}
    assert events.spikes == {"x": 1, "h": 3}
    assert events.active_updates == {"h": 3}
    assert events.inactive_updates == {"h": 9}
    assert events.host_macs == 2 * 12
    assert events.bytes_in == 1
    assert events.bytes_out == 2  # 12 bits


def test_a_held_payload_is_sent_anew_in_every_update():
    events = counted(one_to_three(latency=2), [[0, 5, -5], [1, 1, 1]])
    assert events.synaptic_ops == {"p": 3 * 2 * 5}
    assert events.spikes["x"] == 2 * 5
    assert events.bytes_in == 2 * 5
    assert events.bytes_out == 2 * 3  # 24 bits each
    assert events.host_macs == 2 * 2 * 12


@pytest.mark.parametrize(("bits", "size"), [(8, 1), (9, 2), (16, 2), (17, 3)])
def test_a_graded_payload_takes_whole_bytes(bits, size):
    assert counted(one_to_three(bits=bits), [[0, 5, 1]]).bytes_in == 2 * size


def test_plain_spikes_travel_as_one_bit_per_neuron_and_update():
    assert counted(one_to_three(bits=1), [[0, 1, 0]]).bytes_in == 1  # 3 bits
    assert counted(one_to_three(bits=1), [[0, 0, 0], [1, 1, 1]]).bytes_in == 2


def test_what_arrives_too_late_is_not_counted():
    network = one_to_three()
    late = replace(network.projections[0], name="late", delay=2)
    network = replace(network, projections=(network.projections[0], late))
    events = counted(network, [[1, 1, 1]])
    assert events.synaptic_ops == {"p": 9, "late": 3}


def test_a_sum_that_cancels_is_no_activity():
    network = one_to_three()
    against = replace(network.projections[0], name="against", weight=-network.projections[0].weight)
    network = replace(network, projections=(network.projections[0], against))
    events = counted(network, [[1, 1, 1]])
    assert events.synaptic_ops == {"p": 9, "against": 9}
    assert events.active_updates == {"h": 0}


@pytest.mark.parametrize("seed", range(6))
def test_counts_equal_those_synapse_by_synapse(seed):
    rng = np.random.default_rng(seed)
    network, inputs = random_network(rng, recurrent=seed % 2 == 0, binary=seed % 3 == 0)
    record = run(network, inputs, np.arange(3))
    events = count_events(network, inputs, record)
    emitted = {"x": np.repeat(inputs["x"], network.latency, axis=1), **record.spikes}
    sums = {p.name: np.zeros(record.spikes[p.name].shape, int) for p in network.populations}
    for j in network.projections:
        synapses = np.kron(j.mix.toarray().astype(int), j.weight.astype(int))
        ops, lag = 0, network.wiring.lag[j.name]
        for target in range(3):
            for update in range(lag, network.updates):
                sent = emitted[j.source][target, update - lag].ravel().astype(int)
                ops += np.count_nonzero(synapses[:, sent != 0])
                raw = synapses @ sent
                scaled = raw << j.exponent if j.exponent >= 0 else raw >> -j.exponent
                sums[j.target][target, update] += scaled.reshape(sums[j.target].shape[2:])
        assert events.synaptic_ops[j.name] == ops > 0
    for name, total in sums.items():
        active = np.count_nonzero((total != 0) | record.spikes[name])
        assert events.active_updates[name] == active
        assert events.inactive_updates[name] == total.size - active
        assert events.spikes[name] == record.spikes[name].sum()


def test_a_record_of_another_network_is_refused():
    network, inputs = random_network(np.random.default_rng(0))
    record = run(network, inputs, np.arange(3))
    other = replace(network, latency=network.latency + 1)
    with pytest.raises(NetworkError, match="the record is of another network"):
        count_events(other, inputs, record)
    with pytest.raises(NetworkError, match="x: input"):
        count_events(network, {"x": inputs["x"][:2]}, record)
