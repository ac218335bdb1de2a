"""What the lines above the rows say: names of columns, the layout, roles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurograph.core.errors import DataError
from neurograph.graphs.tables.dialect import Dialect
from neurograph.graphs.tables.names import is_comment_header, is_header, is_word, unique_names
from neurograph.graphs.tables.preamble import Preamble

KONECT = re.compile(r"(sym|asym|bip)\s+[a-z]+\b.*")
UNDIRECTED = re.compile(r"undirected\b", re.IGNORECASE)
JODIE = "comma_separated_list_of_features"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """Names of columns, and where they come from.

    Attributes:
        columns: names, all different.
        named: whether the file names them.
        lines: of header above the rows: 0 or 1.
        doubtful: whether the first row may name them all the same.
        layout: as in `Table`.
        roles: as in `Table`.
        beside: as in `Table`.
        notes: as in `Table`.
    """

    columns: tuple[str, ...]
    named: bool
    lines: int
    doubtful: bool = False
    layout: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def unnamed(self, column: str) -> bool:
        """Whether a column has a name that only says that it has none."""
        return column.startswith("Unnamed: ")


def read_heading(
    path: Path,
    preamble: Preamble,
    rows: Sequence[Sequence[str]],
    dialect: Dialect,
    header: bool | None,
) -> Heading:
    """How the columns are called.

    Args:
        path: for errors.
        preamble: comments above the rows.
        rows: fields of lines, the first of the file first.
        dialect: how lines became fields.
        header: whether the first row names the columns. None: found out.

    Raises:
        DataError: a header that names another number of columns than the rows have.
    """
    if preamble.sizes:
        return read_matrix_heading(path, preamble, dialect.fields)
    first = rows[0]
    sure = is_header(first, rows[1:]) if header is None else header
    if sure and (header or len(rows) > 1 or all(map(is_word, first))):
        return _named(path, first, dialect, rows[1:])
    places = tuple(str(i) for i in range(dialect.fields))
    if "%" in preamble.signs and KONECT.fullmatch(preamble.comments[0]):
        return _konect(preamble.comments[0], places)
    for comment in reversed(preamble.comments if header is None else ()):
        fields = [text.strip() for text in re.split(r"[\t,;|]|\s+", comment) if text.strip()]
        if len(fields) == dialect.fields and is_comment_header(fields):
            return Heading(
                columns=unique_names(fields),
                named=True,
                lines=0,
                layout="snap",
                beside={"directed": False} if any(map(UNDIRECTED.match, preamble.comments)) else {},
            )
    return Heading(columns=places, named=False, lines=0, doubtful=sure is None and len(rows) > 1)


def read_matrix_heading(path: Path, preamble: Preamble, fields: int) -> Heading:
    """What the first line of a MatrixMarket file says.

    Raises:
        DataError: not a matrix of coordinates, or sizes that are none.
    """
    words = preamble.comments[0].lower().split()[1:]
    if words[:2] != ["matrix", "coordinate"]:
        raise DataError(f"{path}: a MatrixMarket {' '.join(words[:2])}; needed matrix coordinate")
    sizes = preamble.sizes
    if len(sizes) != 3 or not all(size.isdecimal() and len(size) <= 18 for size in sizes):
        raise DataError(
            f"{path}, line {preamble.lines} ('{' '.join(sizes)[:80]}'): needed the numbers of "
            f"rows, columns and entries"
        )
    if "complex" in words:
        raise DataError(
            f"{path}: a MatrixMarket of complex numbers, which are no weights; needed real, "
            "integer or pattern"
        )
    names = ("source", "target", "weight", "time")[:fields]
    columns = names + tuple(f"{i}" for i in range(len(names), fields))
    rows, width, entries = map(int, sizes)
    return Heading(
        columns=columns,
        named=True,
        lines=0,
        layout="matrix market",
        roles={name: name for name in names},
        beside={
            "bipartite": rows != width,
            "directed": "symmetric" not in words,
            "num_edges": entries,
        },
    )


def _named(
    path: Path, first: Sequence[str], dialect: Dialect, rows: Sequence[Sequence[str]]
) -> Heading:
    begins = [row[0] for row in rows if row]
    names, fields = list(first), dialect.fields
    if JODIE in names[-1:] and fields >= len(names) - 1:
        count = fields - len(names) + 1
        features = [f"f{i}" for i in range(count)]
        return Heading(
            columns=unique_names([*names[:-1], *features]),
            named=True,
            lines=1,
            layout="jodie",
            roles={"source": names[0], "target": names[1], "time": names[2]}
            if len(names) >= 4
            else {},
            beside={"bipartite": True},
        )
    if len(names) == fields - 1 and rows and all(len(r) == fields and not r[-1] for r in rows):
        names = [*names, ""]  # a separator at the end of each row
    if len(names) == fields - 1 and len(set(begins)) == len(begins):  # row names, as R has them
        names = ["", *names]
    if len(names) != fields:
        raise DataError(
            f"{path}: the header names {len(names)} columns ({', '.join(first)[:80]}), the rows "
            f"have {fields} fields between {dialect}"
        )
    differ = unique_names(names)
    notes = tuple(
        f"two columns are called '{name}'; the later one is '{new}' here"
        for name, new in zip(names, differ, strict=True)
        if name and name != new
    )
    return Heading(columns=differ, named=True, lines=1, notes=notes)


def _konect(comment: str, places: tuple[str, ...]) -> Heading:
    roles = dict(zip(("source", "target", "weight", "time"), places, strict=False))
    kind = comment.split()[0]
    return Heading(
        columns=places,
        named=False,
        lines=0,
        layout="konect",
        roles=roles,
        beside={"bipartite": kind == "bip", "directed": kind != "sym"},
    )
