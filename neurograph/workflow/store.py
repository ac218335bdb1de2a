"""Nouns to HDF5 files and back: no pickle, a kind and a schema version in every file.

The file holds one JSON text that mirrors the dataclasses, and one dataset per array, at the path
of its field, so that any HDF5 viewer shows a network as it is written in code.
"""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
import scipy.sparse as sp

from neurograph import ir
from neurograph.chip.deployment import Deployment
from neurograph.chip.placement import CoreUse, Placement, Slice
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError, NeuroGraphError, StoreError
from neurograph.core.files import replacing, unwritable
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir.neurons.kinds import neuron_class
from neurograph.ir.values import written_fields
from neurograph.runtime.record import EventCounts, InferredPart, RunRecord

SCHEMA = 1
NOUNS: Mapping[str, type] = {
    noun.__name__: noun
    for noun in (
        *(ir.Stream, ir.Population, ir.Projection, ir.Readout, ir.Network),
        *(ir.QStream, ir.QPopulation, ir.QProjection, ir.OnChipReadout, ir.QNetwork),
        *(ir.Loss, ir.Choice),
        *(Placement, Slice, CoreUse, HardwareProfile, Constant, TreeSpec),
        *(Deployment, RunRecord, EventCounts, InferredPart),
    )
}
Noun = TypeVar("Noun")


def save(noun: object, path: Path, *, compress: bool = True) -> None:
    """Write one noun; the file appears whole or not at all, the same bytes for the same noun.

    Args:
        compress: False for a file that is soon read and removed.

    Raises:
        StoreError: it cannot be written: no space, no permission.
    """
    image = io.BytesIO()  # HDF5 itself crashes where it closes a file on a full disk
    with h5py.File(image, "w") as file:
        file.attrs["kind"] = f"neurograph {type(noun).__name__}"
        file.attrs["schema"] = SCHEMA
        tree = _encode(noun, _Arrays(file, compress), "arrays")
        file["json"] = json.dumps(tree, allow_nan=False)
    try:
        buffer, replaced = image.getbuffer(), replacing(path)
        with buffer as whole, replaced as unfinished, unfinished.open("wb") as out:
            out.write(whole)  # in this order: closed, renamed, let go
    except OSError as error:
        raise unwritable(path, error) from error


def load(kind: type[Noun], path: Path) -> Noun:
    """Read back what `save` wrote.

    Raises:
        StoreError: no such file, another kind or schema version, or a damaged file.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such file")
    try:
        with h5py.File(path, "r") as file:
            _check_header(file, kind, path)
            noun = _decode(json.loads(file["json"][()]), file)
    except NeuroGraphError:
        raise
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise StoreError(
            f"{path}: damaged or not a NeuroGraph file ({error}); make it again"
        ) from (error)
    if not isinstance(noun, kind):
        raise StoreError(f"{path}: holds a {type(noun).__name__}, needed a {kind.__name__}")
    return noun


def _check_header(file: h5py.File, kind: type, path: Path) -> None:
    found, schema = str(file.attrs.get("kind", "")), file.attrs.get("schema")
    if not found.startswith("neurograph "):
        raise StoreError(f"{path}: an HDF5 file, but not one of NeuroGraph's")
    if found != f"neurograph {kind.__name__}":
        raise StoreError(f"{path}: a {found}, needed a neurograph {kind.__name__}")
    if schema != SCHEMA:
        remedy = "upgrade neurograph" if schema is not None and schema > SCHEMA else "make it again"
        raise StoreError(f"{path}: schema {schema}, this neurograph reads {SCHEMA}; {remedy}")


@dataclass(frozen=True)
class _Arrays:
    """Where arrays go while a noun is encoded."""

    file: h5py.File
    compress: bool

    def write(self, array: Array, at: str) -> dict[str, Any]:
        bits = array.dtype == np.bool_
        stored = np.packbits(array) if bits else array
        many = stored.size > 1024
        how: dict[str, Any] = {"fletcher32": many}
        if many and self.compress and stored.dtype.kind != "f":  # floats hardly shrink
            how |= {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        self.file.create_dataset(at, data=stored, **how)
        return {"bits": at, "shape": list(array.shape)} if bits else {"array": at}


def _encode(value: object, arrays: _Arrays, at: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = written_fields(value)
        fields = {n: _encode(getattr(value, n), arrays, f"{at}/{n}") for n in names}
        return {"noun": type(value).__name__, "fields": fields}
    if isinstance(value, np.ndarray):
        return arrays.write(value, at)
    if isinstance(value, sp.csr_array):
        parts = {n: arrays.write(getattr(value, n), f"{at}/{n}") for n in _CSR}
        return {"csr": parts, "shape": list(value.shape)}
    if isinstance(value, Mapping):
        return {"map": {str(k): _encode(v, arrays, f"{at}/{k}") for k, v in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_encode(v, arrays, f"{at}/{i}") for i, v in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    return value


_CSR = ("data", "indices", "indptr")


def _noun(name: str, file: h5py.File) -> type:
    """The noun of this name; one that is not in `NOUNS` is a kind of neuron's."""
    try:
        return NOUNS[name] if name in NOUNS else neuron_class(name)
    except NetworkError as error:
        raise StoreError(f"{file.filename}: holds a {name}: {error}") from error


def _decode(tree: Any, file: h5py.File) -> Any:
    if isinstance(tree, list):
        return tuple(_decode(item, file) for item in tree)
    if not isinstance(tree, dict):
        return tree
    if "noun" in tree:
        fields = {name: _decode(value, file) for name, value in tree["fields"].items()}
        return _noun(tree["noun"], file)(**fields)
    if "array" in tree:
        return file[tree["array"]][()]
    if "bits" in tree:
        count = int(np.prod(tree["shape"], dtype=np.int64))
        packed = file[tree["bits"]][()]
        return np.unpackbits(packed, count=count).astype(bool).reshape(tree["shape"])
    if "csr" in tree:
        parts = tuple(_decode(tree["csr"][name], file) for name in _CSR)
        return sp.csr_array(parts, shape=tuple(tree["shape"]))
    return {key: _decode(value, file) for key, value in tree["map"].items()}
