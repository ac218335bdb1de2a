"""A folder as a table: a file per snapshot, or edges with a table of nodes beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.errors import DataError
from neurograph.graphs.tables.join import join_tables
from neurograph.graphs.tables.names import is_word
from neurograph.graphs.tables.source import MAGIC, is_beside
from neurograph.graphs.tables.table import NoRowsError, Table

Read = Callable[[Path], Table]
EDGES = re.compile(r"(.*[_-])?(edges?|edge_?list|links|ratings)([_-]?\d+)?")
NODES = re.compile(r"(.*[_-])?(nodes?|vertices|labels?|classes|features?)([_-]?\d+)?")
DATE = re.compile(r"(\d{4}[-_.]\d{1,2}([-_.]\d{1,2})?)")
SNAPSHOT = "snapshot"


def read_folder(path: Path, read: Read) -> Table:
    """The table that a folder is.

    Edges and nodes are told by their names, as DGL (edges.csv, nodes.csv) and Elliptic
    (txs_edgelist.csv, txs_classes.csv) call them; else each file is a snapshot.

    Args:
        path: of the folder.
        read: a file.

    Raises:
        DataError: a graph folder of NeuroGraph, no file, or files of other names.
    """
    if (path / "graph.json").is_file():
        raise DataError(f"{path}: a graph folder of NeuroGraph already; it needs no import")
    entries = sorted(path.iterdir())
    files = [entry for entry in entries if entry.is_file() and not is_beside(entry.name)]
    files = _counted(files)
    left = [entry.name for entry in entries if entry not in files]
    notes = (f"not read: {', '.join(left[:10])}",) if left else ()
    if not files:
        raise DataError(f"{path}: no file in this folder that may hold edges")
    edges = [file for file in files if EDGES.fullmatch(stem_of(file))]
    nodes = [file for file in files if NODES.fullmatch(stem_of(file))]
    if edges and nodes and len(edges) + len(nodes) == len(files):
        table = _pair(path, edges, nodes, read)
    elif len(files) == 1:
        table = read(files[0])
    else:
        table = _snapshots(path, files, read)
    return replace(table, notes=table.notes + notes)


def _counted(files: list[Path]) -> list[Path]:
    """Those whose names differ in a number only, where these are most of the files."""
    kinds = Counter(skeleton_of(file) for file in files)
    skeleton, count = kinds.most_common(1)[0] if kinds else ("", 0)
    if "#" not in skeleton or count < 3 or 2 * count <= len(files):
        return files
    return [file for file in files if "#" in skeleton_of(file)]


def skeleton_of(file: Path) -> str:
    """The name without endings, '#' for every number."""
    return re.sub(r"\d+", "#", stem_of(file))


def stem_of(file: Path) -> str:
    """The name without endings, in lower case."""
    name = Path(file.name.lower())
    while name.suffix[1:] in MAGIC:
        name = name.with_suffix("")
    return name.stem


def _pair(path: Path, edges: Sequence[Path], nodes: Sequence[Path], read: Read) -> Table:
    if len(edges) > 1:
        names = ", ".join(edge.name for edge in edges)
        raise DataError(f"{path}: {len(edges)} files of edges ({names}); name one of them")
    table = read(edges[0])
    beside: dict[str, Any] = dict(table.beside)
    notes: tuple[str, ...] = table.notes
    features = next((node for node in nodes if "feature" in node.name), None)
    about = [node for node in nodes if node != features] or list(nodes)
    beside["nodes"] = read(about[0])
    notes += (f"nodes are read from {about[0].name}",)
    if len(about) > 1:
        notes += (f"not read: {', '.join(node.name for node in about[1:])}",)
    table = replace(table, beside=beside, notes=notes, layout="edges and nodes")
    if features is None or len(nodes) == 1:
        return table
    beside["features"] = read(features)
    return _with_time_of_nodes(table, beside["features"], features)


def _with_time_of_nodes(table: Table, features: Table, file: Path) -> Table:
    """Edges at the time of their nodes, which Elliptic has in the second column of features."""
    if features.named or len(features.columns) < 3 or len(table.columns) != 2:
        return table
    node, time, *_ = features.columns.values()
    if node.dtype.kind != "i" or time.dtype.kind != "i" or len(np.unique(node)) != len(node):
        return table
    order = np.argsort(node)
    times = []
    for end in table.columns.values():
        if end.dtype.kind != "i":
            return table
        place = np.minimum(np.searchsorted(node[order], end), len(node) - 1)
        if not (node[order][place] == end).all():
            return table
        times.append(time[order][place])
    note = f"times of edges are those of their later node, the second column of {file.name}"
    source, target = table.columns
    return replace(
        table,
        columns={**table.columns, "time": np.maximum(*times)},
        roles={"source": source, "target": target, "time": "time"},
        notes=(*table.notes, note),
        layout="elliptic",
    )


def _snapshots(path: Path, files: Sequence[Path], read: Read) -> Table:
    """A file for each moment: a number or a date in its name, or its place in natural order."""
    skeletons = {skeleton_of(file) for file in files}
    if len(skeletons) > 1 or "#" not in next(iter(skeletons)):
        names = ", ".join(file.name for file in files[:8])
        raise DataError(
            f"{path}: a folder of {len(files)} files ({names}); needed one per snapshot, with "
            f"names that differ in a number or a date, or edges.csv and nodes.csv; else name "
            f"the file of the edges"
        )
    files = sorted(files, key=lambda file: [int(n) for n in re.findall(r"\d+", stem_of(file))])
    moments = [_moment(stem_of(file)) for file in files]
    if not all(isinstance(m, type(moments[0])) and m is not None for m in moments):
        moments = list(range(len(files)))
    if len(set(moments)) < len(moments):
        names = ", ".join(file.name for file in files[:8])
        raise DataError(f"{path}: two files for one snapshot among {names}")
    tables, empty = [], []
    for file, moment in zip(files, moments, strict=True):
        try:
            table = read(file)
        except NoRowsError:
            empty.append(file.name)
            continue
        if SNAPSHOT in table.columns:
            raise DataError(f"{file}: has a column '{SNAPSHOT}' itself; name one file of edges")
        kind = np.int64 if isinstance(moment, int) else object
        column = np.full(len(table), moment, kind)
        tables.append(replace(table, columns={**table.columns, SNAPSHOT: column}, named=True))
    if not tables:
        raise NoRowsError(f"{path}: no rows in any file")
    joined = join_tables(tables, path)
    timed = any(is_word(n) and re.match("t(s|ime.*)?$|date", n.lower()) for n in joined.columns)
    notes = (f"snapshots without edges: {', '.join(empty)}",) if empty else ()
    return replace(
        joined,
        layout="snapshots",
        roles=joined.roles if timed else {**joined.roles, "time": SNAPSHOT},
        notes=joined.notes + notes,
    )


def _moment(stem: str) -> int | str | None:
    """The one number of a name, or its date; None where it has neither."""
    if date := DATE.search(stem):
        return date[1].replace("_", "-").replace(".", "-")
    numbers = re.findall(r"\d+", stem)
    return int(numbers[0]) if len(numbers) == 1 and len(numbers[0]) <= 18 else None
