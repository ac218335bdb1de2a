"""A network without a readout runs as any other, and a pass keeps what it says that it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.ir.passes.without_readout import without_readout
from neurograph.runtime.reference import count_events, run, run_plain
from neurograph.testing import corner_networks
from neurograph.testing.records import assert_same_run
from neurograph.workflow import store

CASES = corner_networks()


@pytest.mark.parametrize("name", CASES)
def test_spikes_and_states_do_not_ask_for_a_readout(name):
    network, inputs, nodes = CASES[name]
    bare = without_readout(network)
    want, got = run(network, inputs, nodes), run(bare, inputs, nodes)
    assert got.logits.shape == (len(nodes), 0)
    held = replace(got, logits=want.logits, network_sha256=want.network_sha256)
    assert_same_run(want, held)
    assert_same_run(got, run_plain(bare, inputs, nodes))


def test_a_network_without_a_readout_is_another_one_and_survives_a_file(tmp_path):
    network, *_ = CASES["adaptive with memory"]
    bare = without_readout(network)
    store.save(bare, tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert back.readout is None
    assert back.sha256 == bare.sha256 != network.sha256
    assert without_readout(bare).sha256 == bare.sha256


def test_the_host_does_nothing_and_nothing_leaves_without_a_readout():
    network, inputs, nodes = CASES["adaptive with memory"]
    bare = without_readout(network)
    want = count_events(network, inputs, run(network, inputs, nodes))
    got = count_events(bare, inputs, run(bare, inputs, nodes))
    assert (got.host_macs, got.bytes_out) == (0, 0)
    assert (got.spikes, got.synaptic_ops) == (want.spikes, want.synaptic_ops)
    assert (got.active_updates, got.bytes_in) == (want.active_updates, want.bytes_in)


def test_what_is_not_there_neither_predicts_nor_moves():
    network, inputs, nodes = CASES["adaptive with memory"]
    bare = without_readout(network)
    with pytest.raises(NetworkError, match="a network without a readout predicts nothing"):
        _ = run(bare, inputs, nodes).predictions
    with pytest.raises(NetworkError, match="readout: the network has none that could move"):
        readout_on_chip(bare)
