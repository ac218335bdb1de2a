"""A model that hears labels, with features and without, on Lava's runtime: the reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import neurograph_lava
from neurograph.chip.profiles import load_profile
from neurograph.graphs.features import no_features
from neurograph.graphs.label_spikes import labels_in
from neurograph.quantization import quantize
from neurograph.runtime import host
from neurograph.runtime.reference.plain import run_plain
from neurograph.testing.models import SMALL, random_graph, strong_model
from neurograph.testing.records import assert_lively, assert_same_run

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]


@pytest.mark.parametrize("lowering", ["fused", "stock"])
@pytest.mark.parametrize("features", [SMALL.features, 0])
def test_labels_of_sampled_trees(lowering: str, features: int) -> None:
    graph, store = random_graph()
    if not features:
        store = no_features(graph)
    config, nodes = replace(SMALL, label_input=True, features=features), np.arange(5)
    state = strong_model(config)
    state.extra["labels"].data *= 4
    labels = labels_in(graph.labels, np.arange(0, graph.num_nodes, 2))
    given = host.inputs_of_streams(graph, store, config.tree, nodes, labels=labels, seed=1)
    network = quantize(state.capture(), load_profile("loihi2"), given)
    inputs = network.encode(given)
    assert inputs["y"].any()
    want = run_plain(network, inputs, nodes)
    assert_lively(want)
    got = neurograph_lava.run(network, inputs, nodes, batch=2, lowering=lowering)
    assert_same_run(want, got)
