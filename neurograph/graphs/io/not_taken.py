"""A line for each thing of a list of edges that its graph will not have."""

from __future__ import annotations

import re
from collections.abc import Iterable

from neurograph.graphs.io.columns import EdgeColumns
from neurograph.graphs.io.columns.evidence import look
from neurograph.graphs.io.columns.places import place
from neurograph.graphs.io.columns.words import tokens
from neurograph.graphs.tables import Table

FEATURES = re.compile(r"x_(indptr|indices|data|shape|known|binary)|x|feat|features|node_feat")
KNOWN = re.compile(
    r"y|label_names|num_nodes|num_edges|node_id|nodes|timestamp|bipartite|directed"
    r"|(train|val|valid|test)(_(mask|idx|index|indices))?"
)
SHOWN = 4  # columns with a line of their own


def not_taken(table: Table, columns: EdgeColumns) -> list[str]:
    """What is in the file and not in the graph: columns, arrays, directions."""
    left = [name for name in table.columns if name not in columns.taken]
    lines = [_line(table, name) for name in left] if len(left) <= SHOWN else _together(left)
    lines += list(table.notes)
    beside = [name for name in table.beside if not KNOWN.fullmatch(name)]
    features = [name for name in beside if FEATURES.fullmatch(name)]
    if features:
        lines.append(
            f"features of nodes ({', '.join(features)}) are not taken; they come by: neurograph "
            f"features GRAPH --given {getattr(table.beside[features[0]], 'path', table.path)}"
        )
    if rest := [name for name in beside if name not in features]:
        lines.append(f"not taken: {', '.join(rest)}")
    if columns.directed:
        lines.append(
            f"directions are not taken: from {place(columns.source)} to {place(columns.target)} "
            "and back is one pair"
        )
    return lines


def _line(table: Table, name: str) -> str:
    one = look(table.columns[name])
    numbers = not set(tokens(name)) & {"id", "idx", "index", "label", "class", "type"}
    usable = (
        numbers and one.kind in ("integer", "decimal") and len(one.values) > 1 and one.values[0] > 0
    )
    hint = f"; --weight {name} takes it as weights" if usable else ""
    return f"{place(name)} is not taken ({one}){hint}"


def _together(names: Iterable[str]) -> list[str]:
    """Many columns in one line, numbered ones as a range."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.rstrip("0123456789"), []).append(name)
    told = [
        f"{group[0]} to {group[-1]} ({len(group)})" if len(group) > SHOWN else ", ".join(group)
        for group in groups.values()
    ]
    return [f"columns not taken: {', '.join(told)}"]
