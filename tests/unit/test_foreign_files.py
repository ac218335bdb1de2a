"""Doors through which files of others come in: regular files, JSON, arrays of NumPy, names."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from neurograph.core.errors import DataError, StoreError
from neurograph.core.json_text import parse_json
from neurograph.core.names import check_name
from neurograph.core.numpy_file import NumpyFileError, ObjectsError, map_npy, read_numpy
from neurograph.core.reading import open_regular, read_bytes, within
from neurograph.cost.baseline import load_baseline
from neurograph.workflow import store
from neurograph.workflow.samples.given import Samples

ODD_JSON = {
    "no number": "[NaN]",
    "endless": "[-Infinity]",
    "float beyond 64 bits": "[1e400]",
    "integer beyond 64 bits": "[18446744073709551616]",
    "integer of thousands of digits": f"[{'9' * 5000}]",
    "half of a character": '["\\ud800"]',
    "too deep": "[" * 100_000 + "]" * 100_000,
    "cut": '{"a": ',
    "no text": b"\xff\xfe{}",
}


@pytest.mark.parametrize("name", ODD_JSON)
def test_json_is_what_the_standard_has(name: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_json(ODD_JSON[name])
    assert len(str(error.value)) < 300


def test_json_that_is_sound_is_read() -> None:
    text = '{"seed": 18446744073709551615, "pair": "\\ud83c\\udf33", "x": [1.5, -0.0, null]}'
    assert parse_json(text.encode()) == {
        "seed": 2**64 - 1,
        "pair": "\U0001f333",
        "x": [1.5, 0, None],
    }


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


def _header(text: str, data: bytes = bytes(64)) -> bytes:
    raw = text.encode("latin1")
    return b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw + data


def _npz(*members: tuple[str, bytes], deflated: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", 8 if deflated else 0) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def _said(descr: str, shape: str) -> bytes:
    return _header(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")


ODD_ARRAYS = {
    "nothing": b"",
    "text": b"1 2 3\n",
    "huge": _said("<f4", "(1000000000000, 10)"),
    "huge, of nothing": _said("<U0", "(1000000000000,)"),
    "negative": _said("<i4", "(-4, -4)"),
    "shape of truth": _said("<i4", "(True,)"),
    "nested": _header("(" * 300 + ")" * 300 + "\n"),
    "open": _header("{" * 3000 + "\n"),
    "call": _header("{'descr': print(1), 'fortran_order': False, 'shape': (5,), }\n"),
    "short": _npy(np.arange(9.0))[:-1],
    "member cut": _npz(("a.npy", _npy(np.arange(9))[:-1])),
    "member twice": _npz(("a.npy", _npy(np.arange(3))), ("a", _npy(np.arange(3)))),
    "member of text": _npz(("a.npy", b"text")),
    "archive cut": _npz(("a.npy", _npy(np.arange(9))))[:-9],
    "bomb": _npz(("a.npy", bytes(1 << 28) + b"0"), deflated=True),
}


@pytest.mark.parametrize("name", ODD_ARRAYS)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of zipfile, that a name is there twice
def test_arrays_that_are_not_there_get_no_memory(name: str) -> None:
    with pytest.raises(NumpyFileError) as error:
        read_numpy(io.BytesIO(ODD_ARRAYS[name]))
    assert 0 < len(str(error.value)) < 400


@pytest.mark.parametrize("packed", [False, True])
def test_python_objects_are_named_and_not_loaded(packed: bool, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "executed"),)

    data = _npy(np.array([Evil()], object))
    with pytest.raises(ObjectsError, match=r"^bad$" if packed else r"^$"):
        read_numpy(io.BytesIO(_npz(("bad.npy", data)) if packed else data))
    assert not (tmp_path / "executed").exists()


def test_arrays_that_are_sound_are_read(tmp_path: Path) -> None:
    path, values = tmp_path / "a.npz", np.arange(6).reshape(2, 3)
    np.savez_compressed(path, x=values, empty=values[:0], one=np.float32(3), names=np.array(["ü"]))
    with open_regular(path) as file:
        found = read_numpy(file)
    assert {n: a.shape for n, a in found.items()} == {
        "x": (2, 3),
        "empty": (0, 3),
        "one": (),
        "names": (1,),
    }
    np.save(tmp_path / "a.npy", np.asfortranarray(values))
    assert np.array_equal(map_npy(tmp_path / "a.npy"), values)
    (tmp_path / "odd.npy").write_bytes(ODD_ARRAYS["huge"])
    with pytest.raises(NumpyFileError, match="claims 40,000,000,000,000 bytes"):
        map_npy(tmp_path / "odd.npy")


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_only_regular_files_are_opened_and_nothing_is_waited_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path)}.get(
        kind, lambda: path.symlink_to("/dev/zero")
    )()
    with pytest.raises(StoreError, match=f"a {kind}, needed a file"):
        read_bytes(path)


def test_a_link_stays_in_its_folder_or_is_refused(tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    run.mkdir()
    out.mkdir()
    (tmp_path / "named").symlink_to(run)
    (run / "in").symlink_to("file")
    (run / "leads").symlink_to("../out")
    assert within(run, "in") == run / "in"
    assert within(tmp_path / "named", "file") == tmp_path / "named" / "file"
    for name in ("leads", "leads/file", "../out", "a/../../out", "/etc/passwd"):
        with pytest.raises(StoreError, match="leads out of"):
            within(run, name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "-o", "a\0", "a\n", "ü", "x" * 101, 3]
)
def test_a_name_never_leads_elsewhere(name: object) -> None:
    with pytest.raises(StoreError, match="is no name"):
        check_name(name, Path("run"))
    assert check_name("loihi-sim", Path("run")) == "loihi-sim"


@pytest.mark.parametrize(
    ("name", "value"),
    [("fanouts", "5,2"), ("fanouts", ["5"]), ("count", 2.5), ("scores", []), ("seconds", "1")],
)
def test_a_baseline_is_of_its_form(name: str, value: object, tmp_path: Path) -> None:
    whole = {
        **{"kind": "neurograph baseline", "schema_version": 2, "model": "sage", "nodes": "test"},
        **{"nodes_sha256": "a", "graph_sha256": "b", "features_sha256": "c", "split": "s"},
        **{"hidden": [4], "fanouts": [2], "seed": 1, "task": "node-classification", "count": 3},
        **{"scores": {"micro_f1": 0.5}, "seconds": 1.0, "versions": {}, "complexity": {}},
    }
    (tmp_path / "baseline.json").write_text(json.dumps({**whole, name: value}))
    with pytest.raises(StoreError, match=rf"damaged baseline \(Baseline\.{name} is"):
        load_baseline(tmp_path / "baseline.json")


def test_what_is_no_noun_of_its_kind_names_its_file(tmp_path: Path) -> None:
    payloads = {"x": np.zeros((2, 3, 1, 4), np.int8)}
    with pytest.raises(DataError, match=r"labels: \(1,\) of 2 samples"):
        Samples(payloads=payloads, steps=3, labels=np.array([0]))
    file = tmp_path / "input.h5"
    store.save(Samples(payloads=payloads, steps=3, labels=np.array([0, 1])), file)
    with h5py.File(file, "a") as opened:
        del opened["arrays/labels"]
        opened["arrays/labels"] = np.array([0])
    with pytest.raises(StoreError, match=r"input\.h5: damaged \(labels: \(1,\) of 2 samples\)"):
        store.load(Samples, file)
