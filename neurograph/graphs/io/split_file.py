"""Which node trains, validates or tests: from a table of (node, part), or from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array, fingerprint
from neurograph.core.errors import DataError
from neurograph.graphs.graph import PARTS
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import Table, load_arrays, load_lists, open_source, read_table

WORDS = {
    "train": ["train", "training", "tr", "trn", "fit"],
    "val": ["val", "valid", "validation", "validate", "dev", "development"],
    "test": ["test", "testing", "te", "tst", "eval", "evaluation", "holdout"],
}
NUMBERS = {"0": "train", "1": "val", "2": "test"}
NOTHING = ("", "none", "nan", "na", "-", "-1", "unused", "unlabelled", "unlabeled", "rest")
AFFIXES = frozenset(
    ["mask", "masks", "idx", "index", "indices", "id", "ids", "nodes", "node", "split", "set"]
)
NODES = ["node", "node_id", "nodeid", "id"]  # names of a column of ids
COLUMNS = ["part", "split", "set", "fold", "subset", "mask", "role", "partition"]
NEEDED = "needed a table of node,part with the parts train, val, test, or arrays of these names"


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """The part of every node.

    Attributes:
        part: int8 ``(N,)``, an index into `PARTS`, -1 for a node in none.
        name: says where it is from; stands beside every score.
        notes: a line for each thing that a user should know.
    """

    part: Array
    name: str
    notes: tuple[str, ...] = ()


def read_split(
    path: Path,
    names: NodeNames,
    *,
    encoding: str | None = None,
    header: bool | None = None,
    doubts: Doubts,
) -> Parts:
    """The parts that a file names: .npz with arrays train, val, test, or any table of node,part.

    Without a part val, validation nodes are taken from train when the split is made.

    Args:
        names: nodes of the graph.
        doubts: asked where the file leaves something open.

    Raises:
        DataError: the file is no split, names unknown nodes, puts one into two parts, or leaves
            train or test empty.
    """
    by_place = False
    if (arrays := _arrays(path)) is not None:
        by_place = any(
            _part_word(key) and _is_mask(np.asarray(x), len(names)) for key, x in arrays.items()
        )
        part = part_of_arrays(arrays, names, what=str(path), doubts=doubts)
        if part is None:
            raise DataError(f"{path}: it holds {', '.join(arrays)}; {NEEDED}")
    else:
        table = read_table(path, encoding=encoding, header=header)
        if table.doubts and header is None and not _begins_with_a_row(table, names):
            table = read_table(path, encoding=encoding, header=True)
        by_place = all(_part_word(name) for name in table.columns) or len(table.columns) == 1
        part = part_of_table(table, names, doubts=doubts)
    parts = named_parts(part, str(path), path.name)
    if not by_place or _gapless(names):
        return parts
    some = ", ".join(str(one) for one in names.ids[:2])
    note = f"{path}: its rows have no ids; taken in the order of the nodes' own: {some}, ..."
    return replace(parts, notes=(note, *parts.notes))


def _gapless(names: NodeNames) -> bool:
    """Whether ids are integers of which none lacks, so that everybody counts them alike."""
    return names.ids.dtype.kind == "i" and bool((np.diff(names.ids) == 1).all())


def _arrays(path: Path) -> Mapping[str, Any] | None:
    """The arrays of an .npz, or the lists of a JSON object that has one per part."""
    endings = {suffix.lower() for suffix in path.suffixes[-2:]}
    if ".npz" in endings:
        return load_arrays(open_source(path))
    if ".json" not in endings:
        return None
    lists = load_lists(open_source(path)) or {}
    found = {_part_word(key) for key in lists}
    return lists if {"train", "test"} <= found else None


def _begins_with_a_row(table: Table, names: NodeNames) -> bool:
    """Whether the first line has a node, so that it is no header."""
    return any((names.index(values[:1]) >= 0).any() for values in table.columns.values())


def named_parts(part: Array, what: str, source: str) -> Parts:
    """Parts with a name that tells them apart from any others.

    Raises:
        DataError: train or test is empty.
    """
    sizes = {key: int((part == number).sum()) for number, key in enumerate(PARTS)}
    for key in ("train", "test"):
        if not sizes[key]:
            found = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
            raise DataError(f"{what}: part {key} is empty ({found}); {NEEDED}")
    notes = []
    if not sizes["val"]:
        notes.append(f"{what}: no part val; validation nodes are taken from train")
    if out := int((part < 0).sum()):
        notes.append(f"{what}: {out:,} of {len(part):,} nodes are in no part")
    return Parts(part=part, name=f"{source}-{fingerprint(part)[:8]}", notes=tuple(notes))


def part_of_arrays(
    arrays: Mapping[str, Any], names: NodeNames, *, what: str, doubts: Doubts
) -> Array | None:
    """Parts from arrays such as train, val_mask, idx_test; None where there is none of them.

    Each is a mask of all nodes (truth values, or 0 and 1) in their order, or lists nodes by their
    ids or their places.

    Returns:
        int8 ``(N,)``, as `Parts` has it.

    Raises:
        DataError: an array is of another kind or of other nodes, or a node is in two parts.
    """
    found = {key: np.asarray(a) for key, a in arrays.items() if _part_word(key) is not None}
    if not {"train", "test"} <= {_part_word(key) for key in found}:
        return None
    part = np.full(len(names), -1, np.int8)
    given: dict[int, str] = {}
    for key, array in found.items():
        number = PARTS.index(_part_word(key) or "")
        if number in given:
            raise DataError(f"{what}: arrays {given[number]} and {key} are of one part; keep one")
        given[number] = key
        nodes = _nodes(array, names, f"{what}, {key}", doubts)
        if (taken := part[nodes] >= 0).any():
            node = nodes[int(np.argmax(taken))]
            other = given[int(part[node])]
            raise DataError(f"{what}: node {names.ids[node]} is in {other} and in {key}")
        part[nodes] = number
    return part


def part_of_table(table: Table, names: NodeNames, *, doubts: Doubts) -> Array:
    """Parts from columns node and part, from a column per part, or from one part per row.

    Returns:
        int8 ``(N,)``, as `Parts` has it.

    Raises:
        DataError: as `read_split`.
    """
    what, columns = str(table.path), dict(table.columns)
    masks = {name: values for name, values in columns.items() if _part_word(name) is not None}
    others = [name for name in columns if name not in masks]
    if len(masks) > 1:
        place = _places(table, others[0] if others else None, names)
        spread = {name: _spread(table, name, place, len(names)) for name in masks}
        part = part_of_arrays(spread, names, what=what, doubts=doubts)
        if part is None:
            raise DataError(f"{what}: columns {', '.join(masks)}; {NEEDED}")
        return part
    column = next((name for word in COLUMNS for name in others if name.lower() == word), None)
    named = column is not None
    column = column or (next(iter(masks)) if masks else list(columns)[-1])
    node = next((name for name in columns if name != column), None)
    if len(columns) > 2 and not (named and str(node).lower() in NODES):
        doubts.ask(
            f"{what}: columns {', '.join(columns)}; which hold the node and its part?",
            f"nodes in {node}, parts in {column}",
            "a file with these two columns leaves no doubt",
        )
    return _placed(table, _places(table, node, names), _parts(table, column, doubts), names)


def part_column(table: Table) -> str | None:
    """The column that is called part, split or such and holds nothing but words of parts."""
    for name, values in table.columns.items():
        if name.lower() in COLUMNS and values.dtype == object:
            words = {_number(value) for value in set(values.tolist()) - {None}}
            if words and all(_part_word(word) or word in NOTHING for word in words):
                return name
    return None


def _placed(table: Table, place: Array, numbers: Array, names: NodeNames) -> Array:
    """The part of every node from that of each row."""
    part = np.full(len(names), -1, np.int8)
    part[place] = numbers
    if (clash := part[place] != numbers).any():
        row = int(np.argmax(clash))
        raise DataError(
            f"{table.where(row)}: node {names.ids[place[row]]} is in another part in a later row"
        )
    return part


def _places(table: Table, node: str | None, names: NodeNames) -> Array:
    """Index of the node of each row."""
    if node is None:
        if len(table) != len(names):
            raise DataError(
                f"{table.path}: {len(table):,} rows without ids, one per node, and the graph has "
                f"{len(names):,} nodes; {NEEDED}"
            )
        return np.arange(len(names))
    place = names.index(table.columns[node])
    if (unknown := place < 0).any():
        row = int(np.argmax(unknown))
        some = ", ".join(f"'{one}'" for one in names.ids[:3])
        raise DataError(
            f"{table.where(row)}: node '{table.columns[node][row]}' is not in the graph, whose "
            f"nodes are {some}, ... ({int(unknown.sum()):,} such rows); leave such rows out"
        )
    return place


def _parts(table: Table, column: str, doubts: Doubts) -> Array:
    """Number of the part of each row: int8, -1 for none."""
    import pandas as pd

    codes, different = pd.factorize(pd.Series(table.columns[column]).astype(object))
    words = [_number(word) for word in different]
    numbers = {word for word in words if word.isdecimal()}
    if len(numbers) > len(NUMBERS):
        raise DataError(
            f"{table.path}: column '{column}' has {len(numbers):,} different numbers; folds say no "
            f"part; {NEEDED}"
        )
    if numbers:
        doubts.ask(
            f"{table.path}: parts are the numbers {', '.join(sorted(numbers))}; which is which?",
            "0 is train, 1 is val, 2 is test",
            "the words train, val, test leave no doubt",
        )
    found = []
    for index, word in enumerate(words):
        part = NUMBERS.get(word) or _part_word(word)
        if part is None and word not in NOTHING:
            row = int(np.argmax(codes == index))
            raise DataError(f"{table.where(row)}: '{word}' is no part; {NEEDED}")
        found.append(-1 if part is None else PARTS.index(part))
    return np.array([*found, -1], np.int8)[codes]


def _spread(table: Table, name: str, place: Array, nodes: int) -> Array:
    """A column of truth values per row as a mask of all nodes."""
    values = table.columns[name]
    if values.dtype.kind == "O":
        words = {"true": True, "false": False, "1": True, "0": False}
        values = np.array([words.get(str(value).lower(), 2) for value in values])
    if values.dtype.kind not in "biuf" or not np.isin(values, (0, 1)).all():
        raise DataError(f"{table.path}: column {name} is a part, and has more than 0 and 1")
    mask = np.zeros(nodes, bool)
    mask[place] = values.astype(bool)
    return mask


def _nodes(array: Array, names: NodeNames, what: str, doubts: Doubts) -> Array:
    """Index of each node that an array means."""
    if array.ndim == 2 and len(array) == len(names) and array.shape[1] > 1:
        doubts.ask(
            f"{what} has {array.shape[1]} columns, one per split; which one?",
            "the first",
            "a file with one split leaves no doubt",
        )
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"{what} is {array.dtype}{array.shape}; needed a mask, or nodes")
    if _is_mask(array, len(names)):
        return np.flatnonzero(array)
    if array.dtype.kind == "b":
        raise DataError(f"{what}: a mask of {len(array):,} nodes, the graph has {len(names):,}")
    place = names.index(array.astype(object) if array.dtype.kind in "US" else array)
    if (place >= 0).all():
        return np.unique(place)
    if array.dtype.kind in "iu" and len(array) and 0 <= array.min() <= array.max() < len(names):
        return np.unique(array)  # no ids, so places
    bad = array[int(np.argmax(place < 0))]
    some = ", ".join(f"'{one}'" for one in names.ids[:3])
    raise DataError(f"{what}: node '{bad}' is not in the graph, whose nodes are {some}, ...")


def _is_mask(array: Array, nodes: int) -> bool:
    """Whether there is a truth value for every node; of two nodes, 0 and 1 may be their ids."""
    if len(array) != nodes or array.dtype.kind not in "buif":
        return False
    return array.dtype.kind == "b" or (nodes > 2 and bool(np.isin(array, (0, 1)).all()))


def _part_word(text: str) -> str | None:
    """The part that a word, or the name of a column or array, means."""
    tokens = {token for token in text.lower().replace("-", "_").split("_") if token} - AFFIXES
    word = tokens.pop() if len(tokens) == 1 else ""
    return next((part for part, words in WORDS.items() if word in words), None)


def _number(value: object) -> str:
    """As a word: 0.0 is 0."""
    if isinstance(value, float) and value % 1 == 0:
        return str(int(value))
    return str(value).strip().lower()
