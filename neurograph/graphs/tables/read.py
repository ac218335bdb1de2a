"""Any file as a table of columns: the ending says the format, the first bytes must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.tables.arrays import read_arrays, table_of_arrays
from neurograph.graphs.tables.edge_dictionaries import read_edge_dictionaries
from neurograph.graphs.tables.folder import read_folder
from neurograph.graphs.tables.json_graph import read_json
from neurograph.graphs.tables.kinds import REFUSED, TEXT, WORDS, kind_of
from neurograph.graphs.tables.networks import NAMES, read_network
from neurograph.graphs.tables.parquet import read_feather, read_parquet
from neurograph.graphs.tables.source import Source, open_source
from neurograph.graphs.tables.table import Table
from neurograph.graphs.tables.text import read_text

Reader = Callable[[Path], Mapping[str, Array]]


def _network(kind: str, source: Source, encoding: str | None) -> Table:
    return read_network(source, kind, encoding)


READERS: Mapping[str, Callable[[Source], Table]] = {
    "numpy": read_arrays,
    "parquet": read_parquet,
    "arrow": read_feather,
}
TEXTS: Mapping[str, Callable[[Source, str | None], Table]] = {
    "edge list": read_edge_dictionaries,
    "json": read_json,
    **{name: partial(_network, name) for name in NAMES},
}


def read_table(
    path: Path,
    *,
    header: bool | None = None,
    encoding: str | None = None,
    rest: bool = False,
    readers: Mapping[str, Reader] | None = None,
) -> Table:
    """The columns of a file, or of the files in a folder, as they have them.

    Args:
        path: of a text (any ending), .npz, .npy, .parquet, .feather, .graphml, .gexf, .gml,
            .net, .adjlist, .json or .mtx, packed by .gz, .bz2, .xz or .zip or not; or of a
            folder with a file per snapshot, or one of edges and one of nodes.
        header: whether the first line of a text names its columns. None: found out.
        encoding: of a text. None: by its mark, else UTF-8.
        rest: where blanks part the fields of a text and their number differs, a row is its first
            field and the rest of the line, as in "0 Machine Learning".
        readers: of kinds of files that are read elsewhere, e.g. "torch": arrays by name.

    Raises:
        DataError: the file is missing, damaged, of another kind than its ending says, or not a
            table; says where and what to do.
    """
    again = partial(read_table, header=header, encoding=encoding, rest=rest, readers=readers)
    if path.is_dir():
        return read_folder(path, again)
    source = open_source(path)
    kind = kind_of(source)
    if kind in (readers or {}):
        return table_of_arrays(path, (readers or {})[kind](path), layout=kind)
    if kind in (TEXT, "matrix market"):
        return read_text(source, header=header, encoding=encoding, rest=rest)
    if kind in TEXTS:
        return TEXTS[kind](source, encoding)
    if kind not in READERS:
        raise DataError(f"{path}: {WORDS[kind]}; {REFUSED.get(kind, 'not read here')}")
    return READERS[kind](source)
