"""Files of other formats that hold an integer network: written and read by packages."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

from neurograph.core.errors import FormatError, NetworkError, NeuroGraphError, StoreError
from neurograph.core.files import unfinished_folder
from neurograph.core.machine import unreadable
from neurograph.core.occupied import check_file
from neurograph.core.plugins import Registry
from neurograph.ir import QNetwork
from neurograph.runtime.backends import NoOptions, Options


class Exporter:
    """A file format. One that overrides `write` alone exports, one with `read` alone imports.

    Attributes:
        title: what the format is, in a line.
        suffixes: ends of a file's name by which an import knows the format: ".json".
        options: a frozen dataclass of what may be chosen where a file is read, every field with a
            default; those made by `core.setting.setting` are options of `neurograph import`. Where
            it is not overridden, `read` takes a path alone.
    """

    title: str
    suffixes: tuple[str, ...] = ()
    options: ClassVar[type] = NoOptions

    def write(self, network: QNetwork, path: Path) -> None:
        """Write a network to `path`, which does not exist yet.

        Raises:
            FormatError: the format cannot hold this network.
        """
        raise NotImplementedError

    def read(self, path: Path, options: Options = None) -> QNetwork:
        """The network in a file.

        Args:
            path: of the file.
            options: an instance of `options`.

        Raises:
            StoreError: a damaged file, or one of another format.
            NetworkError: what it holds is no integer network.
        """
        raise NotImplementedError

    @property
    def writes(self) -> bool:
        """Whether it can export."""
        return type(self).write is not Exporter.write

    @property
    def reads(self) -> bool:
        """Whether it can import."""
        return type(self).read is not Exporter.read


EXPORTERS = Registry(
    group="neurograph.exporters", noun="exporter", base=Exporter, error=FormatError
)


def known_exporters() -> tuple[str, ...]:
    """Names of the formats that installed packages write or read."""
    return EXPORTERS.names()


def find_exporter(name: str) -> Exporter:
    """The exporter called `name`.

    Raises:
        FormatError: no such exporter, or its package cannot be imported or holds none.
    """
    found: Exporter = EXPORTERS.load(name)
    return found


def recognised(path: Path) -> str:
    """Name of the one importer that knows the end of this file's name.

    Raises:
        FormatError: none does, or several do.
    """
    readers = {name: one for name in known_exporters() if (one := find_exporter(name)).reads}
    found = [name for name, one in readers.items() if path.name.endswith(one.suffixes)]
    if len(found) == 1:
        return found[0]
    if found:
        raise FormatError(f"{path}: may be {' or '.join(found)}; say which: --format {found[0]}")
    known = [f"{name} ({', '.join(one.suffixes)})" for name, one in readers.items()]
    raise FormatError(
        f"{path}: no importer knows a file by such a name; known: {', '.join(known) or 'none'}; "
        "name one with --format, or install a package that adds it"
    )


def write_network(network: QNetwork, path: Path, name: str, *, overwrite: bool = False) -> None:
    """Write a file by the exporter called `name`; it appears whole or not at all.

    Raises:
        FormatError: no such exporter, or it only reads; it failed, or cannot hold this network.
        ExistsError: the file exists.
        MachineError: no space, no permission.
    """
    exporter = find_exporter(name)
    if not exporter.writes:
        raise FormatError(f"'{name}' only imports: it reads such files and writes none")
    check_file(path, overwrite=overwrite)
    with unfinished_folder(path) as folder:  # endings mean something to packages
        with _faults_of(name, path):
            exporter.write(network, folder / path.name)
        os.replace(folder / path.name, path)


def read_network(path: Path, name: str, options: Mapping[str, Any] | None = None) -> QNetwork:
    """The network in a file, by the exporter called `name`.

    Args:
        path: of the file.
        name: of the exporter.
        options: the exporter's own, by name; all others by default.

    Raises:
        FormatError: no such exporter or option, or it only writes; it failed.
        StoreError: no such file, a damaged one, or one of another format.
        NetworkError: what it holds is no integer network; names the file.
    """
    exporter = find_exporter(name)
    if not exporter.reads:
        raise FormatError(f"'{name}' only exports: it writes such files and reads none")
    chosen = _chosen(exporter, name, options or {})
    if not path.is_file():
        raise StoreError(f"{path}: no such file")
    try:
        with _faults_of(name, path):
            network = exporter.read(path, *chosen)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from error
    except OSError as error:
        damaged = StoreError(f"{path}: cannot be read: {error}")
        raise unreadable(path, error, damaged) from error
    if not isinstance(network, QNetwork):
        raise FormatError(f"{path}: '{name}' made a {type(network).__name__}, needed a QNetwork")
    return network


def _chosen(exporter: Exporter, name: str, options: Mapping[str, Any]) -> tuple[Options, ...]:
    """What `read` takes besides a path."""
    known = [field.name for field in fields(exporter.options)]
    if unknown := [option for option in options if option not in known]:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise FormatError(f"'{name}' takes no {', '.join(unknown)}; {has}")
    return (exporter.options(**options),) if known else ()


@contextmanager
def _faults_of(name: str, path: Path) -> Iterator[None]:
    """Whatever a foreign package raises becomes one error."""
    try:
        yield
    except (NeuroGraphError, OSError, MemoryError):
        raise
    except Exception as error:
        raise FormatError(
            f"{path}: '{name}' failed on it ({type(error).__name__}: {error}); the file is damaged "
            f"or of another format, or the package '{EXPORTERS.package(name)}' is to be mended"
        ) from error
