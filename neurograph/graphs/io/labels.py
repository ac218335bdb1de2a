"""Class labels of nodes: from a file of (node, label), or from the arrays of an .npz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.table import INTEGER, LABEL, NODE, Kinds, Reader

UNLABELLED = "-1"  # as a label in a file
KINDS: Kinds = {"node": NODE, "label": LABEL}


@dataclass(frozen=True, eq=False)
class Labels:
    """int16 ``(N,)`` class of every node, -1 where it has none, and the classes' names."""

    values: Array
    names: tuple[str, ...]


def no_labels(num_nodes: int) -> Labels:
    return Labels(np.full(num_nodes, -1, np.int16), ())


def read_labels(path: Path, read: Reader, num_nodes: int) -> Labels:
    """One class per line; classes are numbered in the order of their labels.

    Integer labels are ordered as numbers, others as texts; the label -1 means none.

    Raises:
        DataError: a bad line, an unknown node, a node with two labels, or fewer than 2 classes.
    """
    table = read(path, KINDS)
    nodes, texts = table.columns["node"], table.columns["label"].astype(str)
    if (unknown := nodes >= num_nodes).any():
        raise DataError(
            f"{table.where(int(np.argmax(unknown)))}: a label for an unknown node; the edges have "
            f"nodes 0 to {num_nodes - 1} ({int(unknown.sum())} such); give the number of nodes "
            "(--nodes) if isolated ones are meant"
        )
    found, kinds = np.unique(texts, return_inverse=True)
    names = sorted((str(name) for name in found if name != UNLABELLED), key=_order(found))
    _check_classes(names, path)
    number = {name: index for index, name in enumerate(names)}
    classes = np.array([number.get(str(n), -1) for n in found], np.int16)[kinds.reshape(-1)]
    values = np.full(num_nodes, -1, np.int16)
    values[nodes] = classes
    if (clash := values[nodes] != classes).any():
        row = int(np.argmax(clash))
        raise DataError(
            f"{table.where(row)}: node {nodes[row]} has another label in a later line; "
            "needed one label per node"
        )
    return Labels(values, tuple(names))


def labels_of_arrays(arrays: Mapping[str, Array], num_nodes: int, path: Path) -> Labels:
    """`y`, one class per node or -1, and `label_names` where there are any.

    Raises:
        DataError: `y` has not one integer from -1 per node, or fewer than 2 classes.
    """
    y = arrays["y"]
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise DataError(f"{path}: y is {y.dtype}{y.shape}; needed one integer per node")
    if len(y) > num_nodes:
        raise DataError(
            f"{path}: y has {len(y)} labels, some for unknown nodes; nodes are 0 to {num_nodes - 1}"
        )
    if len(y) and y.min() < -1:
        raise DataError(f"{path}: y[{int(y.argmin())}] is {y.min()}; needed a class, or -1")
    used = np.unique(y[y >= 0])
    if "label_names" in arrays:
        names = [str(name) for name in arrays["label_names"]]
        if len(used) and used[-1] >= len(names):
            raise DataError(f"{path}: y has class {used[-1]}, label_names has {len(names)}")
        classes = y
    else:
        names = [str(name) for name in used]
        classes = np.where(y >= 0, np.searchsorted(used, y), -1)
    _check_classes([names[i] for i in used] if classes is y else names, path)
    values = np.full(num_nodes, -1, np.int16)
    values[: len(y)] = classes
    return Labels(values, tuple(names))


def _order(found: Array) -> type[int] | type[str]:
    return int if all(INTEGER.fullmatch(str(name)) for name in found) else str


def _check_classes(used: Sequence[str], path: Path) -> None:
    if len(used) < 2:
        what = f"every label is '{used[0]}'" if used else "no node has a label"
        raise DataError(f"{path}: {what}; a classifier needs at least 2 classes")
    if len(used) > (most := np.iinfo(np.int16).max):
        raise DataError(f"{path}: {len(used):,} different labels, limit {most:,}")
