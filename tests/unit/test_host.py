"""The host's share: which features of which nodes go in, and in which integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurograph.cost.host import work as host_work
from neurograph.graphs.embed import make_features
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.graphs.sets import synth
from neurograph.ir import QNetwork, QStream, encode
from neurograph.runtime import host
from neurograph.testing.builders import constant_readout, integer_layer, integer_link

NODES = host.BLOCK + 3  # more than one block, the last one not full


def test_every_slot_gets_the_features_of_its_node_at_its_step(tmp_path):
    graph, tree = synth(seed=3), TreeSpec()
    features = make_features(graph, tmp_path, dim=16)
    nodes = np.arange(NODES)
    slots = sample(graph, nodes, tree, seed=5)
    given = host.inputs(graph, features, tree, nodes, seed=5)
    assert given.dtype == np.float32
    assert given.shape == (NODES, graph.num_steps, tree.slots, 16)
    for target, step, slot in [(0, 0, 0), (NODES - 1, graph.num_steps - 1, tree.slots - 1)]:
        wanted = features.values[step][slots[target, step, slot]]
        np.testing.assert_array_equal(given[target, step, slot], wanted)


def test_payloads_are_the_encoded_inputs(tmp_path):
    graph, tree = synth(seed=3), TreeSpec()
    features = make_features(graph, tmp_path, dim=16)
    for bits, dtype in ((8, np.int8), (12, np.int32)):
        stream = QStream(name="x", rows=tree.slots, channels=16, bits=bits, scale=3.7)
        how = (graph, features, tree, np.arange(NODES))
        streams = (stream, stream.mean())
        payloads = host.payloads(*how, streams, seed=5)
        wanted = encode(streams, {"x": host.inputs(*how, seed=5)})
        assert list(payloads) == list(wanted) == ["x", "x.mean"]
        for name, payload in payloads.items():
            assert payload.dtype == (dtype if name == "x" else np.int8)
            assert np.unique(payload).size > 10
            np.testing.assert_array_equal(payload, wanted[name])


def test_the_work_of_the_host_by_hand():
    """Fan-outs (5, 2): 15 draws and 6 parents a step; 16 slots of 16 features; 3 steps."""
    tree, steps = TreeSpec(), 3
    stream = QStream(name="x", rows=tree.slots, channels=16, bits=8, scale=1.0)
    network = QNetwork(
        streams=(stream, stream.mean()),
        populations=(integer_layer("h", 1, 2),),
        projections=(
            integer_link(
                "x", "h", np.full((2, 16), 2), mix=np.ones((1, tree.slots), int), name="x>h"
            ),
        ),
        readout=constant_readout("h", steps * 2, classes=4),
        steps=steps,
    )
    sampling, features, readout = host_work(network, tree)
    # a draw reads a 4-byte id; a parent two 8-byte offsets and three 4-byte counts
    assert (sampling.macs, sampling.bytes) == (0, steps * (15 * 4 + 6 * (2 * 8 + 3 * 4)))
    # scaled, and its rounding error added to a mean
    assert (features.macs, features.bytes) == (steps * 2 * 16 * 16, steps * 16 * 16 * 4)
    assert (readout.macs, readout.bytes) == (0, 4 * steps * 2 * 2)
    (_, plain, _) = host_work(replace(network, streams=(stream,)), tree)
    assert plain.macs == steps * 16 * 16
