"""Edge lists with a dictionary per line, as networkx writes them: 28 37 {'time': 1}."""

from __future__ import annotations

import ast
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs.tables.decode import to_utf8
from neurograph.graphs.tables.preamble import comment_sign
from neurograph.graphs.tables.records import column_of, graph_table
from neurograph.graphs.tables.source import Source
from neurograph.graphs.tables.table import Table

NEEDED = "needed two nodes and a dictionary, as in 28 37 {'time': 1}"


def read_edge_dictionaries(source: Source, encoding: str | None = None) -> Table:
    """The edges, the entries of their dictionaries as columns.

    Raises:
        DataError: a line is of another form; it is named.
    """
    lines = to_utf8(source.path, source.data(), encoding).decode().split("\n")
    numbers = [i for i, line in enumerate(lines) if line.strip() and not comment_sign(line)]

    def where(row: int) -> str:
        return f"{source.path}, line {numbers[row] + 1} ('{lines[numbers[row]].strip()[:80]}')"

    rows = [_fields(lines[number], where, row) for row, number in enumerate(numbers)]
    ends = column_of([end for a, b, _ in rows for end in (a, b)])
    edges = [(ends[2 * i], ends[2 * i + 1], rows[i][2]) for i in range(len(rows))]
    return graph_table(source.path, edges, [], layout="edge list", where=where)


def _fields(line: str, where: Any, row: int) -> tuple[str, str, dict[str, Any]]:
    ends, brace, inside = line.partition("{")
    separator = next((s for s in ("\t", ",", ";") if s in ends), None)
    nodes = [end.strip() for end in ends.strip(" \t,;").split(separator)]
    if len(nodes) != 2 or not brace:
        raise DataError(f"{where(row)}: {NEEDED}")
    try:
        attributes = ast.literal_eval((brace + inside).strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise DataError(f"{where(row)}: {NEEDED}") from error
    if not isinstance(attributes, dict):
        raise DataError(f"{where(row)}: {NEEDED}")
    return nodes[0], nodes[1], {str(key): value for key, value in attributes.items()}
