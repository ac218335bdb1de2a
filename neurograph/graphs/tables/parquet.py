"""Tables in Parquet and Arrow files."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.source import Source
from neurograph.graphs.tables.table import Table


def read_parquet(source: Source) -> Table:
    """The columns of a Parquet file.

    Raises:
        DataError: pyarrow is not installed, the file is damaged, or a column is nested.
    """
    arrow = _pyarrow(source, "Parquet")
    try:
        with source.open() as handle, arrow.parquet.ParquetFile(handle) as file:
            table = file.read()
    except (OSError, EOFError, ValueError, arrow.ArrowException) as error:
        raise DataError(f"{source.path}: truncated or not a Parquet file ({error})") from error
    return _table(source, table)


def read_feather(source: Source) -> Table:
    """The columns of a Feather or Arrow file.

    Raises:
        DataError: pyarrow is not installed, the file is damaged, or a column is nested.
    """
    arrow = _pyarrow(source, "Arrow files")
    try:
        with source.open() as handle:
            table = arrow.feather.read_table(handle)
    except (OSError, EOFError, ValueError, arrow.ArrowException) as error:
        raise DataError(f"{source.path}: truncated or not an Arrow file ({error})") from error
    return _table(source, table)


def _pyarrow(source: Source, what: str) -> Any:
    try:
        import pyarrow
        import pyarrow.feather
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(
            f"{source.path}: reading {what} needs pyarrow; pip install 'neurograph[parquet]'"
        ) from error
    return pyarrow


def _table(source: Source, table: Any) -> Table:
    names = table.column_names
    if len(set(names)) != len(names):
        raise DataError(f"{source.path}: two columns of one name among {', '.join(names)}")
    columns = {name: _values(source, name, table[name]) for name in names}
    notes: tuple[str, ...] = ()
    if len(columns) > 1 and (index := _pandas_index(columns)):
        del columns[index]
        notes = (f"column '{index}' is pandas' index and counts the rows: left out",)
    path = source.path
    return Table(
        path=path,
        columns=columns,
        named=True,
        where=lambda row: f"{path}, row {row}",
        layout="",
        notes=notes,
    )


def _pandas_index(columns: dict[str, Array]) -> str:
    for name, values in columns.items():
        if name.startswith(("__index_level_", "Unnamed: 0")) and values.dtype.kind == "i":
            return name if (values == np.arange(len(values))).all() else ""
    return ""


def _values(source: Source, name: str, column: Any) -> Array:
    """As `Table` has them; a column with nulls becomes texts, None where nothing stands."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if pa.types.is_nested(kind):
        raise DataError(
            f"{source.path}, column '{name}': {kind} values; needed numbers, times or texts: "
            f"leave it out, or give each entry a column of its own"
        )
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        moments = column.cast(pa.timestamp("ns", tz=getattr(kind, "tz", None)))
        times: Array = moments.cast(pa.int64()).to_numpy(zero_copy_only=False)
        if column.null_count:
            return _texts(moments.cast(pa.timestamp("ns")).cast(pa.string()))
        return times.astype("datetime64[ns]")
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
        kind = column.type
    if column.null_count or pa.types.is_null(kind):
        return _texts(column.cast(pa.string()))
    if pa.types.is_boolean(kind):
        return np.asarray(column.to_numpy(), bool)
    if pa.types.is_integer(kind):
        values: Array = column.to_numpy()
        if values.dtype.kind == "u" and values.max(initial=0) >= 1 << 63:
            return _texts(column.cast(pa.string()))
        return values.astype(np.int64)
    if pa.types.is_floating(kind):
        return np.asarray(column.to_numpy(), np.float64)
    try:
        return _texts(column.cast(pa.string()))
    except pa.ArrowException as error:
        raise DataError(
            f"{source.path}, column '{name}': {kind} values; needed numbers, times or texts"
        ) from error


def _texts(column: Any) -> Array:
    """Objects of text that are shared where they are equal; None for nulls and empty ones."""
    coded = column.combine_chunks().dictionary_encode()
    words = np.array([word or None for word in coded.dictionary.to_pylist()] + [None], object)
    codes: Array = coded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    return words[codes]
