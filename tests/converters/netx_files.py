"""Small files as SLAYER writes them, and the layers of which they are made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

CUBA = {"type": "CUBA", "iDecay": 4096, "vDecay": 1024, "vThMant": 4, "refDelay": 1}


def write_net(path: Path, layers: Iterable[dict[str, Any]], steps: int | None = None) -> Path:
    """A file with these layers; a field that is None is left out."""
    with h5py.File(path, "w") as file:
        for number, fields in enumerate(layers):
            group = file.create_group(f"layer/{number}")
            for name, value in fields.items():
                _write(group, name, value)
        if steps is not None:
            file["simulation/tSample"] = steps
    return path


def _write(group: h5py.Group, name: str, value: Any) -> None:
    if isinstance(value, dict):
        for inner, entry in value.items():
            _write(group, f"{name}/{inner}", entry)
    elif name == "type":
        group.create_dataset(name, (1,), "S10", [value.encode()])
    elif isinstance(value, str):
        group[name] = value.encode()
    elif value is not None:
        group[name] = value


def dense(weight: Any, kind: str = "dense", /, **fields: Any) -> dict[str, Any]:
    """A layer of a weight ``(out, in)``, with these fields in place of what SLAYER writes."""
    weight = np.asarray(weight, np.float32)
    own = {"type": kind, "shape": [len(weight)], "weight": weight, "neuron": CUBA}
    return {**own, **fields}


def conv(weight: Any, shape: tuple[int, int, int], /, **fields: Any) -> dict[str, Any]:
    """A layer of kernels ``(out, in, height, width)``; `shape`: its channels, height and width."""
    weight = np.asarray(weight, np.float32)
    plain = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1}
    own = {"type": "conv", "shape": np.array(shape), "weight": weight, "neuron": CUBA}
    return {**own, **plain, **fields}


def entry(*shape: int, **fields: Any) -> dict[str, Any]:
    """An input layer of so many channels, height and width."""
    return {"type": "input", "shape": np.array(shape), **fields}


def flatten(size: int) -> dict[str, Any]:
    return {"type": "flatten", "shape": np.array([1, 1, size])}
