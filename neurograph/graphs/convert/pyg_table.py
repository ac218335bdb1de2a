"""PyTorch Geometric's objects as a table: Data, TemporalData, a list of snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.convert.once import stands_both_ways
from neurograph.graphs.convert.pyg_parts import ENDS, PygParts, pyg_parts
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.tables import Table

NAME = "PyTorch Geometric"


def pyg_table(data: Any, *, split: int | None = None, yes: bool = False) -> Table:
    """The edges of a `Data`, a `TemporalData`, a mapping of their tensors, or of a list of them.

    A list is one snapshot after another: the time is its own (t, time) or its place in the list.

    Args:
        split: which column of the masks, where they hold several splits.
        yes: take what is guessed.

    Raises:
        DataError: no edges, tensors of shapes that do not fit, several kinds of nodes, or
            snapshots that do not fit together.
        DoubtError: snapshots differ in their number of nodes, and none says which is which.
    """
    if isinstance(data, Mapping) or any(hasattr(data, name) for name in (*ENDS, "to_dict")):
        return _table(_once([pyg_parts(data, split=split)])[0], type(data).__name__)
    if not isinstance(data, Iterable) or isinstance(data, str | bytes):
        raise DataError(f"{type(data).__name__}: needed a Data, a TemporalData or a list of them")
    parts = [pyg_parts(one, split=split, at=f"snapshot {i}") for i, one in enumerate(data)]
    if not parts:
        raise DataError("a list without snapshots; needed a Data for each")
    return _table(_joined(_once(parts), yes), f"list of {len(parts)} snapshots")


def _table(parts: PygParts, what: str) -> Table:
    if not len(parts.source):
        raise DataError(f"{what}: no edges, edge_index is (2, 0)")
    optional = {"time": parts.time, "weight": parts.weight}
    given = {name: values for name, values in optional.items() if values is not None}
    sides = ("u", "v") if parts.undirected else ("source", "target")
    ends = dict(zip(sides, (parts.source, parts.target), strict=True))
    columns = {**ends, **given, **parts.extra}
    beside: dict[str, Any] = {**parts.masks}
    names = None if parts.label_names is None else np.array(parts.label_names, np.str_)
    count = parts.num_nodes if parts.ids is None else len(parts.ids)
    nodes = {
        "num_nodes": count,
        "node_id": parts.ids,
        "y": parts.y,
        "label_names": names if parts.y is not None else None,
    }
    beside |= {name: np.asarray(value) for name, value in nodes.items() if value is not None}
    return Table(
        path=Path(what),
        columns={name: _plain(values) for name, values in columns.items()},
        named=True,
        where=lambda row: f"{what}, edge {row} ({parts.source[row]} - {parts.target[row]})",
        layout="pyg",
        roles={"source": sides[0], "target": sides[1], **{name: name for name in given}},
        beside=beside,
        notes=tuple(dict.fromkeys(parts.notes)),
    )


def _plain(values: Array) -> Array:
    """As a `Table` has them."""
    wide = {"i": "int64", "u": "int64", "f": "float64", "M": "datetime64[ns]", "b": "bool"}
    return values.astype(wide[values.dtype.kind])


def _once(snapshots: list[PygParts]) -> list[PygParts]:
    """Each edge once, where all of these have each in both directions."""
    some = [parts for parts in snapshots if len(parts.source)]
    if not some or not all(map(_both_ways, some)):
        return snapshots
    return [_of_edges(parts, parts.source <= parts.target) for parts in snapshots]


def _both_ways(parts: PygParts) -> bool:
    same = [values for values in (parts.time, parts.weight) if values is not None]
    return stands_both_ways(parts.source, parts.target, [*same, *parts.extra.values()])


def _of_edges(parts: PygParts, keep: Array) -> PygParts:
    return replace(
        parts,
        undirected=True,
        source=parts.source[keep],
        target=parts.target[keep],
        time=None if parts.time is None else parts.time[keep],
        weight=None if parts.weight is None else parts.weight[keep],
        extra={name: values[keep] for name, values in parts.extra.items()},
    )


def _joined(snapshots: list[PygParts], yes: bool) -> PygParts:
    """One after another; the classes and masks of a node are the last ones."""
    guesses = _same_nodes(snapshots, yes)
    ids = _all_ids(snapshots)
    places = [np.searchsorted(ids, _ids(parts)) for parts in snapshots]
    notes = [note for parts in snapshots for note in parts.notes] + list(guesses)
    if spare := dict.fromkeys(name for parts in snapshots for name in parts.extra):
        notes.append(f"not taken: {', '.join(spare)}")
    if empty := [str(i) for i, parts in enumerate(snapshots) if not len(parts.source)]:
        notes.append(f"snapshots without edges: {', '.join(empty)}")
    pairs = list(zip(snapshots, places, strict=True))
    masks = {part: _masks(pairs, part, len(ids)) for parts in snapshots for part in parts.masks}
    return PygParts(
        source=np.concatenate([place[parts.source] for parts, place in pairs]),
        target=np.concatenate([place[parts.target] for parts, place in pairs]),
        undirected=all(parts.undirected for parts in snapshots),
        time=_times(snapshots),
        weight=_weights(snapshots),
        num_nodes=len(ids) if any(parts.num_nodes is not None for parts in snapshots) else None,
        ids=ids if any(parts.ids is not None for parts in snapshots) else None,
        y=_classes(pairs, len(ids), notes),
        masks=masks,
        label_names=next((parts.label_names for parts in snapshots if parts.label_names), None),
        notes=tuple(notes),
    )


def _same_nodes(snapshots: Sequence[PygParts], yes: bool) -> tuple[str, ...]:
    """Doubt whether node 3 of one is node 3 of another, where they have not equally many."""
    doubts = Doubts(yes=yes)
    sizes = [parts.num_nodes for parts in snapshots if parts.num_nodes is not None]
    if len(set(sizes)) > 1 and any(parts.ids is None for parts in snapshots):
        doubts.ask(
            f"snapshots have {min(sizes):,} to {max(sizes):,} nodes; is node 3 the same in all?",
            "the same number is the same node",
            "else set data.node_id in each snapshot",
        )
    return doubts.settle()


def _ids(parts: PygParts) -> Array:
    if parts.ids is not None:
        return parts.ids
    largest = max(parts.source.max(initial=-1), parts.target.max(initial=-1))
    return np.arange(largest + 1 if parts.num_nodes is None else parts.num_nodes)


def _all_ids(snapshots: Sequence[PygParts]) -> Array:
    kinds = {parts.ids.dtype.kind == "U" for parts in snapshots if parts.ids is not None}
    if len(kinds) > 1 or (kinds and any(parts.ids is None for parts in snapshots)):
        raise DataError("some snapshots have node_id, others not, or of another kind")
    return np.unique(np.concatenate([_ids(parts) for parts in snapshots]))


def _times(snapshots: Sequence[PygParts]) -> Array:
    own = [parts.time for parts in snapshots if parts.time is not None]
    if not own:
        sizes = [len(parts.source) for parts in snapshots]
        return np.repeat(np.arange(len(snapshots)), sizes)
    if len(own) != len(snapshots):
        raise DataError("some snapshots have a time, others not; needed all or none")
    return np.concatenate(own)


def _weights(snapshots: Sequence[PygParts]) -> Array | None:
    given = [parts.weight for parts in snapshots if parts.weight is not None]
    if len(given) not in (0, len(snapshots)):
        raise DataError("some snapshots have edge_weight, others not; needed all or none")
    return np.concatenate(given) if given else None


def _classes(pairs: Sequence[tuple[PygParts, Array]], nodes: int, notes: list[str]) -> Array | None:
    if all(parts.y is None for parts, _ in pairs):
        return None
    y, changed = np.full(nodes, -1, np.int64), np.zeros(nodes, bool)
    for parts, place in pairs:
        if parts.y is None:
            continue
        known = parts.y >= 0
        at = place[: len(parts.y)][known]
        changed[at] |= (y[at] >= 0) & (y[at] != parts.y[known])
        y[at] = parts.y[known]
    if changed.any():
        notes.append(f"{np.count_nonzero(changed):,} nodes change their class: the last is taken")
    return y


def _masks(pairs: Sequence[tuple[PygParts, Array]], part: str, nodes: int) -> Array:
    mask = np.zeros(nodes, bool)
    for parts, place in pairs:
        if part in parts.masks:
            mask[place] = parts.masks[part]
    return mask
