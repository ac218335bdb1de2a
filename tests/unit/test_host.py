"""The host's share: which features of which nodes go in, and in which integers."""

from __future__ import annotations

import numpy as np

from neurograph import host
from neurograph.data import synth
from neurograph.features import make_features
from neurograph.ir import QStream, encode
from neurograph.tree import TreeSpec, sample

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
