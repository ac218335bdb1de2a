"""The files that edges come from: read, joined, and named for the graph's records."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from neurograph.core.errors import DataError
from neurograph.graphs.tables import Table, join_tables, read_table
from neurograph.graphs.tables.json_graph import FORMS
from neurograph.graphs.tables.json_mapping import LAYOUT as MAPPING
from neurograph.graphs.tables.read import Reader

Edges = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Table


def read_edges(
    edges: Edges,
    *,
    header: bool | None = None,
    encoding: str | None = None,
    readers: Mapping[str, Reader] | None = None,
) -> Table:
    """One table of all rows, in the order in which files are given.

    Raises:
        DataError: no file, one of them given twice, or files whose columns differ.
    """
    if isinstance(edges, Table):
        return edges
    paths = paths_of(edges)
    if not paths:
        raise DataError("no file of edges is given; needed --edges FILE")
    if len({path.absolute() for path in paths}) != len(paths):
        raise DataError(f"a file of edges is given twice: {', '.join(map(str, paths))}")
    tables = [read_table(path, header=header, encoding=encoding, readers=readers) for path in paths]
    for table in tables:
        if table.layout == MAPPING and not {"source", "target"} <= table.columns.keys():
            raise DataError(f"{table.path}: JSON without edges; {FORMS}")
    return tables[0] if len(tables) == 1 else join_tables(tables)


def paths_of(edges: Edges) -> list[Path]:
    if isinstance(edges, Table):
        return [edges.path]
    if isinstance(edges, (str, os.PathLike)):
        return [Path(edges)]
    return [Path(path) for path in edges]


def name_of(edges: Edges) -> str:
    """What to call a graph of these files: "demo" of demo.csv.gz, of out.demo, of a folder."""
    path = paths_of(edges)[0]
    name = path.name or path.absolute().name
    first, _, rest = name.partition(".")
    return (rest if first.lower() == "out" and rest else first) or name


def records(paths: Sequence[Path]) -> list[dict[str, str]]:
    """Name and SHA-256 of each file, of a folder those in it: JSON values."""
    found: list[dict[str, str]] = []
    for path in paths:
        inside = [one for one in sorted(path.rglob("*")) if one.is_file()] if path.is_dir() else []
        files = inside or ([path] if path.is_file() else [])
        found += [{"name": _within(file, path), "sha256": _sha256(file)} for file in files]
    return found


def _within(file: Path, path: Path) -> str:
    return file.name if file == path else str(file.relative_to(path))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(functools.partial(file.read, 1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
