"""Nouns to HDF5 files and back: no pickle, a kind and a schema version in every file.

The file holds one JSON text that mirrors the dataclasses, and one dataset per array, at the path
of its field, so that any HDF5 viewer shows a network as it is written in code.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import h5py

from neurograph.core.errors import MachineError, NeuroGraphError, StoreError
from neurograph.core.files import replacing
from neurograph.core.hdf5 import open_hdf5
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable
from neurograph.workflow.file_arrays import Arrays, Written
from neurograph.workflow.nouns import decode, encode

SCHEMA = 2
READ = (1, SCHEMA)  # what the first calls otherwise: see `nouns`
Noun = TypeVar("Noun")
_DAMAGED = (  # what a tree that is no noun, or arrays of another kind, come to
    *(OSError, KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError),
    *(ArithmeticError, RecursionError, MemoryError, RuntimeError),
)


def save(noun: object, path: Path, *, compress: bool = True) -> None:
    """Write one noun; the file appears whole or not at all, the same bytes for the same noun.

    Args:
        compress: False for a file that is soon read and removed.

    Raises:
        MachineError: it cannot be written: no space, no permission.
    """
    with saving(noun, path, compress=compress):
        pass


@contextmanager
def saving(noun: object, path: Path, *, compress: bool = True) -> Iterator[None]:
    """Write one noun as `save` does; the file takes its place when the block ends well."""
    image = io.BytesIO()  # HDF5 itself crashes where it closes a file on a full disk
    with h5py.File(image, "w") as file:
        file.attrs["kind"] = f"neurograph {type(noun).__name__}"
        file.attrs["schema"] = SCHEMA
        tree = encode(noun, Arrays(file, compress), "arrays")
        file["json"] = json.dumps(tree, allow_nan=False)
    with image.getbuffer() as whole, replacing(path, whole.nbytes) as unfinished:
        unfinished.write_bytes(whole)
        yield


def load(kind: type[Noun], path: Path) -> Noun:
    """Read back what `save` wrote.

    Raises:
        StoreError: no such file, another kind or schema version, or a damaged file.
    """
    if not path.exists():
        raise StoreError(f"{path}: no such file")
    try:
        with open_hdf5(path) as file:
            _check_header(file, kind, path)
            noun = decode(parse_json(file["json"][()]), Written(file))
    except (StoreError, MachineError):
        raise
    except NeuroGraphError as error:  # what was read is none of its kind
        raise StoreError(f"{path}: damaged ({error}); make it again") from error
    except _DAMAGED as error:
        damaged = StoreError(f"{path}: damaged or not a NeuroGraph file ({error}); make it again")
        raise unreadable(path, error, damaged) from error
    if not isinstance(noun, kind):
        raise StoreError(f"{path}: holds a {type(noun).__name__}, needed a {kind.__name__}")
    return noun


def _check_header(file: h5py.File, kind: type, path: Path) -> None:
    found, schema = str(file.attrs.get("kind", "")), file.attrs.get("schema")
    if not found.startswith("neurograph "):
        raise StoreError(f"{path}: an HDF5 file, but not one of NeuroGraph's")
    if found != f"neurograph {kind.__name__}":
        raise StoreError(f"{path}: a {found}, needed a neurograph {kind.__name__}")
    if schema not in READ:
        remedy = "upgrade neurograph" if schema is not None and schema > SCHEMA else "make it again"
        raise StoreError(
            f"{path}: schema {schema}, this neurograph reads {READ[0]} to {SCHEMA}; {remedy}"
        )
