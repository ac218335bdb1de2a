"""Published graphs, downloaded from a pinned commit and checked before anything is kept."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.errors import DataError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.io.graph_folder import save_graph
from neurograph.graphs.io.labels import read_labels
from neurograph.graphs.io.table import NODE, Kinds
from neurograph.graphs.io.text_table import read_blanks

TIMEOUT_S = 30
RETRIES = 1  # per file, after a failed connection


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One entry of sources.json.

    Attributes:
        url: the folder that all paths are relative to.
        edges: path of the edge list of each step. labels: path of ``node label`` lines.
        sha256: path -> hash of the file with its line ends as LF.
        graph_sha256: `TemporalGraph.sha256` of the result.
    """

    name: str
    url: str
    edges: Sequence[str]
    labels: str
    nodes: int
    sha256: Mapping[str, str]
    graph_sha256: str
    source: str
    licence: str


def data_sets() -> tuple[str, ...]:
    """Names that `fetch` knows."""
    return tuple(sorted(_manifest()))


def fetch(
    name: str,
    folder: Path,
    *,
    base_url: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TemporalGraph:
    """Download a published graph, check it, and save it in `folder`.

    Every file is checked against its SHA-256, then the whole graph against its fingerprint. The
    hashes of DBLP's edge lists were computed from an independently checked copy of the same
    edges in the same order, not from a download, and its line ends are not known: so line ends
    are read as LF before hashing. The hash of its label file is that of the published bytes.

    Args:
        name: one of `data_sets()`. base_url: a mirror of the repository's folder at that commit.
        progress: called with (files done, files in all).

    Raises:
        DataError: unknown name, a failed or truncated download, or contents of another hash.
            `folder` is left as it was.
    """
    known = _manifest()
    if name not in known:
        raise DataError(f"no data set '{name}'; known: {', '.join(sorted(known))}")
    data_set = DataSet(name=name, **known[name])
    with tempfile.TemporaryDirectory(prefix="neurograph-") as temporary:
        _download(data_set, Path(temporary), base_url or data_set.url, progress)
        graph = _read(data_set, Path(temporary))
    if graph.sha256 != data_set.graph_sha256:
        raise DataError(
            f"'{name}': the downloaded graph has fingerprint {graph.sha256[:12]}, expected "
            f"{data_set.graph_sha256[:12]}; nothing was written"
        )
    save_graph(graph, folder)
    return graph


def _manifest() -> dict[str, dict[str, Any]]:
    text = files("neurograph.graphs.sets").joinpath("sources.json").read_text(encoding="utf-8")
    manifest: dict[str, dict[str, Any]] = json.loads(text)
    return manifest


def _download(
    data_set: DataSet, folder: Path, url: str, progress: Callable[[int, int], None] | None
) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.WARNING)  # it announces every file on stderr
    fetcher = pooch.create(
        path=folder,
        base_url=url.rstrip("/") + "/",
        registry=dict.fromkeys(data_set.sha256),  # hashes are checked below, line ends as LF
        retry_if_failed=RETRIES,
    )
    getter = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    for done, (path, expected) in enumerate(data_set.sha256.items()):
        where = fetcher.base_url + path
        try:
            file = Path(fetcher.fetch(path, downloader=getter))
        except (requests.RequestException, OSError, ValueError) as error:
            raise DataError(
                f"{where}: download failed ({error}); nothing was written; check the network and "
                "try again, or read files of your own with: neurograph data import"
            ) from error
        found = hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        if found != expected:
            raise DataError(
                f"{where}: sha256 {found[:12]}, expected {expected[:12]}; the file is damaged or "
                "has changed; nothing was written"
            )
        if progress is not None:
            progress(done + 1, len(data_set.sha256))


def _read(data_set: DataSet, folder: Path) -> TemporalGraph:
    kinds: Kinds = {"u": NODE, "v": NODE}
    tables = [read_blanks(folder / path, kinds).columns for path in data_set.edges]
    # the first line of each list is its header: number of nodes, number of edges
    u, v = (np.concatenate([table[name][1:] for table in tables]) for name in ("u", "v"))
    lengths = [len(table["u"]) - 1 for table in tables]
    labels = read_labels(folder / data_set.labels, read_blanks, data_set.nodes)
    return assemble(
        *(u, v, np.repeat(np.arange(len(tables)), lengths)),
        num_nodes=data_set.nodes,
        num_steps=len(tables),
        labels=labels.values,
        label_names=labels.names,
        meta={
            **{"name": data_set.name, "source": data_set.source, "licence": data_set.licence},
            "generated": False,
            "files": [{"name": n, "sha256": h} for n, h in data_set.sha256.items()],
            "time_rule": {"rule": "one file is one step", "kind": "files"},
            "counts": {"rows": len(u)},
        },
    )
