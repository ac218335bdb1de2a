"""An integer network as JSON, every number in plain sight; and a table of it for the eye."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph import QNetwork, ir
from neurograph.core.errors import StoreError
from neurograph.runtime.exporters import Exporter

FORMAT, VERSION = "integer network", 1
MIX = ("data", "indices", "indptr")  # of a sparse matrix


class Json(Exporter):
    """All of a network: what it computes, and what quantisation said of it."""

    title = "JSON: numbers as lists, a class of neurograph.ir as an object with its name"
    suffixes = (".json",)

    def write(self, network: QNetwork, path: Path) -> None:
        tree = {
            "format": FORMAT,
            "version": VERSION,
            "sha256": network.sha256,
            "network": _tree(network),
        }
        path.write_text(json.dumps(tree, indent=1, allow_nan=False), encoding="utf-8")

    def read(self, path: Path) -> QNetwork:
        try:
            whole = json.loads(path.read_text(encoding="utf-8"))
            if (whole["format"], whole["version"]) != (FORMAT, VERSION):
                raise StoreError(
                    f"{path}: a {whole['format']} of version {whole['version']}, needed an "
                    f"{FORMAT} of version {VERSION}"
                )
            network: QNetwork = _value(whole["network"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{path}: damaged, or no {FORMAT} in JSON ({type(error).__name__}: {error}); "
                "write it again"
            ) from error
        if network.sha256 != whole.get("sha256", network.sha256):  # who writes by hand may omit it
            raise StoreError(f"{path}: not the network that was written; write it again")
        return network


class Table(Exporter):
    """A line per population; there is no way back."""

    title = "CSV: a line per population, for the eye"
    suffixes = (".csv",)

    def write(self, network: QNetwork, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("population", "rows", "channels", "neuron"))
            for p in network.populations:
                table.writerow((p.name, p.rows, p.channels, type(p.neuron).__name__))


def _tree(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {"is": type(value).__name__} | {n: _tree(getattr(value, n)) for n in names}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, sp.csr_array):
        return {"sparse": [_tree(getattr(value, n)) for n in MIX], "shape": value.shape}
    if isinstance(value, tuple):
        return [_tree(part) for part in value]
    return value


def _value(tree: Any) -> Any:
    if isinstance(tree, list):
        return tuple(_value(part) for part in tree)
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return np.array(tree["array"], np.dtype(tree["dtype"])).reshape(tree["shape"])
    if "sparse" in tree:
        parts = tuple(_value(part) for part in tree["sparse"])
        return sp.csr_array(parts, shape=tuple(tree["shape"]))
    fields = {name: _value(part) for name, part in tree.items() if name != "is"}
    return _noun(tree["is"])(**fields)


def _noun(name: str) -> Any:
    if name in ir.__all__:
        return getattr(ir, name)
    return ir.neuron_kind(name.removeprefix("Q")).integer  # of a kind that another package adds
