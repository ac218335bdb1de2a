"""The folder of one method's features: values.npy, and features.json that says how they came.

Features that hold for all steps are one snapshot in the file, and in features.json "held_for" so
many steps.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, StoreError
from neurograph.core.files import unfinished_folder, write_json
from neurograph.core.json_text import parse_json
from neurograph.core.machine import NO_ROOM, unreadable
from neurograph.core.names import check_name
from neurograph.core.numpy_file import map_npy
from neurograph.core.reading import read_bytes
from neurograph.graphs.features import FeatureStore

KIND = "neurograph features"
SCHEMA = 1
FOLDER, VALUES, HEADER = "features", "values.npy", "features.json"
DEFAULT = "dynwalk"
WEIGHTED = "dynwalk-weighted"
GIVEN = "given"
METHODS = (DEFAULT, WEIGHTED, "deepwalk", GIVEN)
_AGAIN = "make the features again"
_REQUIRED = ("method", "seed", "graph_sha256", "sha256", "shape", "dtype", "settings", "seconds")


class FeatureWriter:
    """Writes ``(T, N, F)`` values snapshot by snapshot, in the .npy format.

    Plain writes and no memory map: a full disk is then an OSError, not a killed process. Room is
    taken for all of it before the first snapshot is made, which may take an hour.
    """

    def __init__(
        self, folder: Path, method: str, shape: tuple[int, int, int], dtype: np.dtype[Any]
    ) -> None:
        self._folder, self._method, self._shape = folder, method, shape
        self._dtype = dtype.newbyteorder("<")
        self._rows, self._digest = 0, hashlib.sha256()
        self._file: BinaryIO = (folder / VALUES).open("wb")
        header = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)  # type: ignore[no-untyped-call]
        _take_room(self._file, self._file.tell() + size_of(shape, dtype))

    def append(self, values: Array) -> None:
        """Add the next snapshot, ``(N, F)``."""
        if values.shape != self._shape[1:]:
            snapshot = self._rows // self._shape[1]
            raise DataError(f"snapshot {snapshot}: shape {values.shape} of {self._shape[1:]}")
        self.extend(values)

    def extend(self, rows: Array) -> None:
        """Add the next nodes of a snapshot, ``(n, F)``.

        Raises:
            DataError: a value that the format cannot hold.
        """
        with np.errstate(over="ignore"):
            block = np.ascontiguousarray(rows, self._dtype)
        if not np.isfinite(block).all():
            raise DataError(
                f"features of magnitude {np.abs(rows).max():.3g} are beyond "
                f"{self._dtype.name}; use --dtype float32"
            )
        self._file.write(block.data)
        self._digest.update(block.data)
        self._rows += len(block)

    def finish(self, **facts: Any) -> None:
        """Write the header with `facts`, once every snapshot is there."""
        made, odd = divmod(self._rows, self._shape[1])
        if made != self._shape[0] or odd:
            raise DataError(f"{made} snapshots of {self._shape[0]} were made")
        self._file.flush()
        os.fsync(self._file.fileno())
        header = {
            "kind": KIND,
            "schema": SCHEMA,
            "method": self._method,
            "shape": list(self._shape),
            "dtype": self._dtype.name,
            "sha256": self._digest.hexdigest(),
        }
        write_json(self._folder / HEADER, header | facts)

    def close(self) -> None:
        self._file.close()


@contextmanager
def writing(
    folder: Path,
    method: str,
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    out: Path | None = None,
) -> Iterator[FeatureWriter]:
    """A writer whose folder takes the place of ``folder/features/<method>`` if the block ends well.

    Or of `out`, for a graph whose folder may not be written to.

    It grows in a hidden folder beside `features`, so that a killed command leaves neither half
    of a feature file nor a `features` folder without features.
    """
    place, size = out or folder / FOLDER / method, size_of(shape, dtype)
    with unfinished_folder(place, beside=out or folder / FOLDER, size=size) as unfinished:
        new = unfinished / method
        new.mkdir()
        writer = FeatureWriter(new, method, shape, dtype)
        try:
            yield writer
        finally:
            writer.close()
        _take_place(new, place, unfinished / "old")


def size_of(shape: tuple[int, int, int], dtype: np.dtype[Any]) -> int:
    """Bytes of these values in a file."""
    return math.prod(shape) * dtype.itemsize


def _take_room(file: BinaryIO, size: int) -> None:
    """Have the file system keep so many bytes for a file, where it can."""
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise


def _take_place(new: Path, place: Path, old: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():  # a folder that is not empty cannot be replaced in one call
        os.replace(place, old)
    os.replace(new, place)


def load_features(folder: Path, method: str | None = None) -> FeatureStore:
    """Features in the graph folder `folder`, memory-mapped and read-only.

    Args:
        method: None takes the user's own, else the default method, else the only one there is.

    Raises:
        DataError: no such features, or several and none by the default method.
        StoreError: a file is damaged, cut short, foreign, or of another schema version.
    """
    name = _only_method(folder) if method is None else check_name(method, folder)
    chosen = folder / FOLDER / name
    if not is_features(chosen):
        raise DataError(_missing(folder, chosen.name))
    return load_place(chosen)


def is_features(place: Path) -> bool:
    """Whether a folder holds features."""
    return (place / HEADER).is_file()


def load_place(chosen: Path) -> FeatureStore:
    """The features that a folder holds, memory-mapped and read-only.

    Raises:
        StoreError: as `load_features`.
    """
    header = _read_header(chosen / HEADER)
    values = _map_values(chosen / VALUES, header)
    steps = header.get("held_for", len(values))
    if steps != len(values):
        if len(values) != 1 or not isinstance(steps, int) or steps < 1:
            raise StoreError(
                f"{chosen / HEADER}: damaged ({len(values)} snapshots held for {steps!r} steps); "
                f"{_AGAIN}"
            )
        values = np.broadcast_to(values, (steps, *values.shape[1:]))  # takes no room
    return FeatureStore(values=values, meta=header)


def present(folder: Path) -> list[str]:
    """Methods of the features in a graph folder."""
    return sorted(path.parent.name for path in (folder / FOLDER).glob(f"*/{HEADER}"))


def of_graph(folder: Path, method: str, sha256: str) -> dict[str, Any] | None:
    """The header of features in a graph folder, if they are of the graph of this fingerprint."""
    path = folder / FOLDER / method / HEADER
    if not path.is_file():
        return None
    try:
        header = _read_header(path)
    except StoreError:
        return None
    return header if header["graph_sha256"] == sha256 else None


def source_of(folder: Path, method: str) -> str:
    """What features in a graph folder are of, as words; empty where there are none."""
    path = folder / FOLDER / method / HEADER
    if not path.is_file():
        return ""
    try:
        header = parse_json(read_bytes(path))
        file = header["settings"].get("file", "")
        return f"{f'of {file}, ' if file else ''}sha256 {header['sha256'][:12]}"
    except (StoreError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return "that were damaged"


def _only_method(folder: Path) -> str:
    found = present(folder)
    if GIVEN in found:
        return GIVEN
    if DEFAULT in found or not found:
        return DEFAULT
    if len(found) > 1:
        raise DataError(
            f"{folder}: features by {', '.join(found)} and none by the default '{DEFAULT}'; "
            "name the one you mean"
        )
    return found[0]


def _missing(folder: Path, method: str) -> str:
    option = {DEFAULT: "", GIVEN: " --given FILE"}.get(method, f" --method {method}")
    remedy = f"run: neurograph features {folder}{option}"
    if method not in METHODS:
        remedy = f"known methods: {', '.join(METHODS)}"
    if found := present(folder):
        return f"{folder}: no '{method}' features (there are: {', '.join(found)}); {remedy}"
    return f"{folder}: no features here; {remedy}"


def _read_header(path: Path) -> dict[str, Any]:
    try:
        header = parse_json(read_bytes(path))
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged ({error}); {_AGAIN}")
        raise unreadable(path, error, damaged) from error
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise StoreError(f"{path}: not the header of NeuroGraph features")
    if (schema := header.get("schema")) != SCHEMA:
        newer = isinstance(schema, int) and schema > SCHEMA
        remedy = "upgrade neurograph" if newer else _AGAIN
        raise StoreError(f"{path}: schema {schema}, this neurograph reads {SCHEMA}; {remedy}")
    if lacking := [name for name in _REQUIRED if name not in header]:
        raise StoreError(f"{path}: damaged (no {', '.join(lacking)}); {_AGAIN}")
    return header


def _map_values(path: Path, header: Mapping[str, Any]) -> Array:
    try:
        values = map_npy(path)
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged ({error}); {_AGAIN}")
        raise unreadable(path, error, damaged) from error
    found, noted = [values.dtype.name, list(values.shape)], [header["dtype"], header["shape"]]
    if found != noted:
        raise StoreError(
            f"{path}: {found[0]} {found[1]}, {HEADER} says {noted[0]} {noted[1]}; {_AGAIN}"
        )
    digest = hashlib.sha256()
    for snapshot in values:
        digest.update(np.ascontiguousarray(snapshot).data)
    if (known := digest.hexdigest()) != header["sha256"]:
        raise StoreError(
            f"{path}: its contents are {known[:12]}, {HEADER} says {str(header['sha256'])[:12]}; "
            f"{_AGAIN}"
        )
    return values
