"""Tables in text: fields between blanks, tabs, commas, semicolons or bars, with a header or none.

pandas parses the whole file at once. Only if that fails are the lines read again, one by one, to
name the first bad one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.decode import to_utf8
from neurograph.graphs.tables.dialect import BLANKS, Dialect, find_dialect
from neurograph.graphs.tables.heading import Heading, read_heading
from neurograph.graphs.tables.lines import Line, always_comment, rows_of
from neurograph.graphs.tables.names import is_number
from neurograph.graphs.tables.parse import (
    FLOATS,
    INTEGERS,
    TEXTS,
    Coded,
    Columns,
    parse,
    parse_texts,
)
from neurograph.graphs.tables.preamble import Preamble, comment_sign, read_preamble, sample_lines
from neurograph.graphs.tables.scan import has_comments, has_zeros_in_front, without_comments
from neurograph.graphs.tables.source import Source
from neurograph.graphs.tables.table import NoRowsError, Table
from neurograph.graphs.tables.values import INTEGER, typed

MOMENT = re.compile(r"\b(\d{4}[-/]\d\d[-/]\d\d) (\d\d:\d\d)")  # a blank within one field
LONG = 18  # digits that surely fit 64 bits


@dataclass(frozen=True, eq=False)
class _Text:
    """A text file that has been looked at."""

    source: Source
    data: bytes
    preamble: Preamble
    dialect: Dialect
    heading: Heading
    sample: list[list[str]]

    def rows(self) -> Iterator[Line]:
        skip = self.preamble.lines + self.heading.lines
        return rows_of(self.data.decode(), self.dialect, skip, always_comment)


def read_text(
    source: Source,
    *,
    header: bool | None = None,
    encoding: str | None = None,
    rest: bool = False,
) -> Table:
    """The columns of a text file.

    Args:
        source: the file.
        header: whether the first line names the columns. None: found out.
        encoding: of the text. None: found out, else UTF-8.
        rest: where blanks part fields and their number differs, a row is its first field and the
            rest of the line.

    Raises:
        DataError: not text of that encoding, or lines with different numbers of fields (the
            first is named).
    """
    text = _look(source, header, encoding, rest)
    parsed = _split_rows(text) if text.dialect.rest else _parse(text)
    columns: dict[str, Array] = {}
    coded: dict[str, tuple[Array, Array]] = {}
    said: dict[str, list[str]] = {}
    for place, name in enumerate(text.heading.columns):
        column = parsed.pop(place)
        if isinstance(column, Coded):
            columns[name], note = typed(column, text.dialect.separator)
            said.setdefault(note, []).append(name)
            if columns[name].dtype == object:
                coded |= _coded(name, column)
        else:
            columns[name] = column
    notes = [
        *text.heading.notes,
        *(_of_columns(names, note) for note, names in said.items() if note),
    ]
    columns = _without_index(columns, text.heading, notes)
    _check_header_again(text, columns)
    stated = text.heading.beside.get("num_edges")
    if stated not in (None, len(next(iter(columns.values())))):
        raise DataError(
            f"{source.path}: has {len(next(iter(columns.values()))):,} entries, its line of sizes "
            f"says {stated:,}; truncated? get it again"
        )
    return Table(
        path=source.path,
        columns=columns,
        named=text.heading.named,
        where=lambda row: _where(_look(source, header, encoding, rest), row),
        layout=text.heading.layout,
        roles=text.heading.roles,
        beside=text.heading.beside,
        notes=tuple(notes),
        doubts=_doubts(source, text, columns),
        coded=coded,
    )


def _coded(name: str, column: Coded) -> dict[str, tuple[Array, Array]]:
    """Its codes for `Table.coded`; none where entries are missing or differ in blanks alone."""
    words = [word.strip() for word in column.words]
    if "" in words or len(set(words)) < len(words):
        return {}
    return {name: (column.codes, np.array(words, object))}


def _look(source: Source, header: bool | None, encoding: str | None, rest: bool) -> _Text:
    data = to_utf8(source.path, source.data(), encoding)
    preamble = read_preamble(data)
    lines = sample_lines(data, preamble.begin)
    if not lines:
        raise NoRowsError(f"{source.path}: no rows, only comments or a header")
    dialect = find_dialect(lines, rest)
    if dialect.separator == BLANKS and all(MOMENT.search(line) for line in lines[1:] or lines):
        data = re.sub(MOMENT.pattern.encode(), rb"\1T\2", data)
        lines = [MOMENT.sub(r"\1T\2", line) for line in lines]
        dialect = find_dialect(lines, rest)
    if not dialect.separator and _even_pairs(lines):  # 1::1193::5, as MovieLens writes it
        data = data.replace(b"::", b"\t")
        lines = [line.replace("::", "\t") for line in lines]
        dialect = find_dialect(lines, rest)
    rows = [dialect.split(line) for line in lines]
    heading = read_heading(source.path, preamble, rows, dialect, header)
    if heading.lines and not rows[1:]:
        raise NoRowsError(f"{source.path}: no rows, only comments or a header")
    return _Text(source, data, preamble, dialect, heading, rows[heading.lines :])


def _even_pairs(lines: list[str]) -> bool:
    """Whether each line has as many pairs of colons, one at least, and no tab."""
    counts = {line.count("::") for line in lines}
    return len(counts) == 1 and counts != {0} and not any("\t" in line for line in lines)


def _parse(text: _Text) -> Columns:
    """Columns by place."""
    begin, data = text.preamble.begin, text.data
    for _ in range(text.heading.lines):
        begin = data.find(b"\n", begin) + 1
    if text.preamble.comments or has_comments(data, begin):
        _check_comments(text)
    if has_comments(data, begin):
        data, begin = without_comments(data, begin), 0
    kinds = [_kind(text.sample, i) for i in range(len(text.heading.columns))]
    if _begins_wider(data, begin, text.dialect):
        _check_lengths(text)  # pandas would widen all rows to the first
    columns = None if text.dialect.comments else parse(data, begin, text.dialect, kinds)
    if columns is None and text.dialect.separator == BLANKS and b"#" in data:
        text = replace(text, dialect=replace(text.dialect, comments=True))
        data, begin = re.sub(rb"(?m)[ \t]#.*$", b"", data[begin:]), 0
        columns = parse(data, begin, text.dialect, kinds)
    if columns is None or len(columns) != len(kinds) or _has_short_rows(columns):
        _check_lengths(text)
    if columns is None or len(columns) != len(kinds):
        raise DataError(f"{text.source.path}: not a table of fields between {text.dialect}")
    zeros = has_zeros_in_front(data, begin, text.dialect.separator)
    unsure = [i for i, values in columns.items() if _unsure(values, zeros)]
    return columns | (parse_texts(data, begin, text.dialect, len(kinds), unsure) if unsure else {})


def _begins_wider(data: bytes, begin: int, dialect: Dialect) -> bool:
    """Whether the first row has more fields than most."""
    end = data.find(b"\n", begin)
    row = data[begin : end if end >= 0 else len(data)].decode(errors="replace")
    return len(dialect.split(row.split("#")[0])) > dialect.fields


def _of_columns(names: list[str], note: str) -> str:
    """One line of what was found in these columns."""
    if len(names) == 1:
        return f"column '{names[0]}': {note}"
    return f"columns {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}: {note}"


def _check_comments(text: _Text) -> None:
    """No line that looks like a comment may be a row whose first text begins with '#'."""
    textual = _kind(text.sample, 0) == TEXTS
    if text.dialect.separator in ("", BLANKS) or not textual or text.heading.layout == "snap":
        return
    for number, line in enumerate(text.data.decode().split("\n"), 1):
        fields = text.dialect.split(line) if comment_sign(line) else []
        if len(fields) == text.dialect.fields and not any(" " in field for field in fields):
            raise DataError(
                f"{Line(number, line.strip(), fields).at(text.source.path)}: a comment, or a row "
                f"whose first text begins with '{comment_sign(line)}'? take the line out, or put "
                f"the text in double quotes"
            )


def _check_header_again(text: _Text, columns: dict[str, Array]) -> None:
    """No row may be the header once more."""
    if not text.heading.lines or any(values.dtype != object for values in columns.values()):
        return
    rows = np.arange(len(next(iter(columns.values()))))
    for name, values in columns.items():
        rows = rows[values[rows] == name]
    if len(rows):
        raise DataError(
            f"{_where(text, int(rows[0]))}: the header again; take this line out (of {len(rows):,})"
        )


def _kind(sample: list[list[str]], place: int) -> str:
    """What a column seems to hold."""
    entries = [row[place] for row in sample if place < len(row)]
    if not all(is_number(entry) and len(entry) <= LONG for entry in entries):
        return TEXTS
    return INTEGERS if all(map(INTEGER.fullmatch, entries)) else FLOATS


def _has_short_rows(columns: Columns) -> bool:
    """Whether the last column has an empty entry: perhaps a row that lacks it."""
    last = columns[len(columns) - 1]
    return isinstance(last, Coded) and "" in last.words


def _unsure(values: Array | Coded, zeros: bool) -> bool:
    """Whether numbers do not say what the file says: beyond 64 bits, or zeros in front."""
    if isinstance(values, Coded):
        return False
    if values.dtype.kind == "f":
        large = bool((~np.isfinite(values) | (np.abs(values) >= 1 << 53)).any())
        return large or (zeros and bool((values % 1 == 0).all()))
    return values.dtype.kind == "u" or zeros


def _check_lengths(text: _Text) -> None:
    """Name the first row whose number of fields differs."""
    needed = text.dialect.fields
    for line in text.rows():
        if len(line.fields) != needed:
            _raise_ragged(text, line)


def _raise_ragged(text: _Text, line: Line) -> NoReturn:
    neighbours = text.dialect.separator == BLANKS and not text.heading.named
    hint = "; if each line is a node and its neighbours, give it the ending .adjlist"
    hint = hint if neighbours else ""
    of = " as the header names" if text.heading.named else ""
    raise DataError(
        f"{line.at(text.source.path)}: needed {text.dialect.fields} fields between "
        f"{text.dialect}{of}, found {len(line.fields)}{hint}"
    )


def _split_rows(text: _Text) -> Columns:
    """First fields and the rest of each line."""
    rows = [line.fields for line in text.rows() if _whole(text, line)]
    columns: Columns = {}
    for place, entries in enumerate(zip(*rows, strict=True)):
        words = list(dict.fromkeys(entries))
        codes = {word: code for code, word in enumerate(words)}
        columns[place] = Coded(np.array([codes[entry] for entry in entries]), words)
    return columns


def _whole(text: _Text, line: Line) -> bool:
    if len(line.fields) != text.dialect.fields:
        _raise_ragged(text, line)
    return True


def _without_index(
    columns: dict[str, Array], heading: Heading, notes: list[str]
) -> dict[str, Array]:
    """Columns but an unnamed first one that only counts the rows, and empty unnamed ones."""
    first = next(iter(columns))
    left = {}
    for name, values in columns.items():
        empty = values.dtype == object and all(value is None for value in values)
        if empty and (heading.unnamed(name) or not heading.named):
            continue  # a separator at the end of each line
        counts = values.dtype.kind == "i" and bool((values == np.arange(len(values))).all())
        if name == first and heading.unnamed(name) and counts and len(columns) > 1:
            notes.append("the first column has no name and counts the rows: left out")
            continue
        left[name] = values
    return left


def _doubts(
    source: Source, text: _Text, columns: dict[str, Array]
) -> tuple[tuple[str, str, str], ...]:
    """Whether the first row is a header, unless one of its texts occurs again."""
    if not text.heading.doubtful:
        return ()
    first = [values[0] for values in columns.values()]
    for values in columns.values():
        if any((values[1:] == value).any() for value in first):
            return ()
    words = " ".join(map(str, first))[:80]
    what = f"{source.path}: does the first line ('{words}') name the columns?"
    return ((what, "it is a row", "--no-header, else --header"),)


def _where(text: _Text, row: int) -> str:
    found = next((line for count, line in enumerate(text.rows()) if count == row), None)
    return found.at(text.source.path) if found else f"{text.source.path}, row {row}"
