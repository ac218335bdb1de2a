"""Any file as a table of columns: the ending says the format, the first bytes must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.arrays import read_arrays, table_of_arrays
from neurograph.graphs.tables.kinds import REFUSED, TEXT, WORDS, by_content, by_ending
from neurograph.graphs.tables.parquet import read_feather, read_parquet
from neurograph.graphs.tables.source import Source, open_source
from neurograph.graphs.tables.table import Table
from neurograph.graphs.tables.text import read_text

Reader = Callable[[Path], Mapping[str, Array]]
READERS: Mapping[str, Callable[[Source], Table]] = {
    "numpy": read_arrays,
    "parquet": read_parquet,
    "arrow": read_feather,
}


def read_table(
    path: Path,
    *,
    header: bool | None = None,
    encoding: str | None = None,
    rest: bool = False,
    readers: Mapping[str, Reader] | None = None,
) -> Table:
    """The columns of a file, as it has them.

    Args:
        path: of a text (any ending), .npz, .npy, .parquet or .feather; packed by .gz, .bz2, .xz
            or .zip or not.
        header: whether the first line of a text names its columns. None: found out.
        encoding: of a text. None: by its mark, else UTF-8.
        rest: where blanks part the fields of a text and their number differs, a row is its first
            field and the rest of the line, as in "0 Machine Learning".
        readers: of kinds of files that are read elsewhere, e.g. "torch": arrays by name.

    Raises:
        DataError: the file is missing, damaged, of another kind than its ending says, or not a
            table; says where and what to do.
    """
    source = open_source(path)
    kind = _kind(source)
    if kind in (readers or {}):
        return table_of_arrays(path, (readers or {})[kind](path), layout=kind)
    if kind == TEXT:
        return read_text(source, header=header, encoding=encoding, rest=rest)
    if kind not in READERS:
        raise DataError(f"{path}: {WORDS[kind]}; {REFUSED.get(kind, 'not read here')}")
    return READERS[kind](source)


def _kind(source: Source) -> str:
    """The kind of a file, which its ending and its first bytes agree on."""
    named, found = by_ending(source), by_content(source.start())
    if named == found or not named:
        return found
    raise DataError(
        f"{source.path}: named .{source.ending}, but the file is {WORDS[found]}; give it the "
        f"ending of what it is, or write it anew"
    )
