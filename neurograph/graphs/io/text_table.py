"""Tables in text: columns between blanks, or CSV with a header; gzip by the ending .gz.

pandas parses the whole file at once. Only if a value does not fit are the lines read again, one
by one, to name the first bad one.
"""

from __future__ import annotations

import csv
import gzip
import io
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from neurograph.core.errors import DataError
from neurograph.graphs.io.table import Kinds, Table

if TYPE_CHECKING:
    import pandas as pd


def read_blanks(path: Path, kinds: Kinds) -> Table:
    """Exactly the columns of `kinds`, in this order, between blanks; '#' begins a comment.

    Raises:
        DataError: the file cannot be read, or a line is bad; names the line and its text.
    """
    data = _read_bytes(path)
    how = {"sep": r"\s+", "header": None, "comment": "#", "quoting": csv.QUOTE_NONE}
    texts = {i: str for i, kind in enumerate(kinds.values()) if kind.textual}
    frame = _parse(data, dtype=texts, **how)
    if frame is None or len(frame.columns) != len(kinds):
        _raise_first_bad(path, _blank_rows(path, data), kinds)
    columns = {name: frame[i].to_numpy() for i, name in enumerate(kinds)}
    if not all(kind.fits(columns[name]).all() for name, kind in kinds.items()):
        _raise_first_bad(path, _blank_rows(path, data), kinds)
    return Table(columns, lambda row: _where(path, _nth(_blank_rows(path, data), row)))


def read_csv(path: Path, kinds: Kinds) -> Table:
    """The columns of `kinds` from a file with commas and a header that names them.

    Raises:
        DataError: the file cannot be read, lacks a column, or a line is bad; names the line.
    """
    data = _read_bytes(path)
    header = next(csv.reader([_decode(path, data).split("\n", 1)[0].rstrip("\r")]), [])
    if lacking := [name for name in kinds if name not in header]:
        raise DataError(
            f"{path}: no column {' or '.join(map(repr, lacking))}; the header has: "
            f"{', '.join(header)}; name the columns that hold {', '.join(kinds)}"
        )
    texts = {name: str for name, kind in kinds.items() if kind.textual}
    frame = _parse(data, dtype=texts, index_col=False)
    if frame is None or frame.empty:
        _raise_first_bad(path, _csv_rows(path, data, header, kinds), kinds)
    columns = {name: frame[name].to_numpy() for name in kinds}
    if not all(kind.fits(columns[name]).all() for name, kind in kinds.items()):
        _raise_first_bad(path, _csv_rows(path, data, header, kinds), kinds)
    return Table(columns, lambda row: _where(path, _nth(_csv_rows(path, data, header, kinds), row)))


def _read_bytes(path: Path) -> bytes:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: truncated or not readable ({error}); get it again") from error
    if not data.strip():
        raise DataError(f"{path}: the file is empty")
    return data


def _parse(data: bytes, **how: Any) -> pd.DataFrame | None:
    """The whole table, or None where pandas finds it malformed."""
    import pandas as pd  # here, for it takes half a second that other commands need not wait

    if pd.__version__.startswith("2."):
        how["float_precision"] = "round_trip"  # pandas 3 reads decimals exactly by itself
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop columns
            frame: pd.DataFrame = pd.read_csv(
                io.BytesIO(data), na_filter=False, low_memory=False, **how
            )
            return frame
    except (ValueError, OverflowError, pd.errors.ParserWarning):
        return None


Row = tuple[int, str, list[str]]  # line number from 1, its text, its fields in the order of kinds


def _blank_rows(path: Path, data: bytes) -> Iterator[Row]:
    for number, line in enumerate(_decode(path, data).split("\n"), 1):
        if fields := line.split("#", 1)[0].split():
            yield number, line.strip(), fields


def _csv_rows(path: Path, data: bytes, header: list[str], kinds: Kinds) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(_decode(path, data), newline=""))
    next(reader)
    places = [header.index(name) for name in kinds]
    for fields in reader:
        if not fields:
            continue
        text = ",".join(fields)
        if len(fields) != len(header):
            raise DataError(
                f"{_where(path, (reader.line_num, text, fields))}: needed {len(header)} columns "
                f"as in the header, found {len(fields)}"
            )
        yield reader.line_num, text, [fields[place].strip() for place in places]


def _raise_first_bad(path: Path, rows: Iterator[Row], kinds: Kinds) -> NoReturn:
    count = 0
    for row in rows:
        count += 1
        if len(row[2]) != len(kinds):
            raise DataError(
                f"{_where(path, row)}: needed {len(kinds)} columns ({' '.join(kinds)}), "
                f"found {len(row[2])}"
            )
        for kind, field in zip(kinds.values(), row[2], strict=True):
            if reason := kind.reason(field):
                raise DataError(f"{_where(path, row)}: {reason}")
    if not count:
        raise DataError(f"{path}: no rows, only comments or a header")
    raise DataError(f"{path}: not a table of {', '.join(kinds)}")


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text file ({error})") from error


def _nth(rows: Iterator[Row], row: int) -> Row:
    return next(found for count, found in enumerate(rows) if count == row)


def _where(path: Path, row: Row) -> str:
    text = row[1] if len(row[1]) <= 80 else row[1][:77] + "..."
    return f"{path}, line {row[0]} ('{text}')"
