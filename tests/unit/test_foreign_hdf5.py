"""HDF5 files that name other files, or claim what they do not hold."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neurograph.core.errors import StoreError
from neurograph.core.hdf5 import open_hdf5
from neurograph.ir import QNetwork
from neurograph.testing import corner_networks
from neurograph.workflow import store

VALUES = np.arange(12, dtype="<i8")
Change = Callable[[h5py.File, Path], None]


def _soft(file: h5py.File, _: Path) -> None:
    file["x"] = h5py.SoftLink("/sound")


def _external(file: h5py.File, other: Path) -> None:
    file["x"] = h5py.ExternalLink(str(other), "/x")


def _external_pipe(file: h5py.File, other: Path) -> None:
    os.mkfifo(other.with_name("pipe"))
    file["x"] = h5py.ExternalLink(str(other.with_name("pipe")), "/x")


def _raw(file: h5py.File, other: Path) -> None:
    file.create_dataset("x", shape=(12,), dtype="<i8", external=[(str(other), 0, 96)])


def _virtual(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout(shape=(12,), dtype="<i8")
    layout[...] = h5py.VirtualSource(str(other), "x", shape=(12,))
    file.create_virtual_dataset("x", layout)


def _loop(file: h5py.File, _: Path) -> None:
    file["x"] = file.create_group("a")
    file["a/again"] = file["a"]


def _claims(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(10**12,), dtype="<i8", chunks=(1024,))


def _claims_packed(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(10**12,), dtype="<i8", chunks=(1024,), compression="gzip")


def _bomb(file: h5py.File, _: Path) -> None:
    rows = 1 << 22
    held = file.create_dataset("x", shape=(32 * rows,), dtype="<i8", chunks=(rows,), compression=9)
    packed = zlib.compress(bytes(8 * rows), 9)
    for first in range(0, len(held), rows):
        held.id.write_direct_chunk((first,), packed)


def _filter(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", data=VALUES, chunks=(12,), compression="lzf")


def _reference(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", data=file["sound"].ref, dtype=h5py.ref_dtype)


def _texts(file: h5py.File, _: Path) -> None:
    file["x"] = np.array(["a", "b"], h5py.string_dtype())


def _named_type(file: h5py.File, _: Path) -> None:
    file["x"] = np.dtype("<i8")


WAYS: dict[str, tuple[Change, str]] = {
    "soft link": (_soft, "/x: a link"),
    "external link": (_external, "/x: a link"),
    "external link to a pipe": (_external_pipe, "/x: a link"),
    "raw data elsewhere": (_raw, "lies in other files"),
    "virtual array": (_virtual, "lies in other files"),
    "group in itself": (_loop, "there twice"),
    "shape beyond the file": (_claims, "claims 8,000,000,000,000 bytes"),
    "packed shape beyond the file": (_claims_packed, "claims 8,000,000,000,000 bytes"),
    "bomb": (_bomb, "unpacks to 1,074 MB"),
    "strange filter": (_filter, "filter that is not known"),
    "reference": (_reference, "needed numbers or one text"),
    "many texts of any length": (_texts, "needed numbers or one text"),
    "named type": (_named_type, "neither a group nor an array"),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_leads_out_or_claims_too_much_is_refused(name: str, tmp_path: Path) -> None:
    change, said = WAYS[name]
    other, path = tmp_path / "other.h5", tmp_path / "file.h5"
    with h5py.File(other, "w") as file:
        file["x"] = VALUES
    with h5py.File(path, "w") as file:
        file["sound"] = VALUES
        change(file, other)
    with pytest.raises(StoreError, match=said) as error, open_hdf5(path) as file:
        _ = file["x"][()]
    assert str(error.value).startswith(f"{path}: /")


def test_what_is_packed_as_our_own_files_are_is_read(tmp_path: Path) -> None:
    path, zeros = tmp_path / "file.h5", np.zeros(1 << 20, np.uint8)
    how = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "fletcher32": True}
    with h5py.File(path, "w") as file:
        file.create_dataset("a/b/zeros", data=zeros, **how)
        file["text"], file["few"], file["flag"] = "{}", VALUES[:0], True
        file["names"] = np.array([b"one", b"three"])
    with open_hdf5(path) as file:
        assert not file["a/b/zeros"][()].any()
        assert file["names"][1] == b"three"


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(StoreError, match=f"a {kind}, needed a file"), open_hdf5(path):
        pass


@pytest.mark.parametrize("index", [9, -1, 2_000_000_000])
def test_an_index_beyond_a_matrix_is_refused_before_it_is_followed(
    index: int, tmp_path: Path
) -> None:
    network = corner_networks()["mixed rows"].network
    file = tmp_path / "network.h5"
    store.save(network, file)
    with h5py.File(file, "a") as opened:
        place = opened["arrays/projections/0/mix/indices"]
        values = place[()]
        values[0] = index
        place[...] = values
    with pytest.raises(StoreError, match=r"network\.h5: damaged .*indices must be"):
        store.load(QNetwork, file)


def test_a_heap_of_texts_that_has_no_end_is_refused(tmp_path: Path) -> None:
    """HDF5 would look for its end for ever."""
    file = tmp_path / "text.h5"
    with h5py.File(file, "w") as made:
        made["text"] = "of any length"
    with open_hdf5(file) as sound:
        assert sound["text"][()] == b"of any length"
    data = bytearray(file.read_bytes())
    heap = data.index(b"GCOL")
    data[heap + 16 : heap + 4096] = bytes(4080)
    file.write_bytes(data)
    with (
        pytest.raises(StoreError, match=r"a heap of texts at byte [\d,]+ whose parts"),
        open_hdf5(file),
    ):
        pass
