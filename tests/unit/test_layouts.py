"""How nodes that are asked about are laid out as rows: trees, several draws, the whole graph."""

from __future__ import annotations

import platform
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from neurograph.core.errors import RunError
from neurograph.graphs.sampling import TreeSpec
from neurograph.models.settings import TrainSettings
from neurograph.testing.graphs import random_graph
from neurograph.testing.records import run_record
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.laid_out import laid_out
from neurograph.workflow.trees import Trees
from neurograph.workflow.whole_graph import WholeGraph

GRAPH, STORE = random_graph()
DATA = Dataset.of(GRAPH, STORE, TrainSettings(label_input=True, val_share=0.1).to_dict())
SPEC = TreeSpec(fanouts=(2, 1), cumulative_share=0.5)
NODES = np.array([7, 3, 11])


def test_a_tree_per_draw_and_node() -> None:
    trees = laid_out(DATA, NODES, SPEC, draws=2)
    assert isinstance(trees, Trees)
    assert trees.rows.tolist() == [7, 3, 11, 7, 3, 11]
    places = [(of, here) for of, here in trees.places(slice(1, 5))]
    assert places == [(slice(1, 3), slice(0, 2)), (slice(0, 2), slice(2, 4))]
    record = run_record({"h": np.zeros((3, 1, 1, 1), bool)})
    assert trees.asked(record) is record


def test_the_whole_graph_is_one_part_of_which_some_is_asked_about() -> None:
    whole = laid_out(DATA, NODES, None)
    assert isinstance(whole, WholeGraph)
    assert list(whole.parts()) == [slice(0, GRAPH.num_nodes)]
    assert whole.rows.tolist() == list(range(GRAPH.num_nodes))
    fired = np.zeros((GRAPH.num_nodes, 1, 1, 1), bool)
    fired[3] = True
    record = run_record(
        {"h": fired},
        final={"h": {"v": np.arange(GRAPH.num_nodes)[:, None, None].astype(np.int32)}},
        logits=np.arange(GRAPH.num_nodes, dtype=np.float64)[:, None],
    )
    asked = whole.asked(record)
    assert asked.spikes["h"].ravel().tolist() == [False, True, False]
    assert asked.final["h"]["v"].ravel().tolist() == NODES.tolist()
    assert asked.logits.ravel().tolist() == NODES.tolist()


def test_every_node_sends_its_features_and_training_nodes_their_labels() -> None:
    given = laid_out(DATA, NODES, None).inputs(slice(0, GRAPH.num_nodes))
    assert given["x"].shape == (GRAPH.num_nodes, GRAPH.num_steps, 1, STORE.num_features)
    np.testing.assert_array_equal(given["x"][5, 2, 0], STORE.values[2, 5])
    sent = given["y"][:, :, 0]
    train = DATA.split.train
    assert (sent[train].argmax(axis=2) == GRAPH.labels[train][:, None]).all()
    assert sent.sum() == len(train) * GRAPH.num_steps


def test_nothing_is_drawn_from_a_whole_graph() -> None:
    with pytest.raises(RunError, match="draws nothing"):
        laid_out(DATA, NODES, None, draws=2)
    with pytest.raises(RunError, match="needed at least 1"):
        laid_out(SimpleNamespace(), NODES, SPEC, draws=0)


def test_freed_memory_is_kept_where_the_c_library_can() -> None:
    """In a process of its own, which it changes for good."""
    code = "from neurograph.core.memory import keep_freed_memory as keep; print(keep())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("True", "False")
    if platform.libc_ver()[0] == "glibc":
        assert done.stdout.strip() == "True"
