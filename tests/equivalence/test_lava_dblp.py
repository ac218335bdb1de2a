"""A network trained on DBLP: fused = stock = fast reference = plain reference, to the bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import neurograph as ng
import neurograph_lava
from neurograph import models as snn
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io import import_edges
from neurograph.graphs.splits import stratified_split
from neurograph.runtime import host
from neurograph.runtime.reference import run, run_plain
from neurograph.testing import Case
from neurograph.verify import compare

pytestmark = [pytest.mark.lava, pytest.mark.data, pytest.mark.slow]

TARGETS, FEATURES = 48, 32
FEWER = 8  # times fewer training nodes, in batches as many times smaller


def projected_neighbours(graph: TemporalGraph, path: Path) -> Path:
    """Features in a second: the sums of random vectors over the neighbours of every snapshot."""
    vectors = np.random.default_rng(3).normal(size=(graph.num_nodes, FEATURES)).astype(np.float32)
    steps = [graph.adjacency(step) @ vectors + vectors for step in range(graph.num_steps)]
    np.save(path, np.array(steps))
    return path


@pytest.fixture(scope="module")
def trained(data_dir: Path, lava: None, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The preset's SpikeNet (tree, layers, neurons) after an epoch's count of steps; test nodes."""
    folder = tmp_path_factory.mktemp("dblp")
    graph = import_edges(data_dir / "dblp" / "dblp.npz", name="dblp")
    given = projected_neighbours(graph, folder / "given.npy")
    features = ng.make_features(graph, folder, given=given)
    preset = snn.PRESETS["dblp"]
    settings = replace(preset, epochs=1, batch=preset.batch // FEWER)
    split = stratified_split(graph)
    few = replace(split, train=split.train[::FEWER], val=split.val[::FEWER])
    result = snn.train(graph, features, settings, folder, split=few)
    checkpoint = snn.load_checkpoint(result.checkpoint)
    tree = checkpoint.config.tree
    calibration = host.inputs(graph, features, tree, split.train[:128], seed=1)
    network = ng.quantize(snn.capture(checkpoint), ng.load_profile("loihi2"), {"x": calibration})
    nodes = split.test[:TARGETS]
    payloads = host.payloads(graph, features, tree, nodes, network.streams, seed=1)
    return Case(network, payloads, nodes)


def test_lava_runs_a_model_trained_on_dblp_as_the_references_do(trained: Case) -> None:
    network, inputs, nodes = trained
    want = run(network, inputs, nodes)
    assert network.steps == 27
    assert all(0.01 < spikes.mean() < 0.9 for spikes in want.spikes.values())
    assert len(np.unique(want.predictions)) > 1

    few = slice(0, 4)
    first_few = {name: x[few] for name, x in inputs.items()}
    plain = run_plain(network, first_few, nodes[few])
    first = run(network, first_few, nodes[few])
    assert compare(plain, first).identical
    for lowering, batch in (("fused", 20), ("stock", 16)):
        got = neurograph_lava.run(network, inputs, nodes, batch=batch, lowering=lowering)
        agreement = compare(want, got)
        assert agreement.identical, agreement.first_difference
        assert agreement.final_states
