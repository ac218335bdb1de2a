"""What one object of PyTorch Geometric holds: ends, times and weights of edges, facts of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError

TIMES = ("t", "time", "timestamp", "timestamps", "edge_time", "edge_t", "edge_timestamp")
WEIGHTS = ("edge_weight", "edge_weights", "weight")
MASKS = {"train_mask": "train", "val_mask": "val", "test_mask": "test"}
IDS = ("node_id", "node_ids", "node_names", "n_id")
ENDS = ("edge_index", "src", "dst")


@dataclass(frozen=True, eq=False, kw_only=True)
class PygParts:
    """The parts of a `Data` or `TemporalData` that a graph is made of.

    Attributes:
        source, target: int64 ``(E,)``, from 0.
        undirected: whether an edge has no direction.
        time, weight: ``(E,)``, or None.
        extra: further columns of edges by name, ``(E,)``.
        num_nodes: None where the object does not say it.
        ids: int64 or text ``(N,)``, or None.
        y: int64 ``(N,)``, -1 for none, or None.
        masks: part of a split -> bool ``(N,)``.
        label_names: of the classes in y, or None.
        notes: a line for each thing that was not taken.
    """

    source: Array
    target: Array
    undirected: bool = False
    time: Array | None = None
    weight: Array | None = None
    extra: Mapping[str, Array] = field(default_factory=dict)
    num_nodes: int | None = None
    ids: Array | None = None
    y: Array | None = None
    masks: Mapping[str, Array] = field(default_factory=dict)
    label_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def pyg_parts(data: Any, *, split: int | None = None, at: str = "") -> PygParts:
    """Take apart a `Data`, a `TemporalData`, or a mapping of their tensors.

    Args:
        split: which column of the masks, where they hold several splits.
        at: what to call it in errors; else its type.

    Raises:
        DataError: no edges, tensors of shapes that do not fit, or several kinds of nodes.
    """
    at = at or type(data).__name__
    found = _attributes(data, at)
    events = "edge_index" not in found  # of TemporalData: what it has is of events, not of nodes
    source, target = _ends(found, at)
    notes: list[str] = []
    nodes = None if events else _num_nodes(found, source, target, at)
    time = _edge_column(found, TIMES, len(source), at)
    weight = _edge_column(found, WEIGHTS, len(source), at)
    y = None if events else _classes(found, nodes, at, notes)
    masks = {} if events else _masks(found, nodes, split, at)
    ids = _ids(found, nodes, at)
    extra = _extra(found, len(source), notes)
    return PygParts(
        source=source,
        target=target,
        time=time,
        weight=weight,
        extra=extra,
        num_nodes=nodes,
        ids=ids,
        y=y,
        masks=masks,
        label_names=_label_names(found),
        notes=tuple(f"{at}: {note}" for note in notes + _left(found)),
    )


def _attributes(data: Any, at: str) -> dict[str, Any]:
    """Arrays, lists and numbers by name; what is taken is removed from here."""
    if isinstance(data, Mapping):
        given = dict(data)
    elif callable(getattr(data, "to_dict", None)):
        given = dict(data.to_dict())
    else:
        given = dict(getattr(data, "__dict__", {}))
    if any(isinstance(value, Mapping) for value in given.values()):
        raise DataError(f"{at}: several kinds of nodes or edges; needed one: data.to_homogeneous()")
    return {str(name): _array(value) for name, value in given.items() if value is not None}


def _array(value: Any) -> Any:
    """A tensor as an array, without asking which library it is of."""
    if not callable(getattr(value, "detach", None)):
        return value
    value = value.detach().cpu()
    if str(value.dtype) == "torch.bfloat16":  # numpy has none
        value = value.float()
    if getattr(value, "is_sparse", False) or "sparse" in str(getattr(value, "layout", "")):
        return value
    return np.asarray(value.numpy())


def _ends(found: dict[str, Any], at: str) -> tuple[Array, Array]:
    if "edge_index" in found:
        index = np.asarray(found.pop("edge_index"))
        if index.ndim != 2 or len(index) != 2:
            raise DataError(f"{at}: edge_index {index.shape}; needed (2, E)")
        source, target = index
    elif {"src", "dst"} <= found.keys():
        source, target = (np.asarray(found.pop(name)) for name in ("src", "dst"))
    else:
        there = ", ".join(found) or "nothing"
        raise DataError(
            f"{at}: no edges; needed edge_index, or src and dst; there is: {there}"
            + "; data.edge_index = torch.stack(data.adj_t.coo()[:2])" * ("adj_t" in found)
        )
    if source.shape != target.shape or source.ndim != 1:
        raise DataError(f"{at}: src {source.shape} and dst {target.shape}; needed (E,) both")
    if len(source) and not {source.dtype.kind, target.dtype.kind} <= set("iu"):
        raise DataError(f"{at}: edges of {source.dtype}; needed integers")
    if len(source) and min(source.min(), target.min()) < 0:
        raise DataError(f"{at}: node {min(source.min(), target.min())}; nodes count from 0")
    return source.astype(np.int64), target.astype(np.int64)


def _num_nodes(found: dict[str, Any], source: Array, target: Array, at: str) -> int | None:
    given = found.pop("num_nodes", None)
    for name, dimensions in (("x", (2,)), ("y", (1, 2))):
        values = found.get(name, 0)
        if given is None and np.ndim(values) in dimensions and len(values) > 1:
            given = len(values)
    if given is None:
        return None
    nodes = int(np.asarray(given).reshape(-1)[0])
    largest = max(source.max(initial=-1), target.max(initial=-1))
    if largest >= nodes:
        raise DataError(f"{at}: an edge of node {largest}, and {nodes:,} nodes")
    return nodes


def _edge_column(
    found: dict[str, Any], names: tuple[str, ...], edges: int, at: str
) -> Array | None:
    """The first of these names with a value per edge; one value for all counts for each."""
    for name in names:
        if name not in found:
            continue
        values = np.asarray(found[name])
        if values.dtype.kind not in "iufbM" or values.size not in (1, edges):
            raise DataError(f"{at}: {name} {values.dtype}{values.shape}; needed ({edges},)")
        del found[name]
        return np.broadcast_to(values.reshape(-1), (edges,))
    return None


def _classes(found: dict[str, Any], nodes: int | None, at: str, notes: list[str]) -> Array | None:
    y = np.asarray(found.pop("y")) if "y" in found else None
    if y is None:
        return None
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 and y.size:
        raise DataError(
            f"{at}: y {y.shape}; one class per node, several are not supported; of one-hot "
            "rows: data.y = data.y.argmax(1)"
        )
    if nodes is not None and y.size != nodes:
        if y.size > 1:
            raise DataError(f"{at}: y ({y.size},); needed ({nodes},): a class of each node, or -1")
        notes.append("y is one value for the whole graph: not taken")
        return None
    empty = np.isnan(y) if y.dtype.kind == "f" else np.zeros(len(y), bool)
    classes = np.where(empty, -1, y)
    whole = classes.astype(np.int64)
    if (odd := whole != classes).any():
        node = int(np.argmax(odd))
        raise DataError(f"{at}: y[{node}] is {y[node]}; needed classes, which are integers")
    return np.maximum(whole, -1)


def _masks(
    found: dict[str, Any], nodes: int | None, split: int | None, at: str
) -> dict[str, Array]:
    masks = {}
    for name, part in MASKS.items():
        if name not in found:
            continue
        mask = np.asarray(found.pop(name))
        if mask.ndim == 2 and mask.shape[1] == 1:
            mask = mask[:, 0]
        if mask.ndim == 2 and split is None:
            raise DataError(f"{at}: {name} has {mask.shape[1]} splits; choose one: split=0")
        if mask.ndim == 2:
            if not 0 <= int(split or 0) < mask.shape[1]:
                raise DataError(f"{at}: split is {split}; {name} has 0 to {mask.shape[1] - 1}")
            mask = mask[:, split]
        if mask.dtype.kind != "b" or mask.ndim != 1 or nodes not in (None, len(mask)):
            raise DataError(f"{at}: {name} {mask.dtype}{mask.shape}; needed bool ({nodes},)")
        masks[part] = mask
    return masks


def _ids(found: dict[str, Any], nodes: int | None, at: str) -> Array | None:
    name = next((name for name in IDS if name in found), None)
    if name is None:
        return None
    ids = np.asarray(found.pop(name))
    if ids.dtype.kind not in "iuU" or ids.ndim != 1 or nodes not in (None, len(ids)):
        raise DataError(f"{at}: {name} {ids.dtype}{ids.shape}; needed an id of each node ({nodes})")
    if len(np.unique(ids)) != len(ids):
        raise DataError(f"{at}: {name} has an id twice; needed a different one for each node")
    return ids


def _label_names(found: dict[str, Any]) -> tuple[str, ...] | None:
    names = found.pop("label_names", None)
    return None if names is None else tuple(str(name) for name in names)


def _extra(found: dict[str, Any], edges: int, notes: list[str]) -> dict[str, Array]:
    """Numbers of edges that no name explains."""
    extra = {}
    for name in [name for name in found if name.startswith("edge_") or name == "msg"]:
        values = found[name]
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "biufM":
            continue
        if not values.ndim or len(values) != edges or not values.size:
            continue
        del found[name]
        if values.ndim == 1 or values.shape[1:] == (1,):
            extra[name] = values.reshape(-1)
        else:
            notes.append(f"{name} {values.shape}, features of edges: not taken")
    return extra


def _left(found: dict[str, Any]) -> list[str]:
    notes = []
    if "x" in found:
        shape = np.shape(found.pop("x"))
        notes.append(
            f"x {shape}, features of nodes: not taken; np.save('x.npy', data.x), then: "
            "neurograph features GRAPH --given x.npy"
        )
    if found:
        notes.append(f"not taken: {', '.join(found)}")
    return notes
