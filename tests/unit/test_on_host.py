"""What a host takes for the same arithmetic, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.profiles import load_profile
from neurograph.cost.complexity import of_network
from neurograph.cost.on_host import of_floats, of_twin, priced
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import LIF, Network, Population, Projection, QNetwork, Readout, Stream
from neurograph.tasks.yardsticks.arithmetic import Arithmetic
from neurograph.testing.builders import (
    constant_readout,
    integer_layer,
    integer_link,
    integer_network,
)
from neurograph.testing.records import event_counts
from tests.report.conftest import twin_of
from tests.unit.test_complexity import two_layers

LOIHI2 = load_profile("loihi2")
LOOKED_UP = 15 * 4 + 6 * (2 * 8 + 3 * 4)  # bytes of a tree of fan-outs (5, 2), as sampled


def in_floats(integers: QNetwork, *, keep: float, binary: bool = False) -> Network:
    """Of the same shape; membranes keep a share."""
    neuron = LIF(current_decay=1.0, voltage_decay=1 - keep, threshold=1.0)
    return Network(
        streams=tuple(
            Stream(name=s.name, rows=s.rows, channels=s.channels, binary=binary)
            for s in integers.streams
        ),
        populations=tuple(
            Population(name=p.name, rows=p.rows, channels=p.channels, neuron=neuron)
            for p in integers.populations
        ),
        projections=tuple(
            Projection(name=j.name, source=j.source, target=j.target, mix=j.mix, weight=j.weight)
            for j in integers.projections
        ),
        readout=integers.readout,
        steps=integers.steps,
    )


def test_a_tree_in_floats_by_hand() -> None:
    integers, counts = two_layers(bits=8)
    complexity = of_network(integers, counts)
    forgets, keeps = in_floats(integers, keep=0.0), in_floats(integers, keep=0.5)
    taken = of_floats(forgets, integers, counts, complexity, TreeSpec())
    # 13 products of payloads; 3.5 + 4.5 of spikes; (4 + 2) neurons over 2 steps, compared each
    assert (taken.macs, taken.acs) == (13, 3.5 + 4.5 + 12)
    # two slots of three features of 4 bytes, two steps
    assert taken.bytes == 2 * (2 * 3 * 4 + LOOKED_UP)
    leaky = of_floats(keeps, integers, counts, complexity, TreeSpec())
    assert leaky == replace(taken, macs=13 + 12)
    bits = in_floats(integers, keep=0.0, binary=True)
    assert of_floats(bits, integers, counts, complexity, TreeSpec()).bytes == 2 * (1 + LOOKED_UP)


def test_a_readout_on_the_chip_is_one_of_the_host_in_floats() -> None:
    integers, counts = two_layers(bits=8)
    floats = in_floats(integers, keep=0.0)
    whole = of_floats(floats, integers, counts, of_network(integers, counts), TreeSpec())
    bare = replace(integers, readout=None)
    counted = event_counts(bare, counts.sent, counts.active, targets=2)
    assert isinstance(floats.readout, Readout)
    same = of_floats(floats, bare, counted, of_network(bare, counted), TreeSpec())
    assert same == whole


def test_pairs_that_hear_each_other_are_read_along_edges() -> None:
    from neurograph.models.registry import config_class
    from neurograph.testing.graphs import random_graph

    graph, features = random_graph(nodes=20, edges=40, steps=3)
    config = config_class("spikenet")(
        features=features.num_features, classes=3, steps=3, hidden=(8, 4), mapping="resident"
    )
    network = config.resident_network(graph)
    shape = integer_network(
        [integer_layer("a", 1, 1)],
        [integer_link("x", "a", [[2]], mix=[[1]], name="x>a")],
        steps=3,
        readout=constant_readout("a", 3, classes=3),
    )
    counts = event_counts(shape, {"x": np.ones((3, 1, 1)), "a": np.ones((3, 1, 1))}, {}, targets=1)
    nothing = replace(of_network(shape, counts), layers=())
    taken = of_floats(replace(network, readout=None), shape, counts, nothing, None)
    read = 0
    for j in network.projections:
        if hasattr(j.mix, "steps"):
            pairs = sum(int(j.mix.present().at(step).nnz) for step in range(3))
            spikes = j.source in {p.name for p in network.spiking}
            sent = -(-j.weight.shape[1] // 8) if spikes else 4 * j.weight.shape[1]
            read += pairs * (4 + sent) / 20
    assert read > 0
    assert taken.bytes == pytest.approx(3 * features.num_features * 4 + read)
    assert taken.macs == sum(
        3 * p.channels * ((p.neuron.voltage_decay < 1) + ("theta" in p.neuron.states))
        for p in network.spiking
    )


def test_a_twin_compares_its_activations_and_reads_the_features_of_its_slots(make_twin) -> None:
    twin, network = make_twin
    taken = of_twin(twin, network)
    of = twin.complexity
    assert taken.macs == of.macs
    assert taken.acs == of.acs + 400
    slots, width = TreeSpec().slots, network.streams[0].channels
    assert taken.bytes == network.steps * (slots * width * 4 + LOOKED_UP)


@pytest.fixture
def make_twin():
    from tests.report.conftest import _make_run

    run = _make_run()
    return twin_of(run), run.deployment.network


def test_prices_are_those_of_the_profile() -> None:
    found = priced(LOIHI2, Arithmetic(macs=10, acs=100, bytes=8))
    assert found.arithmetic.typical == pytest.approx(10 * 4.6e-12 + 100 * 0.9e-12)
    assert found.arithmetic.low == pytest.approx(10 * 0.23e-12 + 100 * 0.03e-12)
    assert found.memory.typical == pytest.approx(8 * 162.5e-12)
    assert found.joules.high == pytest.approx(10 * 4.6e-12 + 100 * 0.9e-12 + 8 * 325e-12)
    assert found.source == "horowitz2014"


def test_what_is_not_done_needs_no_price() -> None:
    dumb = replace(LOIHI2, host={n: c for n, c in LOIHI2.host.items() if "mac" not in n})
    assert priced(dumb, Arithmetic(macs=1)) is None
    assert priced(dumb, Arithmetic(acs=1)).joules.typical == pytest.approx(0.9e-12)
    unknown = replace(LOIHI2.host["memory_byte"], value=None, low=None, high=None)
    blind = replace(LOIHI2, host={**LOIHI2.host, "memory_byte": unknown})
    assert priced(blind, Arithmetic(macs=1, bytes=1)) is None
    assert priced(LOIHI2, Arithmetic()).joules.typical == 0
