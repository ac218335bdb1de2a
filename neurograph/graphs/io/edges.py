"""Edge lists from outside: SpikeNet's text, .npz, CSV, Parquet."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.array_table import read_npz, read_parquet, table_of
from neurograph.graphs.io.assemble import assemble, check_size
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.labels import Labels, labels_of_arrays, no_labels, read_labels
from neurograph.graphs.io.table import NODE, TIME, Kinds, Reader, Table
from neurograph.graphs.io.text_table import read_blanks, read_csv
from neurograph.graphs.io.time_steps import to_steps
from neurograph.graphs.io.times import parse_times

COLUMNS = ("u", "v", "t")


def import_edges(
    edges: Path,
    *,
    labels: Path | None = None,
    steps: int | None = None,
    window: float | None = None,
    columns: tuple[str, str, str] | None = None,
    nodes: int | None = None,
    name: str | None = None,
    source: str | None = None,
    licence: str | None = None,
) -> TemporalGraph:
    """Read an edge list, and labels, into a temporal graph.

    The ending of the file decides how it is read: ``.npz`` (arrays u, v, t, and where given y,
    label_names, num_nodes), ``.csv`` and ``.parquet`` (named columns), else text with
    ``u v t`` per line as SpikeNet has it. Text and CSV may be gzipped (``.gz``).

    Edges may be unsorted and repeated; self edges are dropped; all of it is counted in
    ``meta["counts"]``. How times became steps is in ``meta["time_rule"]``; see `to_steps`.

    Args:
        labels: ``node label`` per line, or a CSV or Parquet file with columns node, label. Nodes
            that it leaves out, or labels -1, have none. Without a file (and without y in an
            .npz), no node has.
        columns: names of the columns that hold source, target and time.
        nodes: number of nodes, where the last ones have no edge. Default: largest id + 1.

    Raises:
        DataError: a file is missing, damaged or malformed (the line is named), a label is for a
            node that no edge has, or the times need `steps` or `window`.
    """
    arrays = read_npz(edges) if edges.suffix == ".npz" else {}
    table = _read_edges(edges, arrays, columns)
    u, v, times = (np.asarray(column) for column in table.columns.values())
    if (u == v).all():
        raise DataError(f"{edges}: no edge between two different nodes")
    count = _num_nodes(table, u, v, nodes, arrays)
    doubts = Doubts()
    timing = to_steps(
        parse_times(times, where=table.where, doubts=doubts),
        steps=steps,
        window=window,
        where=str(edges),
        doubts=doubts,
    )
    doubts.settle()
    check_size(count, timing.num_steps, str(edges))
    classes = _labels(labels, arrays, count, edges)
    files = [edges] if labels is None else [edges, labels]
    meta = {
        "name": name or edges.name.split(".")[0],
        "source": source or "",
        "licence": licence or "",
        "generated": False,
        "files": [{"name": file.name, "sha256": _sha256(file)} for file in files],
        "time_rule": timing.rule,
        "counts": {
            "rows": len(table),
            "rows_before_an_earlier_one": int(np.count_nonzero(times[1:] < times[:-1])),
        },
    }
    return assemble(
        *(u, v, timing.step),
        num_nodes=count,
        num_steps=timing.num_steps,
        labels=classes.values,
        label_names=classes.names,
        meta=meta,
    )


def _read_edges(
    path: Path, arrays: dict[str, Array], columns: tuple[str, str, str] | None
) -> Table:
    names = columns or COLUMNS
    if len(set(names)) != 3:
        raise DataError(f"columns {', '.join(names)}: needed 3 different names")
    kinds: Kinds = dict(zip(names, (NODE, NODE, TIME), strict=True))
    if path.suffix == ".npz":
        return table_of(arrays, kinds, path)
    read = _reader(path)
    if columns is not None and read is read_blanks:
        raise DataError(f"{path}: columns of a text file have no names; give them in a .csv")
    return read(path, kinds)


def _reader(path: Path) -> Reader:
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    ending = suffixes[-1] if suffixes else ""
    return {".csv": read_csv, ".parquet": read_parquet}.get(ending, read_blanks)


def _num_nodes(
    table: Table, u: Array, v: Array, nodes: int | None, arrays: dict[str, Array]
) -> int:
    largest = np.maximum(u, v)
    needed = int(largest.max()) + 1
    given = arrays.get("num_nodes") if nodes is None else nodes
    if given is None:
        return max(needed, len(np.atleast_1d(arrays.get("y", ()))))
    if np.ndim(given) != 0 or np.asarray(given).dtype.kind not in "iu":
        raise DataError(f"the number of nodes is given as {given}; needed one integer")
    if given < needed:
        raise DataError(
            f"{table.where(int(np.argmax(largest)))}: node {needed - 1}, but the number of nodes "
            f"is given as {given}; needed at least {needed}"
        )
    return int(given)


def _labels(labels: Path | None, arrays: dict[str, Array], count: int, edges: Path) -> Labels:
    if labels is not None and "y" in arrays:
        raise DataError(f"{edges} has labels (y), and {labels} is given too; choose one")
    if labels is not None:
        return read_labels(labels, _reader(labels), count)
    return labels_of_arrays(arrays, count, edges) if "y" in arrays else no_labels(count)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(functools.partial(file.read, 1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
