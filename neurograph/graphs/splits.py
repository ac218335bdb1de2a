"""Which labelled nodes are trained on, picked by, and scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import DataError
from neurograph.graphs.graph import PARTS, TemporalGraph


@dataclass(frozen=True, eq=False, kw_only=True)
class Split:
    """Three disjoint sets of labelled nodes.

    Attributes:
        name: says how it was drawn; stands beside every score.
        train, val, test: int64 node ids, ascending.
    """

    name: str
    train: Array
    val: Array
    test: Array

    def __post_init__(self) -> None:
        for part in ("train", "val", "test"):
            object.__setattr__(self, part, frozen(getattr(self, part), np.int64))
        together = np.concatenate([self.train, self.val, self.test])
        if len(np.unique(together)) != len(together):
            raise DataError(f"split '{self.name}': a node is in two of its parts")


def source_split(graph: TemporalGraph) -> Split:
    """The split that the graph brings; only its labelled nodes are in it.

    Raises:
        DataError: the graph brings none, or a part has no labelled node.
    """
    if graph.part is None:
        raise DataError(f"graph '{graph.name}' brings no split; give one with --split FILE")
    known = graph.labels >= 0
    parts = {
        name: np.flatnonzero(known & (graph.part == number)) for number, name in enumerate(PARTS)
    }
    for name, nodes in parts.items():
        if not len(nodes):
            raise DataError(f"graph '{graph.name}': part {name} of its split has no labelled node")
    return Split(name=str(graph.meta.get("split", "of the source")), **parts)


def stratified_split(
    graph: TemporalGraph, train_share: float = 0.4, *, val_share: float = 0.05, seed: int = 42
) -> Split:
    """SpikeNet's node split: stratified by class, over the labelled nodes alone.

    Args:
        train_share: of the labelled nodes, validation included; all others are tested on.
        val_share: of the labelled nodes, taken out of `train_share`.

    Raises:
        DataError: no labels, one class only, a class too small, or shares out of range.

    Source: EdisonLeeeee/SpikeNet, main.py and Dataset.split_nodes; the same nodes for the same
    labels.
    """
    if not 0 < val_share < train_share < 1:
        raise DataError(
            f"shares: train {train_share:g}, of it validation {val_share:g}; "
            "needed 0 < validation < train < 1"
        )
    nodes = np.flatnonzero(graph.labels >= 0)
    classes = np.unique(graph.labels[nodes])
    if not len(nodes):
        raise DataError(f"graph '{graph.name}': no node has a label; training needs labels")
    if len(classes) == 1:
        raise DataError(
            f"graph '{graph.name}': all {len(nodes)} labelled nodes are of class "
            f"'{graph.label_names[classes[0]]}'; training needs at least 2 classes"
        )
    # computed as the authors do, to the last bit: sklearn rounds these numbers
    fit_share, test_share = train_share - val_share, 1 - train_share
    both = fit_share + val_share
    known, test = _divide(graph, nodes, seed=seed, train_size=both, test_size=test_share)
    fit, val = _divide(graph, known, seed=seed, train_size=fit_share / both)
    name = f"stratified-{100 * train_share:g}-seed{seed}"
    return Split(name=name, train=np.sort(fit), val=np.sort(val), test=np.sort(test))


def _divide(graph: TemporalGraph, nodes: Array, *, seed: int, **shares: float) -> list[Array]:
    """Two parts of `nodes` with the same class balance."""
    from sklearn.model_selection import train_test_split  # takes a second: only who splits waits

    labels = graph.labels[nodes]
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        name = graph.label_names[classes[counts.argmin()]]
        raise DataError(
            f"graph '{graph.name}': class '{name}' is too small to stratify, {counts.min()} of its "
            f"nodes is left to divide and 2 are needed; remove its labels, or train on a larger "
            "share"
        )
    try:
        parts: list[Array] = train_test_split(nodes, random_state=seed, stratify=labels, **shares)
    except ValueError as error:  # a part with fewer nodes than there are classes
        raise DataError(
            f"graph '{graph.name}': {len(nodes)} labelled nodes of {len(classes)} classes cannot "
            f"be stratified ({error}); label more nodes, or train on a larger share"
        ) from error
    return parts
