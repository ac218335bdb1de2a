"""A network that came in a file: written into a run folder, read again, checked to be the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurograph.core.errors import RunError, StoreError
from neurograph.core.reading import read_bytes
from neurograph.ir import QNetwork
from neurograph.runtime.exporters import EXPORTERS, read_network, recognised
from neurograph.workflow import store
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.latest import point_latest
from neurograph.workflow.manifest import adding_entry, read_entries
from neurograph.workflow.new_folder import check_new
from neurograph.workflow.ui import SILENT, Ui


def import_file(
    path: Path,
    folder: RunFolder,
    *,
    exporter: str | None = None,
    options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    ui: Ui = SILENT,
) -> QNetwork:
    """Make a run of the network in a file: without a trained model, and without a graph.

    Args:
        folder: a new one.
        exporter: that reads it; default, the one that knows the end of the file's name.
        options: the exporter's own, by name.
        overwrite: replace a run that is there.

    Raises:
        ExistsError: the folder holds a run, or something else.
        FormatError, StoreError, NetworkError: the file cannot be read.
    """
    check_new(folder, overwrite=overwrite)
    name = exporter or recognised(path)
    network = read_network(path, name, options)
    with folder.lock("import"):
        check_new(folder, overwrite=overwrite)
        facts = {
            "file": path.name,
            "sha256": hashlib.sha256(read_bytes(path)).hexdigest(),
            "format": name,
            "network": network.sha256,
        } | ({"options": dict(options)} if options else {})
        packages = [EXPORTERS.package(name)]
        with (
            adding_entry(folder.manifest, "import", facts, packages),
            store.saving(network, folder.imported),
        ):
            folder.clear()
        point_latest(folder, ui.say)
    return network


def the_imported(folder: RunFolder) -> QNetwork:
    """The network that was imported into this run.

    Raises:
        RunError: none was.
        StoreError: as `load_imported`.
    """
    if (network := load_imported(folder)) is None:
        raise RunError(f"{folder.path}: nothing was imported here; run first: neurograph import")
    return network


def load_imported(folder: RunFolder) -> QNetwork | None:
    """The network that was imported into this run; None if none was.

    Raises:
        StoreError: a damaged file, or one of another network.
    """
    if not folder.imported.exists():
        return None
    network = store.load(QNetwork, folder.imported)
    then = read_entries(folder.manifest).get("import", {}).get("network")
    if network.sha256 != then:
        raise StoreError(f"{folder.imported}: not the network that was imported; import it again")
    return network
