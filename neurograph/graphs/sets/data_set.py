"""A published graph that can be had by name: built in, or of a package found by entry point."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from neurograph.core.errors import DataError
from neurograph.core.plugins import Registry
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.graph_folder import save_graph
from neurograph.graphs.io.output import make_room

Progress = Callable[[int, int], None]  # (files done, files in all)


class DataSet(ABC):
    """Where a graph comes from, and how it is read.

    Attributes:
        name: of the data set, and of its entry point.
        title: what it is, in a line.
        source: where it is from, and whom to cite.
        licence: of the data.
        url: folder of the files to download, at a fixed version; empty if there are none.
        graph_sha256: `TemporalGraph.sha256` that it must have; empty if any will do.
    """

    name: str
    title: str
    source: str
    licence: str
    url: str = ""
    graph_sha256: str = ""

    @abstractmethod
    def make(self, folder: Path, *, url: str, progress: Progress | None = None) -> TemporalGraph:
        """Download and read it, or generate it.

        Args:
            folder: empty, for files; gone afterwards.
            url: where the files are: `self.url`, or a mirror of it.
            progress: called after every file.

        Raises:
            DataError: it cannot be had, or is not what it should be.
        """


DATA_SETS = Registry(
    group="neurograph.datasets",
    noun="data set",
    base=DataSet,
    error=DataError,
    built_in={"dblp": "neurograph.graphs.sets.dblp:Dblp"},
)


def known_data_sets() -> tuple[str, ...]:
    """Names that `fetch` knows: the built-in ones, then those of installed packages."""
    return DATA_SETS.names()


def find_data_set(name: str) -> DataSet:
    """The data set called `name`.

    Raises:
        DataError: no such data set, or its package cannot be imported or holds none.
    """
    found: DataSet = DATA_SETS.load(name)
    return found


def fetch(
    name: str,
    folder: Path,
    *,
    base_url: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> TemporalGraph:
    """Get a graph by name, check it, and save it in `folder`.

    Args:
        name: one of `known_data_sets()`.
        base_url: a mirror of the data set's `url`.
        overwrite: replace another graph that is there.
        progress: called with (files done, files in all).

    Raises:
        DataError: unknown name, a failed or truncated download, or contents of another hash.
            `folder` is left as it was.
        ExistsError: another graph is there, or something else.
    """
    data_set = find_data_set(name)
    with tempfile.TemporaryDirectory(prefix="neurograph-") as temporary:
        graph = data_set.make(Path(temporary), url=base_url or data_set.url, progress=progress)
    if data_set.graph_sha256 not in ("", graph.sha256):
        raise DataError(
            f"'{name}': the downloaded graph has fingerprint {graph.sha256[:12]}, expected "
            f"{data_set.graph_sha256[:12]}; nothing was written"
        )
    make_room(folder, graph, overwrite=overwrite)
    save_graph(graph, folder)
    return graph
