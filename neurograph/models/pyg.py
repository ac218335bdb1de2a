"""A graph for PyTorch Geometric: as its own objects, and as a file that needs no pickle."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neurograph.core.errors import DataError
from neurograph.core.files import replacing
from neurograph.graphs.convert import pyg_arrays
from neurograph.graphs.graph import TemporalGraph


def to_pyg(graph: TemporalGraph, *, temporal: bool = False) -> Any:
    """A `torch_geometric.data.Data`, or a `TemporalData`.

    Args:
        temporal: an event per edge and step (src, dst, t, and msg for weights) in place of
            edge_index in both directions; y and the masks are left to `Data`.

    Raises:
        DataError: torch_geometric is not installed.
    """
    try:
        from torch_geometric.data import Data, TemporalData
    except ImportError as error:
        raise DataError(
            "torch_geometric is not installed; pip install torch_geometric, or write a file with: "
            "neurograph data export GRAPH --to pyg -o graph.pt"
        ) from error
    tensors = pyg_tensors(graph)
    return TemporalData(**_events(tensors)) if temporal else Data.from_dict(tensors)


def save_pyg(graph: TemporalGraph, path: Path) -> None:
    """`pyg_tensors` in one file, which `torch.load(path, weights_only=True)` reads.

    Raises:
        MachineError: it cannot be written.
    """
    image = io.BytesIO()  # PyTorch's own writer does not say what the system refused
    torch.save(pyg_tensors(graph), image)
    with replacing(path, image.getbuffer().nbytes) as unfinished:
        unfinished.write_bytes(image.getbuffer())


def pyg_tensors(graph: TemporalGraph) -> dict[str, Any]:
    """`pyg_arrays` with tensors for arrays."""
    return {
        name: torch.tensor(value) if isinstance(value, np.ndarray) else value
        for name, value in pyg_arrays(graph).items()
    }


def _events(tensors: dict[str, Any]) -> dict[str, Any]:
    """Each edge once, as TemporalData has it."""
    source, target = tensors["edge_index"]
    once = source < target
    zeros = torch.zeros(len(source), dtype=torch.int64)
    events = {"src": source[once], "dst": target[once], "t": tensors.get("t", zeros)[once]}
    if "edge_weight" in tensors:
        events["msg"] = tensors["edge_weight"][once, None]
    return events
