"""Tables in binary files: arrays of an .npz, columns of a Parquet file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.table import Kinds, Table


def read_npz(path: Path) -> dict[str, Array]:
    """Every array of a numpy archive; pickled objects are refused.

    Raises:
        DataError: no such file, damaged, no archive, or one that holds Python objects.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            if isinstance(file, np.ndarray):
                raise DataError(f"{path}: one array, needed an archive of arrays (np.savez)")
            return {name: file[name] for name in file.files}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: truncated or not a numpy archive ({error})") from error


def table_of(arrays: Mapping[str, Array], kinds: Kinds, path: Path) -> Table:
    """The arrays called as `kinds` says, as a table.

    Raises:
        DataError: an array is missing, is not one-dimensional, or holds a bad value.
    """
    if lacking := [name for name in kinds if name not in arrays]:
        raise DataError(
            f"{path}: no array {' or '.join(map(repr, lacking))}; it has: {', '.join(arrays)}"
        )
    columns = {name: arrays[name] for name in kinds}
    lengths = {values.shape for values in columns.values()}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in columns.items())
        raise DataError(f"{path}: needed one-dimensional arrays of one length, got {shapes}")
    if next(iter(lengths)) == (0,):
        raise DataError(f"{path}: no rows")
    for name, kind in kinds.items():
        fits = kind.fits(columns[name])
        if not fits.all():
            row = int(np.argmin(fits))
            value = columns[name][row]
            reason = kind.reason(str(value)) or f"{columns[name].dtype} values, needed integers"
            raise DataError(f"{path}, row {row}, column '{name}': {reason}")
    return Table(columns, lambda row: f"{path}, row {row}")


def read_parquet(path: Path, kinds: Kinds) -> Table:
    """The columns of `kinds` of a Parquet file.

    Raises:
        DataError: pyarrow is not installed, the file is damaged, or a value is bad.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(
            f"{path}: reading Parquet needs pyarrow; pip install 'neurograph[parquet]'"
        ) from error
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if name in kinds]
            columns = file.read(columns=names)
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(f"{path}: truncated or not a Parquet file ({error})") from error
    arrays = {name: columns[name].to_numpy() for name in columns.column_names}
    return table_of(arrays, kinds, path)
