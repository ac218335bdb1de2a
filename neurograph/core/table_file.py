"""Columns to a file that other programs read: CSV, Parquet, NumPy, JSON; whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import FormatError, MachineError, StoreError
from neurograph.core.files import replacing, write_json
from neurograph.core.machine import unwritable
from neurograph.core.occupied import check_file
from neurograph.core.plain import no_formula

ENDINGS = (".csv", ".parquet", ".npz", ".json")
FACTS = "neurograph"  # key of the facts, in the metadata of a Parquet file and in an .npz


@dataclass(frozen=True, eq=False, kw_only=True)
class TableFile:
    """What is to be written, as columns and as arrays.

    Attributes:
        columns: name -> ``(rows,)``, of a .csv or .parquet and of the rows of a .json; in a .csv
            texts that a spreadsheet would take for formulas get a ' before them.
        arrays: name -> of any shape, of an .npz.
        facts: JSON values about all of it; a .csv has no place for them.
    """

    columns: Mapping[str, Array]
    arrays: Mapping[str, Array]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file that `check_output` has looked at.

        Raises:
            MachineError: it cannot be written: no space, no permission.
        """
        ending = path.suffix.lower()
        if ending == ".json":
            rows = [dict(zip(self.columns, row, strict=True)) for row in self._rows()]
            write_json(path, {**self.facts, "rows": rows})
            return
        write = {".csv": self._csv, ".parquet": self._parquet, ".npz": self._npz}[ending]
        with replacing(path) as unfinished:
            write(unfinished)

    def _rows(self) -> zip[tuple[Any, ...]]:
        return zip(*(column.tolist() for column in self.columns.values()), strict=True)

    def _csv(self, path: Path) -> None:
        import pandas as pd

        frame = pd.DataFrame({no_formula(n): without_formulas(x) for n, x in self.columns.items()})
        frame.to_csv(path, index=False, encoding="utf-8", float_format="%.9g")

    def _parquet(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({name: pa.array(x) for name, x in self.columns.items()})
        facts = {FACTS: json.dumps(self.facts, allow_nan=False)}
        pq.write_table(table.replace_schema_metadata(facts), path)

    def _npz(self, path: Path) -> None:
        facts = np.array(json.dumps(self.facts, allow_nan=False))
        named: dict[str, Any] = {**self.arrays, FACTS: facts}
        with path.open("wb") as file:
            np.savez_compressed(file, **named)


def without_formulas(column: Array) -> Array:
    """The cells of a column ``(rows,)``, its texts by `no_formula`; numbers stay as they are."""
    if column.dtype.kind not in "OU":
        return column
    cells = [no_formula(cell) if isinstance(cell, str) else cell for cell in column.tolist()]
    found = np.empty(len(cells), object)
    found[:] = cells
    return found


def check_output(
    path: Path, *, overwrite: bool = False, endings: tuple[str, ...] = ENDINGS
) -> None:
    """Raise before any work if this file could not be written.

    Args:
        overwrite: whether one that is there may be replaced.
        endings: that are known here.

    Raises:
        FormatError: an ending that is not known.
        ExistsError: it exists.
        MachineError: its folder cannot be written to, or a package is not installed.
    """
    ending = path.suffix.lower()
    if ending not in endings:
        raise FormatError(
            f"{path}: cannot write '{ending or path.name}'; known endings: {', '.join(endings)}"
        )
    if ending == ".parquet" and find_spec("pyarrow") is None:
        raise MachineError(
            f"{path}: Parquet needs pyarrow, which is not installed: pip install pyarrow; or write "
            "another ending: .csv"
        )
    try:
        _check_place(path, overwrite)
    except OSError as error:  # a folder that may not be looked into, a name too long
        raise unwritable(path, error) from error


def _check_place(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path}: is a folder; give the name of a file")
    check_file(path, overwrite=overwrite)
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise StoreError(f"{path}: {folder} is no folder; write to another folder")
    if not os.access(folder, os.W_OK):
        raise MachineError(f"{path}: {folder} cannot be written to; write to another folder")
