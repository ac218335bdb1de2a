"""Which labelled nodes are trained on, picked by, and scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array, fingerprint, frozen
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

    @property
    def sha256(self) -> str:
        """Fingerprint of which node is where."""
        return fingerprint(self.train, self.val, self.test)


def source_split(
    graph: TemporalGraph,
    known: Array | None = None,
    *,
    val_share: float = 0.05,
    seed: int = 42,
) -> Split:
    """The split that the graph brings; only nodes of known truth are in it.

    Args:
        known: bool ``(N,)``: where the truth is known. None: where there is a label.
        val_share: of the nodes that are known and in a part; so many are taken out of those that
            are trained on where the source names none to validate with.
        seed: of that choice.

    Raises:
        DataError: the graph brings none, or a part has no such node.
    """
    if graph.part is None:
        raise DataError(f"graph '{graph.name}' brings no split; give one with --split FILE")
    name = str(graph.meta.get("split", "of the source"))
    known = graph.labels >= 0 if known is None else known
    return split_of_parts(graph, graph.part, known, name=name, val_share=val_share, seed=seed)


def split_of_parts(
    graph: TemporalGraph, part: Array, known: Array, *, name: str, val_share: float, seed: int
) -> Split:
    """A split of the nodes of known truth.

    Args:
        part: int8 ``(N,)``, an index into `PARTS`, -1 for a node in none.
        known: bool ``(N,)``.

    Raises:
        DataError: a part has no such node.
    """
    parts = {key: np.flatnonzero(known & (part == number)) for number, key in enumerate(PARTS)}
    if not len(parts["val"]) and not (part == PARTS.index("val")).any() and len(parts["train"]):
        taken = max(1, round(val_share * (len(parts["train"]) + len(parts["test"]))))
        parts["train"], parts["val"] = _taken(graph, parts["train"], taken, seed)
        name = f"{name}, validation taken from train (seed {seed})"
    for key, nodes in parts.items():
        if not len(nodes):
            raise DataError(f"graph '{graph.name}': part {key} of its split has no labelled node")
    return Split(name=name, **parts)


def time_split(
    graph: TemporalGraph, known: Array, train_share: float, *, val_share: float, seed: int
) -> Split:
    """Train on the nodes that are seen first, validate on those that come next, test on the rest.

    A node is seen when it has its first edge; one without edges is in no part. Nodes of one step
    that a border runs through are divided by lot.

    Args:
        known: bool ``(N,)``: where the truth is known.
        train_share: of those nodes, validation included; the others, which come later, are tested
            on.
        val_share: of those nodes, taken out of `train_share`, the latest of these.

    Raises:
        DataError: shares out of range, or all nodes are there from the first step on.
    """
    _check_shares(train_share, val_share)
    active = graph.cumulative.before[1:] > 0
    nodes = np.flatnonzero(known & active.any(axis=0))
    first = active.argmax(axis=0)[nodes]
    if not len(nodes) or first.min() == first.max():
        raise DataError(
            f"graph '{graph.name}': its {len(nodes):,} labelled nodes all have their first edge in "
            "one step, so none comes later; use another --split"
        )
    lot = np.random.default_rng(seed).permutation(len(nodes))
    ordered = nodes[lot[np.argsort(first[lot], kind="stable")]]
    borders = [round(share * len(nodes)) for share in (train_share - val_share, train_share)]
    parts = dict(zip(PARTS, map(np.sort, np.split(ordered, borders)), strict=True))
    for key, found in parts.items():
        if not len(found):
            raise DataError(
                f"graph '{graph.name}': part {key} of {len(nodes)} labelled nodes is empty; label "
                "more nodes, or use other shares"
            )
    return Split(name=f"time-{100 * train_share:g}-seed{seed}", **parts)


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
    _check_shares(train_share, val_share)
    nodes = _labelled(graph)
    # computed as the authors do, to the last bit: sklearn rounds these numbers
    fit_share, test_share = train_share - val_share, 1 - train_share
    both = fit_share + val_share
    known, test = _divide(graph, nodes, seed=seed, train_size=both, test_size=test_share)
    fit, val = _divide(graph, known, seed=seed, train_size=fit_share / both)
    name = f"stratified-{100 * train_share:g}-seed{seed}"
    return Split(name=name, train=np.sort(fit), val=np.sort(val), test=np.sort(test))


def _labelled(graph: TemporalGraph) -> Array:
    """Nodes with a label; raise DataError unless they are of two classes at least."""
    nodes = np.flatnonzero(graph.labels >= 0)
    classes = np.unique(graph.labels[nodes])
    if not len(nodes):
        raise DataError(f"graph '{graph.name}': no node has a label; training needs labels")
    if len(classes) == 1:
        raise DataError(
            f"graph '{graph.name}': all {len(nodes)} labelled nodes are of class "
            f"'{graph.label_names[classes[0]]}'; training needs at least 2 classes"
        )
    return nodes


def dealt_split(
    graph: TemporalGraph, train_share: float = 0.4, *, val_share: float = 0.05, seed: int = 42
) -> Split:
    """A split for classes that are too small to stratify: the nodes of each are dealt out.

    Every class has a node to learn from, the first that is dealt; the others go to training,
    validation and test as the shares say, over all classes together.

    Args:
        train_share: of the labelled nodes, validation included; all others are tested on.
        val_share: of the labelled nodes, taken out of `train_share`.

    Raises:
        DataError: no labels, one class only, too few nodes for three parts, or shares out of range.
    """
    _check_shares(train_share, val_share)
    nodes = _labelled(graph)
    random = np.random.default_rng(seed)
    place = np.empty(len(nodes))  # of each among its class, 0 to 1
    for label in np.unique(graph.labels[nodes]):
        members = np.flatnonzero(graph.labels[nodes] == label)
        dealt = random.permutation(members)
        place[dealt] = (np.arange(len(dealt)) + random.random()) / len(dealt)
        place[dealt[0]] = 0
    order = np.argsort(place, kind="stable")
    first = int(np.count_nonzero(place == 0))
    fit = max(round((train_share - val_share) * len(nodes)), first)
    known = max(round(train_share * len(nodes)), fit + 1)
    if known >= len(nodes):
        raise DataError(
            f"graph '{graph.name}': {len(nodes)} labelled nodes of {first} classes are too few to "
            "train, validate and test; label more nodes"
        )
    train, val, test = (np.sort(part) for part in np.split(nodes[order], [fit, known]))
    return Split(name=f"dealt-{100 * train_share:g}-seed{seed}", train=train, val=val, test=test)


def _check_shares(train_share: float, val_share: float) -> None:
    if not 0 < val_share < train_share < 1:
        raise DataError(
            f"shares: train {train_share:g}, of it validation {val_share:g}; "
            "needed 0 < validation < train < 1"
        )


def _taken(graph: TemporalGraph, nodes: Array, count: int, seed: int) -> tuple[Array, Array]:
    """What is left, and `count` nodes taken out, with the same class balance where that goes."""
    if count >= len(nodes):
        raise DataError(
            f"graph '{graph.name}': part train of its split has {len(nodes)} labelled nodes, and "
            f"{count} are needed to validate; name them (val) in the split"
        )
    _, sizes = np.unique(graph.labels[nodes], return_counts=True)
    if sizes.min() >= 2 and len(sizes) <= min(count, len(nodes) - count):
        left, out = _divide(graph, nodes, seed=seed, test_size=count)
        return np.sort(left), np.sort(out)
    drawn = np.random.default_rng(seed).permutation(nodes)
    return np.sort(drawn[count:]), np.sort(drawn[:count])


def _divide(graph: TemporalGraph, nodes: Array, *, seed: int, **sizes: float) -> list[Array]:
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
        parts: list[Array] = train_test_split(nodes, random_state=seed, stratify=labels, **sizes)
    except ValueError as error:  # a part with fewer nodes than there are classes
        raise DataError(
            f"graph '{graph.name}': {len(nodes)} labelled nodes of {len(classes)} classes cannot "
            f"be stratified ({error}); label more nodes, or train on a larger share"
        ) from error
    return parts
