"""What a notebook shows of a noun: one line."""

from __future__ import annotations

import sys
from typing import cast

import numpy as np
import pytest

from neurograph.chip.deployment import Deployment
from neurograph.chip.place import place
from neurograph.chip.profiles import load_profile
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.sampling import TreeSpec
from neurograph.graphs.sets import synth
from neurograph.ir import Network
from neurograph.testing.builders import integer_layer, integer_link, integer_network
from neurograph.workflow.manifest import command_line


def test_a_graph_says_how_large_it_is() -> None:
    graph = synth(nodes=1200, classes=2, steps=4)
    pairs = len(graph.cumulative.indices) // 2
    assert repr(graph) == (
        f"TemporalGraph({graph.name!r}, 1,200 nodes, 4 steps, {pairs:,} pairs, 2 classes, "
        "generated)"
    )


def test_one_of_a_thing_is_no_plural() -> None:
    one = np.array([0])
    graph = assemble(
        *(one, one + 1, one),
        num_nodes=2,
        num_steps=1,
        labels=np.zeros(2),
        label_names=("tea",),
        meta={},
        weight=np.array([2.5]),
    )
    assert repr(graph) == "TemporalGraph('graph', 2 nodes, 1 step, 1 pair, 1 class, weighted)"


def test_features_say_their_shape_and_method() -> None:
    store = FeatureStore(values=np.zeros((3, 50, 8), np.float16), meta={"method": "dynwalk"})
    assert repr(store) == "FeatureStore('dynwalk', 3 steps, 50 nodes, 8 features, float16)"


def test_a_deployment_says_what_runs_where() -> None:
    chip = load_profile("loihi2")
    quantized = integer_network([integer_layer("h", 1, 2)], [integer_link("x", "h", [[2], [4]])])
    deployment = Deployment(
        network=cast(Network, quantized),  # its sizes are all that is asked
        quantized=quantized,
        placement=place(quantized, chip),
        profile=chip,
        tree=TreeSpec(fanouts=(2,)),
        sample_seed=0,
        runs_where={},
        provenance={"checkpoint": {"model": "spikenet"}},
    )
    assert repr(deployment) == (
        f"Deployment('spikenet', 2 neurons, {quantized.steps} step, 1 core of loihi2)"
    )


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("/usr/local/bin/neurograph", "neurograph train g --seed 1"),
        ("/home/ada/venv/lib/neurograph/__main__.py", "neurograph train g --seed 1"),
        ("/home/ada/venv/lib/ipykernel_launcher.py", "Python API"),
        ("", "Python API"),
        ("-c", "Python API"),
        ("/home/ada/study/__main__.py", "Python API"),
    ],
)
def test_a_command_is_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "train", "g", "--seed", "1"])
    assert command_line() == said
