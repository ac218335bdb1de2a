"""A model over the whole graph: its network before and after training, and what it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from neurograph.core.errors import ModelError
from neurograph.ir import Network, Relay, Schedule
from neurograph.ir.passes.relays import with_relays
from neurograph.models import ModelConfig, SpikeNetConfig, capture
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.registry import build
from neurograph.runtime import reference
from neurograph.testing.models import checkpoint_of, random_graph

NODES, STEPS, CLASSES, FEATURES = 30, 4, 3, 5
GRAPH, STORE = random_graph(nodes=NODES, steps=STEPS)
SEEN = np.arange(NODES) % 3 == 0
SIZES = {"features": FEATURES, "classes": CLASSES, "steps": STEPS, "hidden": (6, 4)}
RESIDENT = {"mapping": "resident", "label_input": True, "graph_recurrence": True}


def spikenet(**settings: object) -> SpikeNetConfig:
    return SpikeNetConfig(**{**SIZES, **settings})  # type: ignore[arg-type]


def dysign(**settings: object) -> DySignConfig:
    return DySignConfig(**{**SIZES, "latency": 2, **settings})  # type: ignore[arg-type]


def inputs(network: Network) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    shape = {s.name: (NODES, STEPS, 1, s.channels) for s in network.streams}
    return {
        s.name: (
            rng.integers(0, 2, shape[s.name]).astype(np.float64)
            if s.binary
            else rng.normal(size=shape[s.name]) * 2
        )
        for s in network.streams
    }


CONFIGS: list[ModelConfig] = [
    spikenet(),
    spikenet(mapping="resident"),
    spikenet(**RESIDENT),
    spikenet(**RESIDENT, features=0, label_hops=3),
    spikenet(mapping="resident", feature_hops=2, hidden=(6,), fanouts=(5,)),
    spikenet(**RESIDENT, feature_hops=1, label_hops=2),
    spikenet(**RESIDENT, hidden=(6, 5, 4), fanouts=(5, 2, 2), neuron="lif", tau=2.0),
    dysign(),
    dysign(hidden=(6, 5, 4), fanouts=(3, 2, 2)),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_design_has_the_structure_of_the_captured_network(config: ModelConfig) -> None:
    designed = config.resident_network(GRAPH, seen=SEEN)
    found = capture(checkpoint_of(config.name, config), mapping="resident", graph=GRAPH, seen=SEEN)
    for one, other in zip(designed.projections, found.projections, strict=True):
        assert (one.name, one.weight.shape, one.delay) == (
            other.name,
            other.weight.shape,
            other.delay,
        )
    assert [p.name for p in designed.populations] == [p.name for p in found.populations]
    assert found.nodes == NODES


@pytest.mark.parametrize("config", CONFIGS)
def test_relays_leave_every_spike_as_it_is(config: ModelConfig) -> None:
    network = capture(
        checkpoint_of(config.name, config), mapping="resident", graph=GRAPH, seen=SEEN
    )
    given = inputs(network)
    one, other = (
        reference.run_float(n, given, nodes=np.arange(NODES))
        for n in (network, with_relays(network))
    )
    for name, spikes in one.spikes.items():
        np.testing.assert_array_equal(spikes, other.spikes[name])
    assert sum(int(s.sum()) for s in one.spikes.values())


def test_a_network_of_labels_alone_has_no_stream_of_features() -> None:
    network = spikenet(**RESIDENT, features=0).resident_network(GRAPH, seen=SEEN)
    assert [(s.name, s.channels, s.binary) for s in network.streams] == [("y", CLASSES, True)]
    assert [p.name for p in network.populations if isinstance(p.neuron, Relay)] == ["labels"]
    edges = [j.name for j in network.projections if isinstance(j.mix, Schedule)]
    assert edges == [
        "y->labels.share",
        "y->labels.so_far",
        "y->labels.new",
        "h1->h2.neighbours",
        "h2->h2.recurrence",
    ]


def test_checkpoints_that_know_of_no_mapping_are_of_trees() -> None:
    from neurograph.models.header import decode_config, encode_config

    written = encode_config(spikenet())
    for name in RESIDENT:
        del written[name]
    assert decode_config("spikenet", written) == spikenet()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mapping": "forest"}, "no mapping 'forest'; known: trees, resident"),
        ({"graph_recurrence": True}, "in a sampled tree every slot would need neighbours"),
        ({"mapping": "resident", "edge_weights": "on"}, "with --edge-weights off"),
        ({"label_hops": 2}, "label_hops is 2; needed 1 or more, and 1 in sampled trees"),
        ({"feature_hops": 1}, "feature_hops is 1; needed 0 or more, and 0 in sampled trees"),
        ({**RESIDENT, "feature_hops": -1}, "feature_hops is -1; needed 0 or more"),
        ({**RESIDENT, "feature_hops": 2, "features": 0}, "there are no features to travel"),
        ({"labels_least": 0.9, "labels_most": 0.8}, "needed 0 to below 1, the least first"),
        ({"mapping": "resident", "features": 0}, "all must be at least 1"),
    ],
)
def test_settings_that_make_no_resident_model(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        spikenet(**settings)


def test_graphs_and_labels_that_do_not_fit() -> None:
    labels = spikenet(**RESIDENT)
    with pytest.raises(ModelError, match="needed one truth value for each of 30 nodes"):
        labels.resident_network(GRAPH)
    with pytest.raises(ModelError, match="has 4 snapshots, the model was made for 3"):
        replace(labels, steps=3).resident_network(GRAPH, seen=SEEN)
    with pytest.raises(ModelError, match="capture it as 'resident'"):
        labels.network()
    with pytest.raises(ModelError, match="give the graph whose edges it has"):
        capture(checkpoint_of("spikenet", labels))
    with pytest.raises(ModelError, match="drawn by the weights"):
        spikenet(edge_weights="on").resident_network(GRAPH)


def test_every_model_starts_from_finite_weights() -> None:
    for config in CONFIGS:
        for name, weight in build(config.name, config).state_dict().items():
            assert bool(weight.isfinite().all()), name
