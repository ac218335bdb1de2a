"""The table of a file of labels, whose first line is a header or not by the ids of the edges."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.ends import Ends
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.tables import Table, read_table

REMEDY = "--yes; else name its columns in a first line node,label"  # --header is of the edges


def read_label_table(
    path: Path, ends: Ends, doubts: Doubts, *, encoding: str | None = None
) -> tuple[Table, list[str]]:
    """The table, and a note where the edges said whether its first line is a row.

    Where all of a file are texts, a first line can be both. It is a row if its node has an edge;
    it names the columns if it is the only one whose node has none.

    Args:
        ends: of the edges.
        doubts: asked where the edges do not say it.
    """
    read = partial(read_table, path, encoding=encoding, rest=True)
    table = read()
    if not table.doubts:
        return table, []
    header = _has_header(table, NodeNames.of(*ends.ids))
    if header is None:
        for doubted, guess, _ in table.doubts:
            doubts.ask(doubted, guess, REMEDY)
        return table, []
    table, first = read(header=header), [str(values[0]) for values in table.columns.values()]
    if not header:
        return table, []
    return table, [f"{path}: its first line ({', '.join(first)}) names the columns: no such node"]


def _has_header(table: Table, edges: NodeNames) -> bool | None:
    """Whether the first row is none; None where no column is of nodes that have edges."""
    for values in table.columns.values():
        known = edges.index(values) >= 0
        if known[0]:
            return False
        if len(known) > 1 and bool(np.all(known[1:])):
            return True
    return None
