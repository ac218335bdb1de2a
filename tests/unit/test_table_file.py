"""Columns are written whole or not at all, and read back by other programs as they are."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurograph.core import table_file
from neurograph.core.errors import ExistsError, FormatError, MachineError, StoreError
from neurograph.core.table_file import TableFile, check_output
from tests.hostile import HOSTILE

NAMES = np.array(["Ødegård", 'a "b"', "x, y", "two\nlines", " blank "])
TABLE = TableFile(
    columns={"node": NAMES, "p": np.array([0.1, 1 / 3, 1e-9, 1.0, 0.0]), "n": np.arange(5)},
    arrays={"node": NAMES, "both": np.arange(10).reshape(5, 2)},
    facts={"kind": "a table", "temperature": 2.5},
)


def test_csv(tmp_path: Path):
    TABLE.write(tmp_path / "t.CSV")
    read = pd.read_csv(tmp_path / "t.CSV")
    assert read["node"].tolist() == NAMES.tolist()
    np.testing.assert_allclose(read["p"], TABLE.columns["p"], rtol=1e-8)
    assert read["n"].tolist() == [0, 1, 2, 3, 4]
    assert "Ødegård" in (tmp_path / "t.CSV").read_text(encoding="utf-8")


def test_parquet(tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet")
    TABLE.write(tmp_path / "t.parquet")
    read = pd.read_parquet(tmp_path / "t.parquet")
    for name, column in TABLE.columns.items():
        assert read[name].tolist() == column.tolist()
    facts = parquet.read_schema(tmp_path / "t.parquet").metadata[b"neurograph"]
    assert json.loads(facts) == TABLE.facts


def test_npz(tmp_path: Path):
    TABLE.write(tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz", allow_pickle=False) as read:
        np.testing.assert_array_equal(read["node"], NAMES)
        np.testing.assert_array_equal(read["both"], TABLE.arrays["both"])
        assert json.loads(str(read["neurograph"])) == TABLE.facts


def test_json(tmp_path: Path):
    TABLE.write(tmp_path / "t.json")
    read = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert read["temperature"] == 2.5
    assert read["rows"][2] == {"node": "x, y", "p": 1e-9, "n": 2}


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path):
    path = tmp_path / "t.csv"
    check_output(path)
    path.write_text("mine")
    with pytest.raises(ExistsError, match=r"t.csv: there already: a file; .*--overwrite$"):
        check_output(path)
    check_output(path, overwrite=True)


def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path, monkeypatch):
    def full(self: TableFile, path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    path = tmp_path / "t.csv"
    path.write_text("mine")
    monkeypatch.setattr(TableFile, "_csv", full)
    with pytest.raises(MachineError, match="No space left"):
        TABLE.write(path)
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_endings_that_are_not_known_are_refused_with_those_that_are(tmp_path: Path):
    for name, said in (("t.xlsx", "'.xlsx'"), ("t", "'.*t'"), ("t.csv.gz", "'.gz'")):
        with pytest.raises(FormatError, match=f"cannot write {said}; known endings: .csv"):
            check_output(tmp_path / name)
    with pytest.raises(FormatError, match=r"known endings: .npz$"):
        check_output(tmp_path / "t.csv", endings=(".npz",))


def test_a_place_that_cannot_be_written_to(tmp_path: Path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(StoreError, match="is no folder"):
        check_output(tmp_path / "file" / "t.csv")
    with pytest.raises(StoreError, match="is a folder"):
        check_output(tmp_path / "folder.csv")
    with pytest.raises(StoreError, match="cannot be written"):
        check_output(tmp_path / f"{'t' * 300}.csv")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(table_file, "find_spec", lambda _: None)
    with pytest.raises(MachineError, match=r"pip install pyarrow; or write another ending: \.csv"):
        check_output(tmp_path / "t.parquet")


def test_no_cell_of_a_hostile_name_is_a_formula(tmp_path: Path):
    names = np.array([name.replace("\r", "") for name in HOSTILE], object)
    TableFile(columns={"node": names}, arrays={}, facts={}).write(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        cells = [row[0] for row in csv.reader(file)][1:]
    assert [cell.removeprefix("'") for cell in cells] == names.tolist()
    assert not any(cell.startswith(tuple("=+-@\t")) for cell in cells)
