"""Whether a graph is another one that has gone on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.growth import places_in
from neurograph.graphs.io.assemble import assemble
from neurograph.testing.growing import growing

THEN, NOW = growing()


def with_edges(graph: TemporalGraph, keep: Array, **changes: object) -> TemporalGraph:
    """The graph with some of its edges, and other fields."""
    u, v, step, weight = graph.fresh.pairs()
    given = {
        "num_nodes": graph.num_nodes,
        "num_steps": graph.num_steps,
        "labels": graph.labels,
        "label_names": graph.label_names,
        "meta": {},
        "ids": graph.ids,
        "weight": None if weight is None else weight[keep],
        **changes,
    }
    return assemble(u[keep], v[keep], step[keep], **given)  # type: ignore[arg-type]


def all_of(graph: TemporalGraph) -> Array:
    return np.ones(len(graph.fresh.pairs()[0]), bool)


def test_nodes_of_then_are_found_by_their_ids() -> None:
    places = places_in(NOW, THEN)
    assert THEN.num_nodes < NOW.num_nodes
    np.testing.assert_array_equal(NOW.node_ids[places], THEN.node_ids)
    assert not np.array_equal(places, np.arange(THEN.num_nodes)), "new ones lie among them"


def test_a_graph_has_gone_on_from_itself() -> None:
    np.testing.assert_array_equal(places_in(NOW, NOW), np.arange(NOW.num_nodes))


def test_an_edge_less_in_a_snapshot_that_was_there() -> None:
    keep = all_of(NOW)
    keep[np.flatnonzero(NOW.fresh.pairs()[2] == 2)[0]] = False
    with pytest.raises(DataError, match=r"snapshot 2 has .* edges, then .* not the same"):
        places_in(with_edges(NOW, keep), THEN)


def test_an_edge_of_a_new_node_in_a_snapshot_that_was_there() -> None:
    new = np.setdiff1d(np.arange(NOW.num_nodes), places_in(NOW, THEN))[0]
    u, v, step, _ = NOW.fresh.pairs()
    step = np.where(((u == new) | (v == new)) & (step == 5), 1, step)
    moved = assemble(
        *(u, v, step),
        num_nodes=NOW.num_nodes,
        num_steps=NOW.num_steps,
        labels=NOW.labels,
        label_names=NOW.label_names,
        meta={},
        ids=NOW.ids,
    )
    with pytest.raises(DataError, match="snapshot 1 has"):
        places_in(moved, THEN)


def test_edges_that_weigh_otherwise() -> None:
    weight = np.full(len(all_of(NOW)), 2.0)
    with pytest.raises(DataError, match="snapshot 0 has"):
        places_in(with_edges(NOW, all_of(NOW), weight=weight), THEN)


def test_nodes_labels_classes_and_snapshots_that_are_gone_or_others() -> None:
    renamed = np.where(NOW.node_ids == THEN.node_ids[3], "other", NOW.node_ids)
    with pytest.raises(DataError, match=f"1 node of then gone, {THEN.node_ids[3]} among them"):
        places_in(replace(NOW, ids=renamed), THEN)
    labelled = int(np.flatnonzero(THEN.labels >= 0)[0])
    labels = NOW.labels.copy()
    labels[places_in(NOW, THEN)[labelled]] = -1
    with pytest.raises(DataError, match=f"node {THEN.node_ids[labelled]} has another label"):
        places_in(replace(NOW, labels=labels), THEN)
    with pytest.raises(DataError, match="it has the classes"):
        places_in(replace(NOW, label_names=("a", "b", "c")), THEN)
    with pytest.raises(DataError, match="it has 4 snapshots, then 6"):
        places_in(THEN, NOW)


def test_a_node_without_a_label_may_have_one_now() -> None:
    labels = NOW.labels.copy()
    labels[places_in(NOW, THEN)[THEN.labels < 0]] = 1
    assert len(places_in(replace(NOW, labels=labels), THEN)) == THEN.num_nodes
