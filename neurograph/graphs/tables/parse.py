"""Fields of a text as columns, by pyarrow where it is installed and the text is plain, or pandas.

Both keep a text that occurs often once only.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.tables.dialect import BLANKS, Dialect
from neurograph.graphs.tables.scan import single_blanks

TEXTS, INTEGERS, FLOATS = "texts", "integers", "floats"


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of texts.

    Attributes:
        codes: place in `words` of each entry: int ``(rows,)``.
        words: the different texts, an empty one where nothing stands.
    """

    codes: Array
    words: list[str]


Columns = dict[int, Array | Coded]  # by place
BLOCK = 1 << 25  # bytes that are parsed together: each has words of its own, to be made one


def parse(data: bytes, begin: int, dialect: Dialect, kinds: Sequence[str]) -> Columns | None:
    """All columns; texts as the file has them, numbers where the whole column is of numbers.

    Args:
        data: text in UTF-8.
        begin: of the first row [bytes].
        dialect: how a line becomes fields.
        kinds: what each column seems to be: texts, integers or floats. A guess: a column that
            holds something else becomes texts.

    Returns:
        None where rows have different numbers of fields.
    """
    columns = _by_arrow(data, begin, dialect, kinds)
    if columns is None:
        textual = {i: object for i, kind in enumerate(kinds) if kind == TEXTS}
        columns = _by_pandas(data, begin, dialect, dtype=textual)
    return columns


def parse_texts(
    data: bytes, begin: int, dialect: Dialect, width: int, places: Sequence[int]
) -> Columns:
    """The columns at these places of `width` as texts; of data that has been parsed before."""
    columns = parse(data, begin, dialect, [TEXTS] * width) or {}
    return {place: columns[place] for place in places if place in columns}


def _by_arrow(data: bytes, begin: int, dialect: Dialect, kinds: Sequence[str]) -> Columns | None:
    """None where pyarrow is not installed, or would not read exactly what pandas does."""
    try:
        import pyarrow as pa
        import pyarrow.csv
    except ImportError:
        return None
    separator = dialect.separator
    if separator == BLANKS and single_blanks(data, begin):
        separator = " "
    if len(separator) != 1 or (dialect.quoted and _blank_before_quote(data, separator)):
        return None
    types: Mapping[str, Any] = {
        TEXTS: pa.dictionary(pa.int32(), pa.string()),
        INTEGERS: pa.int64(),
        FLOATS: pa.float64(),
    }
    handle = io.BytesIO(data)
    handle.seek(begin)
    try:
        table = pa.csv.read_csv(
            handle,
            read_options=pa.csv.ReadOptions(
                column_names=[str(i) for i in range(len(kinds))], block_size=BLOCK
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=separator, quote_char='"' if dialect.quoted else False
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types={str(i): types[kind] for i, kind in enumerate(kinds)},
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, ValueError, OSError):
        return None
    return {i: _of_arrow(table[str(i)]) for i in range(len(kinds))}


def _blank_before_quote(data: bytes, separator: str) -> bool:
    return separator.encode() + b' "' in data


def _of_arrow(column: Any) -> Array | Coded:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        values: Array = column.to_numpy()
        return values
    coded = column.unify_dictionaries().combine_chunks()
    words = coded.dictionary.to_numpy(zero_copy_only=False).tolist()  # faster than to_pylist
    return Coded(coded.indices.to_numpy(), words)


def _by_pandas(data: bytes, begin: int, dialect: Dialect, **how: Any) -> Columns | None:
    """None where pandas finds the rows malformed."""
    import pandas as pd

    if pd.__version__.startswith("2."):
        how["float_precision"] = "round_trip"  # pandas 3 reads decimals exactly by itself
    handle = io.BytesIO(data)
    handle.seek(begin)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop columns
            frame = pd.read_csv(
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
    return {int(place): _of_pandas(frame.pop(place).to_numpy()) for place in list(frame.columns)}


def _of_pandas(values: Array) -> Array | Coded:
    import pandas as pd

    if values.dtype.kind in "iuf":
        return values
    codes, different = pd.factorize(values.astype(object))
    words = [str(word) for word in different]
    if (codes < 0).any():  # a row that lacks the field
        codes, words = np.where(codes < 0, len(words), codes), [*words, ""]
    return Coded(codes, words)
