"""The whole graph of DBLP as one network, in integers: fused = fast reference, to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neurograph as ng
import neurograph_lava
from neurograph.graphs.io import import_edges
from neurograph.ir import AdaptiveLIF
from neurograph.ir.passes.cut import first_snapshots
from neurograph.ir.rounding import check_ranges, round_network
from neurograph.models.resident_network import resident_network
from neurograph.models.schedules import label_schedules, mean_schedule
from neurograph.models.tree_network import LayerNumbers, Numbers
from neurograph.quantization.network import quantize_by
from neurograph.runtime.reference import run
from neurograph.testing import Case
from neurograph.testing.records import assert_lively, assert_same_run

pytestmark = [pytest.mark.lava, pytest.mark.data, pytest.mark.slow]

FEATURES, HIDDEN, OUT = 6, 8, 4
CALIBRATED = 4  # snapshots
NEURON = AdaptiveLIF(voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2)


@pytest.fixture(scope="module")
def dblp(data_dir: Path, lava: None) -> Case:
    """Random weights: features, labels, and a last layer that hears its neighbours' last layer."""
    graph = import_edges(data_dir / "dblp" / "dblp.npz", name="dblp")
    nodes, steps, classes = graph.num_nodes, graph.num_steps, graph.num_classes
    rng = np.random.default_rng(0)

    def normal(out: int, wide: int, gain: float) -> np.ndarray:
        return rng.normal(0, gain / np.sqrt(wide), (out, wide))

    def layer(wide: int, out: int) -> LayerNumbers:
        weights = normal(out, wide, 1.5), normal(out, wide, 2.5)
        bias = rng.normal(0, 0.05, out)
        return LayerNumbers(
            self_weight=weights[0], neighbour_weight=weights[1], bias=bias, neuron=NEURON
        )

    numbers = Numbers(
        layers=(layer(FEATURES, HIDDEN), layer(HIDDEN, OUT)),
        readout=rng.normal(size=(classes, steps * OUT)),
        readout_bias=np.zeros(classes),
        extra={"labels": normal(HIDDEN, 3 * classes, 3.0), "recurrence": normal(OUT, OUT, 1.0)},
    )
    seen = rng.random(nodes) < 0.5
    network = resident_network(
        numbers, mean_schedule(graph, 0.4), steps=steps, labels=label_schedules(graph, seen)
    )
    shown = np.zeros((nodes, steps, 1, classes), np.float32)
    shown[np.flatnonzero(seen), :, 0, graph.labels[seen]] = 1
    features = rng.normal(size=(nodes, steps, 1, FEATURES)).astype(np.float32)
    inputs = {"x": features, "y": shown}
    few = first_snapshots(network, CALIBRATED)
    first = {name: values[:, :CALIBRATED] for name, values in inputs.items()}
    _, scheme = quantize_by(
        few, ng.load_profile("loihi2"), first
    )  # of all takes five times as long
    quantized = round_network(network, scheme)
    check_ranges(quantized)
    return Case(quantized, quantized.encode(inputs), np.arange(nodes))


def test_lava_runs_the_whole_graph_as_the_reference_does(dblp: Case) -> None:
    network, inputs, nodes = dblp
    want = run(network, inputs, nodes)
    assert (network.steps, network.nodes) == (27, 28085)
    assert_lively(want)
    assert len(np.unique(want.predictions)) > 1
    assert_same_run(want, neurograph_lava.run(network, inputs, nodes))
