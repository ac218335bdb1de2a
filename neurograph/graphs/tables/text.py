"""Tables in text: fields between blanks, tabs, commas, semicolons or bars, with a header or none.

pandas parses the whole file at once. Only if that fails are the lines read again, one by one, to
name the first bad one.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.decode import to_utf8
from neurograph.graphs.tables.dialect import BLANKS, Dialect, find_dialect
from neurograph.graphs.tables.heading import Heading, read_heading
from neurograph.graphs.tables.lines import Line, always_comment, rows_of
from neurograph.graphs.tables.names import is_number
from neurograph.graphs.tables.preamble import COMMENTS, Preamble, read_preamble, sample_lines
from neurograph.graphs.tables.source import Source
from neurograph.graphs.tables.table import Table
from neurograph.graphs.tables.values import typed

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
    columns = _parse(text) if not text.dialect.rest else _split_rows(text)
    notes = list(text.heading.notes)
    for name, values in columns.items():
        if values.dtype == object:
            columns[name], note = typed(values, text.dialect.separator)
            notes += [f"column '{name}': {note}"] if note else []
    columns = _without_index(columns, text.heading, notes)
    return Table(
        path=source.path,
        columns=columns,
        named=text.heading.named,
        where=lambda row: _where(_look(source, header, encoding, rest), row),
        layout=text.heading.layout,
        roles=text.heading.roles,
        beside=text.heading.beside,
        notes=tuple(notes),
    )


def _look(source: Source, header: bool | None, encoding: str | None, rest: bool) -> _Text:
    data = to_utf8(source.path, source.data(), encoding)
    preamble = read_preamble(data)
    lines = sample_lines(data, preamble.begin)
    if not lines:
        raise DataError(f"{source.path}: no rows, only comments or a header")
    dialect = find_dialect(lines, rest)
    rows = [dialect.split(line) for line in lines]
    heading = read_heading(source.path, preamble, rows, dialect, header)
    if heading.lines and not rows[1:]:
        raise DataError(f"{source.path}: no rows, only comments or a header")
    return _Text(source, data, preamble, dialect, heading, rows[heading.lines :])


def _parse(text: _Text) -> dict[str, Array]:
    """Columns by pandas; texts where the sample has texts, else numbers if all are."""
    names = text.heading.columns
    begin = text.preamble.begin
    for _ in range(text.heading.lines):
        begin = text.data.find(b"\n", begin) + 1
    data, begin = _without_comments(text.data, begin)
    textual = {i: object for i in range(len(names)) if not _numeric(text.sample, i)}
    frame = _pandas(data, begin, text.dialect, dtype=textual)
    if frame is None and text.dialect.separator == BLANKS and b"#" in data:
        data = re.sub(rb"(?m)[ \t]#.*$", b"", data[begin:])  # comments behind the fields
        begin = 0
        frame = _pandas(data, begin, text.dialect, dtype=textual)
    if frame is None or len(frame.columns) != len(names) or _has_short_rows(frame):
        _check_lengths(text)
    if frame is None or len(frame.columns) != len(names):
        raise DataError(f"{text.source.path}: not a table of fields between {text.dialect}")
    columns = {name: frame.pop(i).to_numpy() for i, name in enumerate(names)}
    unsure = [i for i, name in enumerate(names) if _unsure(columns[name], data)]
    if unsure:
        again = _pandas(data, begin, text.dialect, dtype=object, usecols=unsure)
        assert again is not None  # it has been parsed before
        columns |= {names[i]: again[i].to_numpy() for i in unsure}
    for name, values in columns.items():
        if values.dtype.kind not in "iuf":
            columns[name] = values.astype(object)
    return columns


def _pandas(data: bytes, begin: int, dialect: Dialect, **how: Any) -> Any:
    """The whole table, or None where pandas finds it malformed."""
    import pandas as pd  # here, for it takes half a second that other commands need not wait

    if pd.__version__.startswith("2."):
        how["float_precision"] = "round_trip"  # pandas 3 reads decimals exactly by itself
    handle = io.BytesIO(data)
    handle.seek(begin)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop columns
            return pd.read_csv(
                handle,
                sep=dialect.separator or "\x01",
                header=None,
                quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
                skipinitialspace=True,
                na_filter=False,
                low_memory=False,
                **how,
            )
    except (ValueError, OverflowError, pd.errors.ParserWarning):
        return None


def _without_comments(data: bytes, begin: int) -> tuple[bytes, int]:
    """Data without lines of comments among the rows; the same data where there are none."""
    starts = [b"\n" + blank + sign.encode() for sign in COMMENTS for blank in (b"", b" ", b"\t")]
    if all(data.find(start, begin - 1 if begin else 0) < 0 for start in starts):
        return data, begin
    return re.sub(rb"(?m)^[ \t]*(#|%|//).*\n?", b"", data[begin:]), 0


def _numeric(sample: list[list[str]], place: int) -> bool:
    entries = [row[place] for row in sample if place < len(row)]
    return all(is_number(entry) and len(entry) <= LONG for entry in entries)


def _has_short_rows(frame: Any) -> bool:
    """Whether the last column has an empty entry: perhaps a row that lacks it."""
    last = frame[len(frame.columns) - 1]
    return last.dtype.kind not in "iufb" and bool((last == "").any())


def _unsure(values: Array, data: bytes) -> bool:
    """Whether numbers do not say what the file says: beyond 64 bits, or zeros in front."""
    if values.dtype.kind == "u":
        return True
    if values.dtype.kind == "f":
        return bool((~np.isfinite(values) | (np.abs(values) >= 1 << 53)).any())
    return (
        values.dtype.kind == "i" and re.search(rb"(?:^|[^0-9.eE+-])[+-]?0[0-9]", data) is not None
    )


def _check_lengths(text: _Text) -> None:
    """Name the first row whose number of fields differs."""
    needed = text.dialect.fields
    for line in text.rows():
        if len(line.fields) != needed and not (
            text.dialect.separator == BLANKS and len(_uncommented(line.text)) == needed
        ):
            _raise_ragged(text, line)


def _uncommented(line: str) -> list[str]:
    return re.sub(r"\s#.*$", "", line).split()


def _raise_ragged(text: _Text, line: Line) -> NoReturn:
    of = " as the header names" if text.heading.named else ""
    raise DataError(
        f"{line.at(text.source.path)}: needed {text.dialect.fields} fields between "
        f"{text.dialect}{of}, found {len(line.fields)}"
    )


def _split_rows(text: _Text) -> dict[str, Array]:
    rows = [line.fields for line in text.rows()]
    for line in text.rows():
        if len(line.fields) != text.dialect.fields:
            _raise_ragged(text, line)
    names = text.heading.columns
    return {name: np.array([row[i] for row in rows], object) for i, name in enumerate(names)}


def _without_index(
    columns: dict[str, Array], heading: Heading, notes: list[str]
) -> dict[str, Array]:
    """Columns but an unnamed first one that only counts the rows, and empty unnamed ones."""
    if not heading.named or len(columns) == 1:
        return columns
    first = next(iter(columns))
    values = columns[first]
    counts = values.dtype.kind == "i" and bool((values == np.arange(len(values))).all())
    if not (heading.unnamed(first) and counts):
        return columns
    notes.append("the first column has no name and counts the rows: left out")
    return {name: column for name, column in columns.items() if name != first}


def _where(text: _Text, row: int) -> str:
    found = next((line for count, line in enumerate(text.rows()) if count == row), None)
    return found.at(text.source.path) if found else f"{text.source.path}, row {row}"
